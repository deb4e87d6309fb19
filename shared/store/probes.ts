// Whether PostgreSQL and Redis answer: asked at start, until they do, and by /health/ready.

import type { Bus } from './bus.ts'
import type { Queryable } from './db.ts'

/** Resolves when PostgreSQL answers and has our tables. @throws Error that says in one line why not */
export async function probePostgres(db: Queryable): Promise<void> {
  try {
    await db.query({ text: 'select 1 from cluster' })
  } catch (error) {
    // The pool answers callers with a general sentence; here the reason is wanted.
    throw error instanceof Error && error.cause instanceof Error ? error.cause : error
  }
}

/** Resolves when Redis answers; waits for a connection that is just being made. @throws Error that says why not */
export async function probeRedis({ redis }: Pick<Bus, 'redis'>): Promise<void> {
  if (redis.status !== 'ready') await connected(redis)
  await redis.ping()
}

function connected(redis: Bus['redis']): Promise<void> {
  return new Promise((resolve, reject) => {
    const done = (error?: Error) => {
      redis.off('ready', done).off('error', done)
      clearTimeout(timer)
      if (error) reject(error)
      else resolve()
    }
    const timer = setTimeout(() => done(new Error('no connection')), 2_000)
    redis.once('ready', done).once('error', done)
  })
}
