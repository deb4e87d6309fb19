// Rate limits of the api: counters in Redis, shared by its processes. While Redis is away each process counts in its
// own memory, so a limit never opens by Redis failing.

import { isIPv6 } from 'node:net'
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

/** The budget that an address shares: an IPv6 customer has a whole /64. */
export function addressBucket(ip: string): string {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(ip)?.[1]
  if (mapped !== undefined) return mapped
  if (!isIPv6(ip)) return ip
  const [head = '', tail] = (ip.split('%')[0] ?? '').split('::')
  const groups = head === '' ? [] : head.split(':')
  if (tail !== undefined) {
    const behind = tail === '' ? 0 : tail.split(':').length
    while (groups.length < 8 - behind) groups.push('0')
  }
  const numbers = groups.map(group => Number.parseInt(group, 16))
  // uWebSockets.js writes an IPv4 address that came to an IPv6 socket in hexadecimal.
  const [, , , , , mark, high = 0, low = 0] = numbers
  if (mark === 0xffff && numbers.slice(0, 5).every(number => number === 0))
    return [high >> 8, high & 255, low >> 8, low & 255].join('.')
  const prefix = numbers.slice(0, 4).map(number => number.toString(16))
  return `${prefix.join(':')}::/64`
}
