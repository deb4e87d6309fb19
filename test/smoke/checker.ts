// Decides whether the promise held: compares what was acknowledged, what PostgreSQL has and what every client
// saw. Pure; checker.test.ts shows that it catches each kind of lie. O(n log n) in the number of messages.

import type { DevEvent } from '#client/index.ts'
import type { ChatId, Rev, Rid, Seq, UserId } from '#shared/protocol/ids.ts'

/** A message as PostgreSQL or a client's window has it. */
export interface Row {
  seq: Seq
  from: UserId
  rid: Rid
  text: string
}

/** What a sender was told. */
export interface Acked {
  chat: ChatId
  from: UserId
  rid: Rid
  seq: Seq
}

export interface Evidence {
  sent: number
  acked: readonly Acked[]
  /** Rows of PostgreSQL by chat, in order of seq. */
  stored: ReadonlyMap<ChatId, readonly Row[]>
  /** What each client shows of each of its chats at the end, in the order shown. */
  views: readonly { client: string; chat: ChatId; shown: readonly Row[] }[]
  /** What each client's positions did meanwhile. */
  records: readonly Record[]
}

export interface Verdict {
  sent: number
  acked: number
  /** Acknowledged but not stored at their place, or stored but not shown to a member. */
  lost: number
  /** Stored or shown twice. */
  duplicates: number
  /** Holes in seq, or a change applied before the one ahead of it. */
  gaps: number
  /** Shown or applied out of order. */
  orderViolations: number
}

/** Follows one client's positions as they move, for gaps and disorder that no final view would show. */
export class Record {
  readonly #at = new Map<ChatId, Rev>()
  gaps = 0
  orderViolations = 0

  observe(event: DevEvent): void {
    switch (event.type) {
      case 'applied':
        this.#step(event.chat, event.rev - 1, event.rev)
        return
      case 'moved':
        this.#step(event.chat, event.from, event.to)
        return
      case 'dropped':
        this.#at.delete(event.chat)
        return
      case 'reset':
        this.#at.clear()
        return
      default:
        event satisfies never
    }
  }

  #step(chat: ChatId, from: Rev, to: Rev): void {
    const at = this.#at.get(chat)
    if (at !== undefined && from > at) this.gaps++
    if (at !== undefined && to <= at) this.orderViolations++
    this.#at.set(chat, Math.max(at ?? 0, to))
  }
}

/** The verdict over a finished run. */
export function judge(evidence: Evidence): Verdict {
  const verdict: Verdict = {
    sent: evidence.sent,
    acked: evidence.acked.length,
    lost: 0,
    duplicates: 0,
    gaps: 0,
    orderViolations: 0,
  }
  for (const rows of evidence.stored.values()) judgeLog(rows, verdict)
  for (const { chat, from, rid, seq } of evidence.acked) {
    const row = evidence.stored.get(chat)?.[seq - 1]
    if (row?.rid !== rid || row.from !== from) verdict.lost++
  }
  for (const { chat, shown } of evidence.views) {
    judgeView(shown, evidence.stored.get(chat) ?? [], verdict)
  }
  for (const record of evidence.records) {
    verdict.gaps += record.gaps
    verdict.orderViolations += record.orderViolations
  }
  return verdict
}

/** Whether nothing was lost, doubled, skipped or shuffled. */
export function holds(verdict: Verdict): boolean {
  const { lost, duplicates, gaps, orderViolations } = verdict
  return lost === 0 && duplicates === 0 && gaps === 0 && orderViolations === 0
}

function judgeLog(rows: readonly Row[], verdict: Verdict): void {
  verdict.duplicates += rows.length - new Set(rows.map(keyOf)).size
  rows.forEach((row, i) => {
    if (row.seq !== i + 1) verdict.gaps++
  })
}

function judgeView(shown: readonly Row[], stored: readonly Row[], verdict: Verdict): void {
  const keys = new Set(shown.map(keyOf))
  verdict.duplicates += shown.length - keys.size
  for (const row of stored) if (!keys.has(keyOf(row))) verdict.lost++
  shown.forEach((row, i) => {
    const before = shown[i - 1]
    if (before && row.seq <= before.seq) verdict.orderViolations++
  })
}

function keyOf({ from, rid }: Row): string {
  return `${from}:${rid}`
}
