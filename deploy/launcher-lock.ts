// One launcher per folder: a file that names the process which runs, and where.

import { readFileSync } from 'node:fs'
import { rm, writeFile } from 'node:fs/promises'
import { bornAt } from './processes.ts'

interface Holder {
  pid: number
  /** Tells this process from a later one with the same pid. */
  born: string
  /** The process that started it, when its end means that the holder ends too. */
  parent: number | null
  url: string | null
}

/** Another launcher runs in this folder. */
export class AlreadyRunning extends Error {
  override readonly name = 'AlreadyRunning'
  readonly url: string | null

  constructor(url: string | null) {
    super(
      url
        ? `Petrel already runs in this folder: ${url}`
        : 'Petrel is already starting in this folder.',
    )
    this.url = url
  }
}

export interface LauncherLock {
  /** Tells a second start where to look. */
  publish(url: string): Promise<void>
  release(): Promise<void>
}

const orphanTimeoutMs = 25_000

/**
 * Takes the lock, also over a holder that was killed. A holder whose own starter was killed is about to stop:
 * that is waited for.
 * @param parent  the process whose end ends us; null when we live on our own
 * @throws AlreadyRunning
 */
export async function takeLock(path: string, parent: number | null): Promise<LauncherLock> {
  const own: Holder = { pid: process.pid, born: bornAt(process.pid) ?? '', parent, url: null }
  const deadline = Date.now() + orphanTimeoutMs
  for (;;) {
    try {
      await writeFile(path, JSON.stringify(own), { flag: 'wx', mode: 0o600 })
      break
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
    }
    const holder = readHolder(path)
    if (holder === null || bornAt(holder.pid) !== holder.born) {
      await rm(path, { force: true })
      continue
    }
    const orphaned = holder.parent !== null && bornAt(holder.parent) === null
    if (!orphaned || Date.now() > deadline) throw new AlreadyRunning(holder.url)
    await new Promise(resolve => setTimeout(resolve, 100))
  }
  return {
    publish: url => writeFile(path, JSON.stringify({ ...own, url })),
    release: () => rm(path, { force: true }),
  }
}

function readHolder(path: string): Holder | null {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as Holder
  } catch {
    return null
  }
}
