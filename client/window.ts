// The loaded part of one chat's history: ascending rows without holes. Pure functions; each returns the
// same object when nothing changed, so that views can be kept.

import type { Seq } from '#shared/protocol/ids.ts'
import type { Message } from '#shared/protocol/models.ts'

export interface Rows {
  /** Ascending by seq, one for each seq of from…to that the server has. */
  readonly messages: readonly Message[]
  /** The covered range; `from` = `to` + 1 when it is empty. */
  readonly from: Seq
  readonly to: Seq
  /** Nothing older exists. */
  readonly atStart: boolean
  /** Follows the newest message: whatever comes next is appended. */
  readonly atEnd: boolean
}

/** More rows than this are cut off at the far end. */
const rowsMax = 2_000
/** Cutting happens seldom: only when so many are too many. */
const slack = 500

/**
 * A window of one page.
 * @param page ascending
 * @param head the last seq of the chat when the page was read; an empty page is a window at the head
 */
export function rowsOf(page: readonly Message[], head: Seq): Rows {
  const first = page[0]
  const last = page.at(-1)
  if (!first || !last) {
    return { messages: [], from: head + 1, to: head, atStart: true, atEnd: true }
  }
  const atStart = first.seq <= 1
  return { messages: page, from: first.seq, to: last.seq, atStart, atEnd: last.seq >= head }
}

/**
 * Puts a message in its state into the window.
 * A row gives way only to a higher rev; a message right behind the window extends it; any other is
 * outside and changes nothing but that the window no longer is at the end.
 * @param reading what a window that grows too long must keep; null at the end, where it follows the newest message
 */
export function mergeRow(rows: Rows, message: Message, reading: Seq | null = null): Rows {
  if (message.seq === rows.to + 1) {
    const longer = { ...rows, messages: [...rows.messages, message], to: message.seq }
    return isNearStart(longer, reading) ? cutEnd(longer) : cutStart(longer)
  }
  if (message.seq > rows.to) return rows.atEnd ? { ...rows, atEnd: false } : rows
  if (message.seq < rows.from) return rows
  const at = indexOf(rows.messages, message.seq)
  const present = rows.messages[at]
  if (present?.seq !== message.seq) {
    return { ...rows, messages: rows.messages.toSpliced(at, 0, message) }
  }
  if (present.rev >= message.rev) return rows
  // What the user deleted for themself alone stays away, whatever others still do with it.
  if (present.deleted && !message.deleted) return rows
  return { ...rows, messages: rows.messages.with(at, message) }
}

/** Takes away everything up to a seq: nothing older exists for the user any more. */
export function cutUpTo(rows: Rows, upTo: Seq): Rows {
  if (rows.from > upTo) {
    const nowStarts = !rows.atStart && rows.from === upTo + 1
    return nowStarts ? { ...rows, atStart: true } : rows
  }
  const messages = rows.messages.filter(message => message.seq > upTo)
  const to = Math.max(rows.to, upTo)
  return { ...rows, messages, from: upTo + 1, to, atStart: true }
}

/** Empties these rows, as if they were deleted for everybody. */
export function hideRows(rows: Rows, seqs: ReadonlySet<Seq>): Rows {
  if (!rows.messages.some(row => seqs.has(row.seq) && !row.deleted)) return rows
  return { ...rows, messages: rows.messages.map(row => (seqs.has(row.seq) ? tombstone(row) : row)) }
}

/** What is left of a deleted message. */
export function tombstone({ seq, rev, from, rid, at }: Message): Message {
  return { seq, rev, from, rid, at, text: '', deleted: true }
}

/** Adds the page that was asked for as "before `rows.from`"; an empty one means that nothing is there. */
export function prepend(rows: Rows, page: readonly Message[]): Rows {
  const older = page.filter(message => message.seq < rows.from)
  const first = older[0]
  if (!first) return { ...rows, atStart: true }
  const messages = [...older, ...rows.messages]
  return cutEnd({ ...rows, messages, from: first.seq, atStart: first.seq <= 1 })
}

/**
 * Adds the page that was asked for as "after `rows.to`".
 * @param head the last seq of the chat when the page was read
 */
export function append(rows: Rows, page: readonly Message[], head: Seq): Rows {
  const newer = page.filter(message => message.seq > rows.to)
  const last = newer.at(-1)
  if (!last) return rows.to >= head ? { ...rows, atEnd: true } : rows
  const messages = [...rows.messages, ...newer]
  return cutStart({ ...rows, messages, to: last.seq, atEnd: last.seq >= head })
}

/** The row with this seq, if the window has it. */
export function rowAt(rows: Rows | undefined, seq: Seq): Message | undefined {
  if (!rows || seq < rows.from || seq > rows.to) return undefined
  const row = rows.messages[indexOf(rows.messages, seq)]
  return row?.seq === seq ? row : undefined
}

function isNearStart({ messages }: Rows, reading: Seq | null): boolean {
  return reading !== null && indexOf(messages, reading) < messages.length / 2
}

function cutStart(rows: Rows): Rows {
  if (rows.messages.length <= rowsMax + slack) return rows
  const messages = rows.messages.slice(-rowsMax)
  return { ...rows, messages, from: messages[0]?.seq ?? rows.from, atStart: false }
}

function cutEnd(rows: Rows): Rows {
  if (rows.messages.length <= rowsMax + slack) return rows
  const messages = rows.messages.slice(0, rowsMax)
  return { ...rows, messages, to: messages.at(-1)?.seq ?? rows.to, atEnd: false }
}

/** Index of the first row whose seq is not below `seq`; the end is tried first, as most changes are there. */
function indexOf(messages: readonly Message[], seq: Seq): number {
  let low = 0
  let high = messages.length
  const last = messages.at(-1)
  if (last && last.seq < seq) return high
  while (low < high) {
    const middle = (low + high) >> 1
    if ((messages[middle] as Message).seq < seq) low = middle + 1
    else high = middle
  }
  return low
}
