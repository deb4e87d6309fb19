// A part of the page's build (vite.config.ts): makes /service-worker.js, which knows the names of all files of this build.

import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { build } from 'esbuild'
import type { Plugin, Rolldown } from 'vite'

const here = new URL('.', import.meta.url).pathname
const partBytesMax = 400_000
/** Asked for by the system when the page is installed, and not by the page. */
const leftOut = /^(icons\/icon-(512|maskable)|robots)/

export function serviceWorker(): Plugin {
  return {
    name: 'petrel-service-worker',
    apply: 'build',
    enforce: 'post',
    generateBundle: {
      order: 'post',
      async handler(_options, bundle) {
        const page = sourceOf(bundle['index.html'])
        const entry = /<script type="module"[^>]* src="(\/assets\/[^"]+)"/.exec(page)?.[1]
        if (entry === undefined) this.error('index.html has no first script')
        const hash = createHash('sha256').update(page)
        const parts = Object.values(bundle)
          .filter(file => isKept(file, entry))
          .map(file => file.fileName)
        const open = publicFiles().filter(name => !leftOut.test(name))
        for (const name of [...parts.sort(), ...open]) hash.update(`${name}\0`)
        for (const name of open) hash.update(readFileSync(join(here, 'public', name)))
        const shell = {
          version: hash.digest('hex').slice(0, 16),
          entry,
          files: [...parts, ...open].map(name => `/${name}`),
        }
        const source = await bundled(shell)
        this.emitFile({ type: 'asset', fileName: 'service-worker.js', source })
      },
    },
  }
}

/** What the page may need at any time; large parts, as names of emojis, are kept when they are used first. */
function isKept(file: Rolldown.OutputAsset | Rolldown.OutputChunk, entry: string): boolean {
  const { fileName } = file
  if (!fileName.startsWith('assets/') || fileName.endsWith('.map')) return false
  const bytes = file.type === 'asset' ? file.source.length : file.code.length
  return bytes <= partBytesMax || `/${fileName}` === entry
}

function sourceOf(file: Rolldown.OutputAsset | Rolldown.OutputChunk | undefined): string {
  return file?.type === 'asset' ? file.source.toString() : ''
}

function publicFiles(): string[] {
  return readdirSync(join(here, 'public'), { recursive: true, withFileTypes: true })
    .filter(entry => entry.isFile())
    .map(entry => join(entry.parentPath, entry.name).slice(join(here, 'public').length + 1))
    .sort()
}

async function bundled(shell: object): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [join(here, 'service-worker', 'main.ts')],
    bundle: true,
    write: false,
    format: 'iife',
    target: 'es2022',
    minify: true,
    define: { shell: JSON.stringify(shell) },
  })
  return outputFiles[0]?.text ?? ''
}
