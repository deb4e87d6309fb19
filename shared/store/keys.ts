// Every name in Redis. Nothing there is the only copy of anything: all of it may vanish at any moment.
//
// bus:{00}…bus:{15}        stream, trimmed to busEntriesMax; finished frames between processes     (bus.ts)
// cast:{00}…cast:{15}      pub/sub; typing, presence, read marks of others: droppable              (bus.ts)
// presence:node:<node>     set of user ids online at that gateway, TTL presenceLeaseS              (presence.ts)
// presence:nodes           sorted set of gateway nodes by last lease time (ms)                     (presence.ts)
// jobs:{<kind>}            stream, trimmed to 10,000; work for the api's processes                 (jobs.ts)
// jobs:{<kind>}:dead       stream, trimmed to 1,000; jobs that failed three times                  (jobs.ts)
// limit:<name>:<key>       counters of the api's rate limits, TTL by limit                         (limiter.ts)

export const busShards = 16
/** About 120 s of 200 batches a second in one shard. */
export const busEntriesMax = 24_576
export const presenceLeaseS = 15

const two = (shard: number) => String(shard).padStart(2, '0')

/** Shard of a chat's or a user's events. */
export function shardOf(id: number): number {
  return id % busShards
}

export const keys = {
  bus: (shard: number) => `bus:{${two(shard)}}`,
  cast: (shard: number) => `cast:{${two(shard)}}`,
  presenceNode: (node: string) => `presence:node:${node}`,
  presenceNodes: 'presence:nodes',
  jobs: (kind: string) => `jobs:{${kind}}`,
  deadJobs: (kind: string) => `jobs:{${kind}}:dead`,
  limit: 'limit',
} as const
