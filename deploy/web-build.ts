// Builds the page into dist/web when its sources changed since the last build.

import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { exited } from './bound-process.ts'

const root = fileURLToPath(new URL('..', import.meta.url))
const sources = ['web', 'client', 'shared/protocol', 'package-lock.json']

/** Where the built page lies. */
export const webDir = join(root, 'dist', 'web')

/**
 * Brings dist/web up to date; a few ms when it is. Built beside its place and swapped in, so that a running
 * api never serves half a page.
 * @throws Error with what Vite said
 */
export async function buildWeb(): Promise<void> {
  const stamp = `${webDir}.sha256`
  const hash = sourcesHash()
  const built = existsSync(stamp) ? readFileSync(stamp, 'utf8') : ''
  if (built === hash && existsSync(join(webDir, 'index.html'))) return

  const fresh = `${webDir}.${process.pid}`
  const vite = spawn(
    process.execPath,
    [
      'node_modules/vite/bin/vite.js',
      'build',
      '--config',
      'web/vite.config.ts',
      '--outDir',
      fresh,
      '--logLevel',
      'warn',
    ],
    { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] },
  )
  let output = ''
  for (const stream of [vite.stdout, vite.stderr]) {
    stream.on('data', (text: Buffer) => {
      output += text.toString()
    })
  }
  if ((await exited(vite)) !== 0) {
    await rm(fresh, { recursive: true, force: true })
    throw new Error(`The page could not be built:\n${output}`)
  }
  await rm(stamp, { force: true })
  await rm(webDir, { recursive: true, force: true })
  await rename(fresh, webDir)
  await writeFile(stamp, hash)
}

function sourcesHash(): string {
  const hash = createHash('sha256')
  const add = (path: string) => {
    const full = join(root, path)
    const entries = path.includes('.') ? null : readdirSync(full, { withFileTypes: true })
    if (entries === null) {
      hash.update(`${path}\0`).update(readFileSync(full)).update('\0')
      return
    }
    for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1)))
      add(`${path}/${entry.name}`)
  }
  for (const source of sources) add(source)
  return hash.digest('hex')
}
