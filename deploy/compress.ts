// Lays a compressed copy beside each text file of a build, for servers that send those as they lie there (api/web-page.ts).

import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { brotliCompress, constants, gzip } from 'node:zlib'

const texts = /\.(css|html|js|json|svg|webmanifest)$/
/** Smaller ones go in one packet anyway. */
const bytesMin = 1_024
/** Two levels below the best: within 3 % of its size, in a fifteenth of its time. */
const brotliQuality = 9

const brotli = promisify(brotliCompress)
const zip = promisify(gzip)

/** Writes NAME.br and NAME.gz beside every text file below the folder that is worth it. */
export async function compressTexts(folder: string): Promise<void> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  const files = entries.filter(entry => entry.isFile() && texts.test(entry.name))
  await Promise.all(
    files.map(async ({ parentPath, name }) => {
      const path = join(parentPath, name)
      const bytes = await readFile(path)
      if (bytes.length < bytesMin) return
      const params = { [constants.BROTLI_PARAM_QUALITY]: brotliQuality }
      await Promise.all([
        brotli(bytes, { params }).then(small => writeFile(`${path}.br`, small)),
        zip(bytes, { level: 9 }).then(small => writeFile(`${path}.gz`, small)),
      ])
    }),
  )
}
