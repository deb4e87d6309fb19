// Whether what came over the bus is what this version sends. Redis may hold anything: another version's entries, half
// of one, or what somebody wrote who should not. One such value in a socket's queue would end the whole process.
// Called by bus.ts only; a well-formed lie is not found here, so nobody else may write to Redis.

import type { BusEvent, Cast } from './bus.ts'

type Shape = readonly [counts: readonly string[], hasFrame: boolean]

const events: Readonly<Record<BusEvent['type'], Shape>> = {
  chat: [['chat', 'rev', 'seq', 'members'], true],
  user: [['user', 'urev'], true],
  joined: [['user', 'urev', 'chat', 'rev', 'seq', 'members'], true],
  left: [['user', 'urev', 'chat'], true],
  head: [['chat', 'rev'], false],
  userHead: [['user', 'urev'], false],
  sessionRevoked: [['user', 'session'], false],
  quiet: [['chat'], false],
  person: [['user'], false],
}
const casts: Readonly<Record<Cast['type'], Shape>> = {
  chat: [['chat', 'from'], true],
  reads: [['chat'], false],
  counts: [['chat'], false],
  presence: [[], false],
}

/** HOT: per event. */
export function isBusEvent(value: unknown): value is BusEvent {
  if (!fits(events, value)) return false
  const { type, called, quiet, other } = value as Record<string, unknown>
  if (type === 'quiet') return typeof quiet === 'boolean'
  if (type === 'person') return other === undefined || isCount(other)
  return called === undefined || (Array.isArray(called) && called.every(isCount))
}

export function isCast(value: unknown): value is Cast {
  if (!fits(casts, value)) return false
  const { type, users, online, lastSeen, marks, counts } = value as Record<string, unknown>
  if (type === 'reads') return Array.isArray(marks) && marks.every(isMark)
  if (type === 'counts') return Array.isArray(counts) && counts.every(isPostCounts)
  if (type !== 'presence') return true
  const known = Array.isArray(users) && users.every(isCount)
  return known && typeof online === 'boolean' && Number.isFinite(lastSeen)
}

function fits(shapes: Readonly<Record<string, Shape>>, value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false
  const fields = value as Record<string, unknown>
  const { type } = fields
  if (typeof type !== 'string' || !Object.hasOwn(shapes, type)) return false
  const [counts, hasFrame] = shapes[type] as Shape
  for (const name of counts) {
    if (!isCount(fields[name])) return false
  }
  return !hasFrame || fields.frame instanceof Uint8Array
}

function isMark(value: unknown): boolean {
  return Array.isArray(value) && value.length === 2 && value.every(isCount)
}

function isPostCounts(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false
  const { seq, views = 0, comments = 0, by = [] } = value as Record<string, unknown>
  return [seq, views, comments].every(isCount) && Array.isArray(by) && by.every(isCount)
}

function isCount(value: unknown): boolean {
  return Number.isSafeInteger(value) && (value as number) >= 0
}
