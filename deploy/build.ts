// Makes what runs from what is written, below dist/: the page by Vite, the api and the gateway by esbuild. Each is made
// anew only when its sources changed, beside its place, and swapped in, so that nobody is served half of one.

import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build, formatMessages, type Message } from 'esbuild'
import { exited } from './bound-process.ts'
import { compressTexts } from './compress.ts'

const root = fileURLToPath(new URL('..', import.meta.url))

/** Where the built page lies. */
export const webDir = join(root, 'dist', 'web')
/** Where the built api and gateway lie, in folders of their names. */
export const serverDir = join(root, 'dist', 'server')

/** The parts' first files, and those that threads of theirs run, from the root of the project. */
const entries = ['api/main.ts', 'api/workers/preview-worker.ts', 'gateway/main.ts']

let server: Promise<void> | undefined

/**
 * Brings dist/web up to date; a few ms when it is.
 * @throws Error with what Vite said
 */
export function buildWeb(): Promise<void> {
  const sources = ['web', 'client', 'shared/protocol', 'deploy/compress.ts', 'package-lock.json']
  return bringUpToDate({ dir: webDir, mark: 'index.html', sources, make: runVite })
}

/**
 * Brings dist/server up to date, once a process: about 20 ms when it is, else 200. Each part becomes one file, without
 * the loader that running from source needs: 30 MiB less a process, and half the time to start. Packages stay outside.
 * @throws Error with what esbuild said
 */
export function buildServer(): Promise<void> {
  const sources = ['api', 'gateway', 'shared', 'package.json', 'package-lock.json']
  server ??= bringUpToDate({
    dir: serverDir,
    mark: 'gateway/main.js',
    sources,
    make: runEsbuild,
  })
  return server
}

async function bringUpToDate(work: {
  dir: string
  /** A file that is there when the folder is whole. */
  mark: string
  sources: readonly string[]
  /** Writes into an empty place. */
  make: (into: string) => Promise<void>
}): Promise<void> {
  const stamp = `${work.dir}.sha256`
  const hash = hashOf(work.sources)
  const built = existsSync(stamp) ? readFileSync(stamp, 'utf8') : ''
  if (built === hash && existsSync(join(work.dir, work.mark))) return

  const fresh = `${work.dir}.${process.pid}`
  try {
    await work.make(fresh)
  } catch (error) {
    await rm(fresh, { recursive: true, force: true })
    throw error
  }
  await rm(stamp, { force: true })
  await rm(work.dir, { recursive: true, force: true })
  await rename(fresh, work.dir)
  await writeFile(stamp, hash)
}

async function runVite(outDir: string): Promise<void> {
  const args = ['--config', 'web/vite.config.ts', '--outDir', outDir, '--logLevel', 'warn']
  const vite = spawn(process.execPath, ['node_modules/vite/bin/vite.js', 'build', ...args], {
    cwd: root,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let output = ''
  for (const stream of [vite.stdout, vite.stderr]) {
    stream.on('data', (text: Buffer) => {
      output += text.toString()
    })
  }
  if ((await exited(vite)) !== 0) throw new Error(`The page could not be built:\n${output}`)
  await compressTexts(outDir)
}

async function runEsbuild(outdir: string): Promise<void> {
  try {
    await build({
      absWorkingDir: root,
      entryPoints: entries,
      outbase: '.',
      outdir,
      bundle: true,
      packages: 'external',
      platform: 'node',
      format: 'esm',
      target: 'node20',
      keepNames: true,
      // The sources lie beside; their text in the map as well would only fill memory.
      sourcemap: true,
      sourcesContent: false,
      logLevel: 'silent',
    })
  } catch (error) {
    const { errors = [] } = error as { errors?: Message[] }
    const said = await formatMessages(errors, { kind: 'error' })
    throw new Error(`The server could not be built:\n${said.join('')}`, { cause: error })
  }
}

/** Of the names and contents of files and of what lies in folders. */
function hashOf(sources: readonly string[]): string {
  const hash = createHash('sha256')
  const add = (path: string) => {
    const full = join(root, path)
    const found = path.includes('.') ? null : readdirSync(full, { withFileTypes: true })
    if (found === null) {
      hash.update(`${path}\0`).update(readFileSync(full)).update('\0')
      return
    }
    for (const entry of found.sort((a, b) => (a.name < b.name ? -1 : 1))) {
      add(`${path}/${entry.name}`)
    }
  }
  for (const source of sources) add(source)
  return hash.digest('hex')
}
