// bcrypt in worker threads with a bounded queue, so that sign-ins never stop the event loop.
// bcrypt reads only 72 bytes, so it gets base64(HMAC-SHA-384(password, pepper)), 64 characters: every byte counts,
// and a stolen table of hashes is worth nothing without the pepper.

import { createHmac } from 'node:crypto'
import { Piscina } from 'piscina'
import type { Hasher } from '#shared/actions/account-services.ts'
import { AppError } from '#shared/protocol/codes.ts'
import type { Metrics } from '#shared/runtime/metrics.ts'

/** At 60 ms a hash and two workers the last of a full queue waits 1.5 s. */
const queueMax = 50
const retryMs = 2_000

export interface HasherOptions {
  pepper: Buffer
  /** log2 of bcrypt's rounds. */
  cost: number
  workers: number
  metrics?: Metrics
}

export interface OwnedHasher extends Hasher, AsyncDisposable {
  /** Passwords that wait or are being hashed. */
  readonly busy: number
}

/**
 * Threads start at the first password and end after half a minute without one: each takes 12 MB, so an idle api
 * has none.
 */
export function createHasher({ pepper, cost, workers, metrics }: HasherOptions): OwnedHasher {
  const pool = new Piscina({
    filename: import.meta.resolve('#api/workers/bcrypt-worker.mjs'),
    name: 'run',
    // Not the parent's: no loader for a plain JavaScript file.
    execArgv: [],
    minThreads: 0,
    maxThreads: workers,
    maxQueue: queueMax + workers,
    idleTimeout: 30_000,
  })
  let busy = 0
  metrics?.gauge('password_hashes_waiting', 'Passwords that wait or are being hashed.', [], gauge =>
    gauge.set(busy),
  )
  const run = async <Result>(task: object): Promise<Result> => {
    if (busy >= queueMax + workers) throw new AppError('overloaded', { retryMs })
    busy += 1
    try {
      return await pool.run(task)
    } finally {
      busy -= 1
    }
  }
  const text = (password: string) =>
    createHmac('sha384', pepper).update(password.normalize('NFKC')).digest('base64')
  const nobodys = hashOfNobody(cost)
  return {
    get busy() {
      return busy
    },
    hash: password => run<string>({ text: text(password), cost }),
    async matches(password, hash) {
      const equal = await run<boolean>({ text: text(password), hash: hash ?? nobodys })
      return equal && hash !== null
    },
    [Symbol.asyncDispose]: () => pool.destroy(),
  }
}

/**
 * What stands in for the hash of an account that does not exist: well formed, so that to check a password against it
 * takes the same work. Put together instead of computed, which would start a thread with the process.
 */
export function hashOfNobody(cost: number): string {
  const [salt, digest] = ['.'.repeat(22), '.'.repeat(31)]
  return `$2b$${String(cost).padStart(2, '0')}$${salt}${digest}`
}
