// When to connect again: pure rules over close codes and counts of attempts.

import { type CloseName, closeCodes } from '#shared/protocol/codes.ts'

const baseMs = 500
const capMs = 30_000
/** Spreads clients that were told to come back at once. */
const jitterMs = 250

/**
 * Full jitter: anywhere between 0 and a cap that doubles from 0.5 s to 30 s.
 * @param attempt failed attempts so far, from 0
 * @param random 0 ≤ random < 1
 */
export function backoffMs(attempt: number, random: number): number {
  return Math.floor(random * Math.min(capMs, baseMs * 2 ** Math.min(attempt, 16)))
}

/** A short random wait of less than a quarter of a second. */
export function soonMs(random: number): number {
  return Math.floor(random * jitterMs)
}

export type AfterClose =
  | { next: 'stop'; reason: CloseName }
  /** With a new access token: at once, if the last attempt did not have one already. */
  | { next: 'refresh'; reason: CloseName }
  | { next: 'soon' }
  | { next: 'backOff' }

const nameOf = new Map<number, CloseName>(
  Object.entries(closeCodes).map(([name, { code }]) => [code, name as CloseName]),
)

/** A refresh finds out whether the session is over, and then what this device has of its person goes (session.ts). */
const refreshing = new Set<CloseName | undefined>([
  'token_expired',
  'auth_failed',
  'session_revoked',
])

/** What a close code asks of the client; codes of later versions follow their range. */
export function afterClose(code: number): AfterClose {
  const name = nameOf.get(code)
  if (refreshing.has(name)) return { next: 'refresh', reason: name as CloseName }
  if (name === 'slow_consumer' || name === 'draining') return { next: 'soon' }
  if (code >= 4500 && code <= 4999) return { next: 'stop', reason: name ?? 'bad_frame' }
  return { next: 'backOff' }
}
