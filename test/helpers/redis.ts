// A Redis process for each test that asks, on a unix socket, which the test may kill and bring back.

import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Redis, startRedis } from '#deploy/redis.ts'
import type { Teardown } from './pg.ts'

export interface TestRedis {
  /** What `new Redis(url)` takes; the same after a restart. */
  url: string
  /** SIGKILL, as a crash would. */
  kill(): Promise<void>
  /** Starts it again on the same socket with the data it kept. */
  restart(): Promise<void>
  /** Ends it and removes its files; teardown does it too. */
  stop(): Promise<void>
}

/** Starts a Redis of one's own; stopped in teardown, when there is a test to tear down. */
export async function testRedis(t?: Teardown): Promise<TestRedis> {
  const dir = await mkdtemp(join(tmpdir(), 'petrel-redis-'))
  const options = { dir, logFile: join(dir, 'redis.log') }
  let server: Redis | undefined = await startRedis(options)
  const { url } = server
  const end = async (how: 'kill' | 'stop') => {
    await server?.[how]()
    server = undefined
  }
  const stop = async () => {
    await end('stop')
    await rm(dir, { recursive: true, force: true })
  }
  t?.teardown(stop)
  return {
    url,
    kill: () => end('kill'),
    async restart() {
      await end('stop')
      server = await startRedis(options)
    },
    stop,
  }
}
