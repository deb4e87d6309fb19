// From the messages of a window to the rows of the list: days, grouping by sender, the unread divider. Pure. A row is the
// same object as before while nothing of it changed, so that only changed rows render.

import type { ChatWindow, MessageView } from '#client/types.ts'
import type { Seq, UserId } from '#shared/protocol/ids.ts'
import { serviceKinds } from './service-kinds.ts'

const groupGapMs = 5 * 60_000

/** One item of the virtual list. Day and divider belong to the message below them, so that keys stay stable. */
export interface Row {
  readonly key: string
  readonly message: MessageView
  readonly own: boolean
  /** First of a group of one sender: shows the name. */
  readonly first: boolean
  /** Last of it: shows the tail and the avatar. */
  readonly last: boolean
  /** The message starts a new day. */
  readonly day: boolean
  /** The unread messages begin here. */
  readonly divider: boolean
}

/** Rows by their messages, from call to call. */
export type HeldRows = WeakMap<MessageView, Row>

/**
 * @param readUpTo read mark when the chat was opened; null shows no divider
 * @param held the same at each call, so that rows that did not change stay what they are
 * @cost O(messages of the window)
 */
export function toRows(
  messages: readonly MessageView[],
  me: UserId,
  readUpTo: Seq | null,
  held: HeldRows = new WeakMap(),
): Row[] {
  const shown = messages.filter(isShown)
  const dividerAt = readUpTo === null ? -1 : shown.findIndex(each => isUnread(each, me, readUpTo))
  const isNewDay = dayChanges()
  let day = shown[0] !== undefined && isNewDay(shown[0].at)
  let together = false
  return shown.map((message, index) => {
    const next = shown[index + 1]
    const nextDay = next !== undefined && isNewDay(next.at)
    const nextTogether =
      next !== undefined && !nextDay && index + 1 !== dividerAt && isOneGroup(message, next)
    const row = {
      key: message.key,
      message,
      own: message.from === me,
      first: !together,
      last: !nextTogether,
      day,
      divider: index === dividerAt,
    }
    day = nextDay
    together = nextTogether
    return keep(held, row)
  })
}

/** What is deleted, and what happened in a way that this page does not know, leaves no trace in the list. */
function isShown(message: MessageView): boolean {
  return !message.deleted && (!message.svc || serviceKinds.has(message.svc.t))
}

function keep(held: HeldRows, row: Row): Row {
  const before = held.get(row.message)
  const same =
    before?.own === row.own &&
    before.first === row.first &&
    before.last === row.last &&
    before.day === row.day &&
    before.divider === row.divider
  if (same) return before
  held.set(row.message, row)
  return row
}

function isUnread(message: MessageView, me: UserId, readUpTo: Seq): boolean {
  return message.seq !== undefined && message.seq > readUpTo && message.from !== me
}

function isOneGroup(before: MessageView, after: MessageView): boolean {
  if (before.svc || after.svc) return false
  return before.from === after.from && after.at - before.at < groupGapMs
}

/** Says of one time after the other whether it lies on another day than the last one. */
function dayChanges(): (at: number) => boolean {
  let from = 0
  let to = 0
  return at => {
    if (at >= from && at < to) return false
    const start = new Date(at)
    from = start.setHours(0, 0, 0, 0)
    // A day may have 23 or 25 hours.
    to = start.setDate(start.getDate() + 1)
    return true
  }
}

/** The message with this seq in a window, by halving; those of the outbox stand behind it. */
export function messageAt(messages: readonly MessageView[], seq: Seq): MessageView | undefined {
  let low = 0
  let high = messages.length - 1
  while (low <= high) {
    const middle = (low + high) >> 1
    const at = messages[middle]?.seq ?? Number.POSITIVE_INFINITY
    if (at === seq) return messages[middle]
    if (at < seq) low = middle + 1
    else high = middle - 1
  }
  return undefined
}

/**
 * Where to go for a message: to itself, or where it left no row to the next one that did, at the end to the last one.
 * @returns undefined while the window does not reach there
 */
export function goalOf(
  { messages, moreBefore, moreAfter }: ChatWindow,
  seq: Seq,
): MessageView | undefined {
  const first = messages[0]?.seq
  const last = messages.findLast(each => each.seq !== undefined)?.seq
  if (first === undefined || last === undefined) return undefined
  if ((moreBefore && seq < first) || (moreAfter && seq > last)) return undefined
  const isBehind = (each: MessageView) => (each.seq ?? Number.POSITIVE_INFINITY) >= seq
  return messages.find(each => isBehind(each) && isShown(each)) ?? messages.findLast(isShown)
}
