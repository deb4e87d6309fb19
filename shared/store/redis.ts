// Connections to Redis. All of them fail fast while Redis is away instead of queueing: PostgreSQL holds
// the truth, and what was not published is published again by the outbox sweeper.

import { Redis } from 'ioredis'

export type { Redis } from 'ioredis'

export interface RedisOptions {
  /** `redis://…`, or the path of a unix socket with or without `unix:` before it. */
  url: string
  /** Shown in CLIENT LIST. */
  name: string
  /** Called for each failed connection attempt; ioredis goes on trying. */
  onError?: (error: Error) => void
  /** Set for a connection that blocks in XREAD: no command timeout then. */
  blocking?: boolean
}

/** Opens a connection that reconnects for ever, at most 1 s apart. */
export function openRedis({ url, name, onError, blocking }: RedisOptions): Redis {
  const path = socketPath(url)
  const options = {
    ...(path !== undefined && { path }),
    connectionName: name,
    enableOfflineQueue: false,
    autoResendUnfulfilledCommands: false,
    maxRetriesPerRequest: 0,
    connectTimeout: 2_000,
    ...(blocking ? {} : { commandTimeout: 2_000 }),
    // Redis may hang, or the network swallow everything, without the connection ever closing: a reader would be
    // deaf until then, and what a writer hands over would pile up in its socket. Longer than the longest XREAD.
    socketTimeout: 5_000,
    retryStrategy: (attempt: number) => Math.min(50 * 2 ** Math.min(attempt, 5), 1_000),
    reconnectOnError: () => false,
  }
  const redis = path === undefined ? new Redis(url, options) : new Redis(options)
  redis.on('error', error => onError?.(error))
  return redis
}

function socketPath(url: string): string | undefined {
  if (url.startsWith('/')) return url
  return url.startsWith('unix:') ? url.replace(/^unix:(\/\/)?/, '') : undefined
}
