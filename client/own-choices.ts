// What the user chooses at messages: reactions and votes. A reaction shows at once and is taken back if the server
// refuses it; the sums of the message come later, so until they do they are shown with the user's own choice in them.

import type { ChatId, Rev, Seq } from '#shared/protocol/ids.ts'
import type { Message, Own, Poll, Reaction } from '#shared/protocol/models.ts'
import type { ChatStore } from './chat-store.ts'
import type { Rpc } from './rpc.ts'
import type { PollView } from './types.ts'

/** A reaction that the message's sums may not tell yet. Never changed, so that views can be kept by it. */
export interface Pending {
  readonly emojis: readonly string[]
  /** What the user had chosen when the message had the rev `rev`. */
  readonly before: readonly string[]
  readonly rev: Rev
  /** Whether the server has it. */
  readonly isStored: boolean
}

/** What is known of the user's choice at a message; each part is the same object until it changes. */
export interface Held {
  own: Own | undefined
  pending: Pending | undefined
}

export class OwnChoices {
  readonly #store: ChatStore
  readonly #rpc: Rpc
  readonly #pending = new Map<string, Pending>()

  constructor({ store, rpc }: { store: ChatStore; rpc: Rpc }) {
    this.#store = store
    this.#rpc = rpc
  }

  /** Sets all reactions of the user at a message, shown at once. @throws AppError; it is as before then */
  async react(chat: ChatId, message: Message, emojis: readonly string[]): Promise<void> {
    const { seq, rev } = message
    const key = keyOf(chat, seq)
    const last = this.#pending.get(key)
    const own = this.#store.chats.get(chat)?.own.get(seq)
    const before = last?.rev === rev ? last.before : (own?.reacts ?? [])
    const pending: Pending = { emojis: [...new Set(emojis)], before, rev, isStored: false }
    this.#set(chat, key, pending)
    const moment = this.#store.ownMoment
    try {
      const answer = await this.#rpc.request(
        'react',
        { chat, seq, emojis: [...pending.emojis] },
        { resend: true },
      )
      this.#take(chat, answer.own, moment)
      if (this.#pending.get(key) === pending) this.#set(chat, key, { ...pending, isStored: true })
    } catch (error) {
      // What was stored before this try may not be in the sums either.
      const was = last?.isStored && last.rev === rev ? last : undefined
      if (this.#pending.get(key) === pending) this.#set(chat, key, was)
      throw error
    }
  }

  /** Sets the user's vote in a poll. @throws AppError */
  async vote(chat: ChatId, seq: Seq, options: readonly number[]): Promise<void> {
    const body = { chat, seq, options: [...options] }
    const moment = this.#store.ownMoment
    this.#take(chat, (await this.#rpc.request('vote', body, { resend: true })).own, moment)
  }

  held(chat: ChatId, { seq, rev }: Message): Held {
    const own = this.#store.chats.get(chat)?.own.get(seq)
    const pending = this.#pending.get(keyOf(chat, seq))
    // Sums of a later rev have it, or will in a moment; another device may have chosen otherwise since.
    const isOver = pending?.isStored && (rev > pending.rev || !isSame(pending.emojis, own?.reacts))
    return { own, pending: isOver ? undefined : pending }
  }

  /** Forgets what is pending; what is on its way still reaches the server. */
  clear(): void {
    this.#pending.clear()
  }

  /** An event since `moment` tells the same, or what another device chose later. */
  #take(chat: ChatId, own: Own, moment: number): void {
    const state = this.#store.chats.get(chat)
    if (state && (state.ownAt.get(own.seq) ?? 0) <= moment) this.#store.putOwn(state, own)
  }

  #set(chat: ChatId, key: string, pending: Pending | undefined): void {
    if (pending) this.#pending.set(key, pending)
    else this.#pending.delete(key)
    this.#store.touch(chat)
  }
}

/** The same emojis in any order. */
function isSame(one: readonly string[], other: readonly string[] = []): boolean {
  return one.length === other.length && one.every(emoji => other.includes(emoji))
}

function keyOf(chat: ChatId, seq: Seq): string {
  return `${chat}:${seq}`
}

/** A message's reactions as the user should see them, and which of them are the user's own. */
export function shownReactions(
  { reacts = [], rev }: Message,
  { own, pending }: Held,
): { reacts?: Reaction[]; mine?: string[] } {
  const mine = [...(pending?.emojis ?? own?.reacts ?? [])]
  const shown = new Map(reacts.map(({ e, n }) => [e, n]))
  if (pending?.rev === rev) {
    for (const e of pending.before) if (!mine.includes(e)) shown.set(e, (shown.get(e) ?? 1) - 1)
    for (const e of mine) if (!pending.before.includes(e)) shown.set(e, (shown.get(e) ?? 0) + 1)
  }
  // The sums lag behind: one’s own is there for certain.
  for (const e of mine) shown.set(e, Math.max(1, shown.get(e) ?? 0))
  const list = [...shown].flatMap(([e, n]) => (n > 0 ? [{ e, n }] : []))
  return { ...(list.length > 0 && { reacts: list }), ...(mine.length > 0 && { mine }) }
}

/** A poll as the user should see it: how it stands only once they have voted or it is closed. */
export function shownPoll({ counts, ...poll }: Poll, own: Own | undefined): PollView {
  const { votes, answer } = own ?? {}
  const shows = votes !== undefined || poll.closed === true
  return {
    ...poll,
    ...(votes && { mine: votes }),
    ...(shows && { counts }),
    ...answer,
  }
}
