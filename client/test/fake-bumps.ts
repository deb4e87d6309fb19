// What the reference server says now and then of a large chat to those who do not look at it: worked out from
// a list of everything that happened since the last time.

import type { ChatEventBody, ChatEventName, ControlBody } from '#shared/protocol/events.ts'
import type { Rev } from '#shared/protocol/ids.ts'
import type { ServerChat } from './fake-chat.ts'

/** One change; `unknown` is one of a later version. */
export type FakeChange =
  | { [Name in ChatEventName]: { name: Name; rev: Rev; body: ChatEventBody<Name> } }[ChatEventName]
  | { name: 'unknown'; rev: Rev }

/** The changes of one chat since its last bump. */
export class Unbumped {
  /** A bump is due. */
  due = false
  #since: Rev
  #changes: FakeChange[] = []

  constructor(since: Rev) {
    this.#since = since
  }

  add(change: FakeChange): void {
    this.#changes.push(change)
  }

  /** Everybody has been told, or history has been rewritten. */
  restart(rev: Rev): void {
    this.due = false
    this.#since = rev
    this.#changes = []
  }

  /** @param textMax of the newest message; with a longer one nothing but the position is told */
  bump(chat: ServerChat, textMax: number): ControlBody<'bump'> {
    const { id, rev, seq } = chat
    const untold = this.#changes.findLast(({ name }) => name === 'member' || name === 'unknown')
    const since = untold?.rev ?? this.#since
    const told = this.#changes.filter(change => change.rev > since)
    const isLast = (change: FakeChange) =>
      change.name !== 'unknown' && 'seq' in change.body && change.body.seq === seq
    const last = told.some(isLast) ? chat.rows.at(-1) : undefined
    const info = told.findLast(change => change.name === 'info')?.body
    if (last && last.text.length > textMax) return { chat: id, rev, seq }
    return { chat: id, rev, seq, since, ...(last && { last }), ...(info && { info }) }
  }
}
