// Link previews are made in worker threads: whatever a foreign page does to its reader happens to a thread with little
// memory, which is ended when it takes too long, and never to the api.

import { Piscina } from 'piscina'
import type { Preview } from '#shared/protocol/models.ts'

/** Each mostly waits for foreign servers. */
const perThread = 4
const threadsMax = 2
/** Links under way at once. */
export const fetchesMax = perThread * threadsMax
/** Twice as long as a worker gives a foreign server: past it, the worker itself hangs. */
const workerMsMax = 10_000

export interface PreviewFetcher extends AsyncDisposable {
  /**
   * @returns null where there is nothing to show, now and later
   * @throws Error for what may pass
   */
  fetch(link: string): Promise<Preview | null>
}

/** A small internet for tests, in place of the real one. */
export interface Pretended {
  names: Record<string, string[]>
  addresses: string[]
  ports: number[]
}

/** Threads start at the first link and end after half a minute without one. */
export function createPreviewFetcher(pretended?: Pretended): PreviewFetcher {
  // In the built api everything but the worker is one file.
  const isBuilt = import.meta.url.endsWith('.js')
  const file = isBuilt ? './workers/preview-worker.js' : './preview-worker.ts'
  const pool = new Piscina<string, Preview | null>({
    filename: new URL(file, import.meta.url).href,
    name: 'run',
    execArgv: isBuilt ? [] : ['--import=tsx'],
    minThreads: 0,
    maxThreads: threadsMax,
    concurrentTasksPerWorker: perThread,
    maxQueue: fetchesMax,
    idleTimeout: 30_000,
    // A worker that waits for its next task must still see its sockets close.
    atomics: 'disabled',
    resourceLimits: { maxOldGenerationSizeMb: 64, maxYoungGenerationSizeMb: 16 },
    ...(pretended && { workerData: pretended }),
  })
  return {
    fetch: link => pool.run(link, { signal: AbortSignal.timeout(workerMsMax) }),
    [Symbol.asyncDispose]: () => pool.destroy(),
  }
}
