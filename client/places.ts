// Changes of the user's own place in chats (mute, pin, archive, mark unread): shown at once, and as the server has them
// once it has answered; a refused one vanishes.

import type { ChatId } from '#shared/protocol/ids.ts'
import { mutedForEver } from '#shared/protocol/limits.ts'
import type { Chat } from '#shared/protocol/models.ts'
import type { ChatStore } from './chat-store.ts'
import type { Reads } from './reads.ts'
import type { Rpc } from './rpc.ts'
import type { ClientClock, PlaceChange } from './types.ts'

export class Places {
  readonly #store: ChatStore
  readonly #rpc: Rpc
  readonly #reads: Pick<Reads, 'settled'>
  readonly #clock: ClientClock
  /** On their way, the oldest first. */
  readonly #changes = new Map<ChatId, PlaceChange[]>()

  constructor(deps: {
    store: ChatStore
    rpc: Rpc
    reads: Pick<Reads, 'settled'>
    clock: ClientClock
  }) {
    this.#store = deps.store
    this.#rpc = deps.rpc
    this.#reads = deps.reads
    this.#clock = deps.clock
  }

  /** @throws AppError not_found, quota_reached (too many pins), timeout */
  async change(chat: ChatId, change: PlaceChange): Promise<void> {
    this.#put(chat, [...(this.#changes.get(chat) ?? []), change])
    try {
      // A read mark that came after it would end it.
      if (change.unread) await this.#reads.settled(chat)
      const { me } = await this.#rpc.request('setPlace', { chat, ...change }, { resend: true })
      const state = this.#store.chats.get(chat)
      if (state) this.#store.putPlace(state, me)
    } finally {
      this.#put(chat, this.#changes.get(chat)?.filter(other => other !== change) ?? [])
    }
  }

  /** The chat with the changes on their way. */
  over(chat: Chat): Chat {
    const changes = this.#changes.get(chat.id)
    if (!changes) return chat
    const now = this.#clock.now()
    let { me } = chat
    for (const change of changes) me = changed(chat, me, change, now)
    return { ...chat, me }
  }

  #put(chat: ChatId, changes: PlaceChange[]): void {
    if (changes.length > 0) this.#changes.set(chat, changes)
    else this.#changes.delete(chat)
    this.#store.touch(chat)
  }
}

/** As the server will decide; it alone knows the bounds. */
function changed({ seq }: Chat, held: Chat['me'], change: PlaceChange, now: number): Chat['me'] {
  const { mutedUntil, mentionsMuted, archived, unread } = change
  const me = { ...held }
  if (mutedUntil !== undefined) {
    delete me.mutedUntil
    if (mutedUntil !== null) me.mutedUntil = mutedUntil === 0 ? mutedForEver : mutedUntil
  }
  if (mentionsMuted !== undefined) set(me, 'mentionsMuted', mentionsMuted)
  if (unread !== undefined) set(me, 'unread', unread)
  if (archived !== undefined) {
    set(me, 'archived', archived)
    me.archivedSeq = seq
  }
  const pinned = change.pinned ?? (archived ? false : undefined)
  if (pinned !== undefined) {
    set(me, 'pinned', pinned)
    me.pinnedAt = now
  }
  return me
}

function set(
  me: Chat['me'],
  key: 'mentionsMuted' | 'unread' | 'archived' | 'pinned',
  on: boolean,
): void {
  if (on) me[key] = true
  else delete me[key]
}
