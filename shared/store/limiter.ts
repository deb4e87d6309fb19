// Rate limits of the api: counters in Redis, shared by its processes. While Redis is away each process counts in its
// own memory, so a limit never opens by Redis failing.

import { RateLimiterMemory, RateLimiterRedis, RateLimiterRes } from 'rate-limiter-flexible'
import { AppError } from '#shared/protocol/codes.ts'
import { keys } from './keys.ts'
import type { Redis } from './redis.ts'

/** So many points in so many seconds, per key. */
export interface Rate {
  points: number
  perS: number
}

export interface Limiter<Name extends string> {
  /** Takes a point of a key's budget. @throws AppError rate_limited with retryMs */
  take(name: Name, key: string): Promise<void>
  /** Gives a point back: what it was taken for does not count after all. */
  giveBack(name: Name, key: string): Promise<void>
  /** Forgets what a key has used. */
  reset(name: Name, key: string): Promise<void>
}

/** One limit for each name of `rates`. */
export function createLimiter<Name extends string>(
  redis: Redis,
  rates: Readonly<Record<Name, Rate>>,
): Limiter<Name> {
  const limiters = new Map(
    (Object.entries(rates) as [Name, Rate][]).map(([name, rate]) => {
      const options = {
        points: rate.points,
        duration: rate.perS,
        keyPrefix: `${keys.limit}:${name}`,
      }
      return [
        name,
        new RateLimiterRedis({
          ...options,
          storeClient: redis,
          rejectIfRedisNotReady: true,
          insuranceLimiter: new RateLimiterMemory(options),
        }),
      ]
    }),
  )
  const of = (name: Name) => limiters.get(name) as RateLimiterRedis
  return {
    async take(name, key) {
      try {
        await of(name).consume(key)
      } catch (refusal) {
        if (!(refusal instanceof RateLimiterRes)) throw refusal
        throw new AppError('rate_limited', { retryMs: Math.max(refusal.msBeforeNext, 1_000) })
      }
    },
    async giveBack(name, key) {
      await of(name).reward(key)
    },
    async reset(name, key) {
      await of(name).delete(key)
    },
  }
}
