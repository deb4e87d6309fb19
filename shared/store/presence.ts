// Who is online at which gateway: one set per gateway with a lease that it renews, so a gateway that dies
// takes its people offline with it. Rebuildable at any moment from the gateways' memory.

import type { UserId } from '#shared/protocol/ids.ts'
import { keys, presenceLeaseS } from './keys.ts'
import type { Redis } from './redis.ts'

/** Makes this node's set exactly `users` and renews its lease. Rejects when Redis is away. */
export async function storePresence(
  redis: Redis,
  node: string,
  users: readonly UserId[],
  nowMs: number,
): Promise<void> {
  const key = keys.presenceNode(node)
  const pipeline = redis.multi().del(key)
  for (let at = 0; at < users.length; at += usersPerCall)
    pipeline.sadd(key, ...users.slice(at, at + usersPerCall).map(String))
  pipeline.expire(key, presenceLeaseS).zadd(keys.presenceNodes, String(nowMs), node)
  pipeline.zremrangebyscore(keys.presenceNodes, 0, nowMs - presenceLeaseS * 1_000)
  await pipeline.exec()
}

/** Adds or takes users; the next storePresence repairs whatever goes wrong here. */
export async function movePresence(
  redis: Redis,
  node: string,
  users: readonly UserId[],
  online: boolean,
): Promise<void> {
  if (users.length === 0) return
  const key = keys.presenceNode(node)
  const pipeline = redis.pipeline()
  for (let at = 0; at < users.length; at += usersPerCall) {
    const page = users.slice(at, at + usersPerCall).map(String)
    if (online) pipeline.sadd(key, ...page)
    else pipeline.srem(key, ...page)
  }
  await pipeline.expire(key, presenceLeaseS).exec()
}

const usersPerCall = 1_000

/** Which of these users are online at any living gateway. Rejects when Redis is away. */
export async function readPresence(redis: Redis, users: readonly UserId[]): Promise<Set<UserId>> {
  const online = new Set<UserId>()
  if (users.length === 0) return online
  const nodes = await redis.zrange(keys.presenceNodes, '0', '-1')
  for (let at = 0; at < users.length; at += usersPerCall) {
    const page = users.slice(at, at + usersPerCall)
    const pipeline = redis.pipeline()
    for (const node of nodes) pipeline.smismember(keys.presenceNode(node), ...page.map(String))
    for (const [, flags] of (await pipeline.exec()) ?? []) {
      page.forEach((user, i) => {
        if ((flags as number[] | null)?.[i] === 1) online.add(user)
      })
    }
  }
  return online
}

/** Takes a node's people offline at its orderly end. */
export async function clearPresence(redis: Redis, node: string): Promise<void> {
  await redis.multi().del(keys.presenceNode(node)).zrem(keys.presenceNodes, node).exec()
}
