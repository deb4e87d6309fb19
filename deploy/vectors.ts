// `npm run vectors`: renews the bytes of the golden frames in shared/protocol/vectors/. The frames are written by
// hand; a byte that changes there is a change of the protocol, so read the diff before you commit it.

import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { pathToFileURL } from 'node:url'
import { encode } from '#shared/protocol/codec.ts'

/** One golden frame: its elements, and its bytes in hexadecimal. */
export interface Vector {
  frame: unknown[]
  hex: string
}

const folder = new URL('../shared/protocol/vectors/', import.meta.url)

/** Every file of golden frames, by its name without `.json`: golden frames by the name of the op, event or code. */
export function readVectors(): Record<string, Record<string, Vector>> {
  const files = readdirSync(folder).sort()
  return Object.fromEntries(
    files.map(file => [
      file.replace('.json', ''),
      JSON.parse(readFileSync(new URL(file, folder), 'utf8')),
    ]),
  )
}

function renew(vectors: Record<string, Vector>): string {
  const lines = Object.entries(vectors).map(([name, { frame }]) => {
    const hex = Buffer.from(encode(frame)).toString('hex')
    return `  ${JSON.stringify(name)}: ${JSON.stringify({ frame, hex })}`
  })
  return `{\n${lines.join(',\n')}\n}\n`
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  for (const [name, vectors] of Object.entries(readVectors())) {
    writeFileSync(new URL(`${name}.json`, folder), renew(vectors))
  }
}
