// What a channel's posts show beside their messages: how often they were seen and commented on, and which unsigned ones
// are the user's own. Droppable news: pages of history and answers bring it, ephemerals renew it, nothing is repaired.
// Tells the server which posts were on screen, gathered for a second.

import type { ChatId, Seq } from '#shared/protocol/ids.ts'
import { limits } from '#shared/protocol/limits.ts'
import { type Message, type PostCounts, theChat } from '#shared/protocol/models.ts'
import { runsChat } from '#shared/protocol/permissions.ts'
import type { ChatStore } from './chat-store.ts'
import { Errands } from './errands.ts'
import type { Rpc } from './rpc.ts'
import type { ClientClock } from './types.ts'

const gatherMs = 1_000
/** A post that stays on screen, or comes back to it, is told again after this time: the answer renews its counts. */
const againMs = 60_000
/** Posts of one channel that counts are kept of; more than a window holds. */
const postsMax = 5_000

interface Channel {
  readonly counts: Map<Seq, PostCounts>
  readonly mine: Set<Seq>
  /** Posts to tell of. */
  readonly seen: Set<Seq>
  /** When each post was told last. */
  readonly toldAt: Map<Seq, number>
  /** Posts that somebody who runs the channel wrote, perhaps the user on another device. */
  readonly whose: Set<Seq>
  /** How often news of posts came. */
  news: number
}

export class Posts {
  readonly #store: ChatStore
  readonly #rpc: Rpc
  readonly #clock: ClientClock
  readonly #channels = new Map<ChatId, Channel>()
  readonly errands: Errands<ChatId>

  constructor(deps: { store: ChatStore; rpc: Rpc; clock: ClientClock }) {
    this.#store = deps.store
    this.#rpc = deps.rpc
    this.#clock = deps.clock
    this.errands = new Errands({
      clock: deps.clock,
      run: chat => this.#tell(chat),
      failed: chat => {
        this.#channels.get(chat)?.seen.clear()
        this.#channels.get(chat)?.whose.clear()
      },
    })
  }

  /** What is known of a post; the same object until it changes. */
  countsOf(chat: ChatId, seq: Seq): PostCounts | undefined {
    return this.#channels.get(chat)?.counts.get(seq)
  }

  /** Whether the user wrote this post, which names the channel as its author. */
  isMine(chat: ChatId, seq: Seq): boolean {
    return this.#channels.get(chat)?.mine.has(seq) ?? false
  }

  /** What is known of the posts from `from` on. */
  kept(chat: ChatId, from: Seq): { counts: PostCounts[]; mine: Seq[] } {
    const { counts = new Map<Seq, PostCounts>(), mine = [] } = this.#channels.get(chat) ?? {}
    return {
      counts: [...counts.values()].filter(({ seq }) => seq >= from),
      mine: [...mine].filter(seq => seq >= from),
    }
  }

  /** A number that changes with every news of the chat's posts. */
  newsOf(chat: ChatId): number {
    return this.#channels.get(chat)?.news ?? 0
  }

  /** Takes what a page of history, an answer or an ephemeral tells. */
  take(
    chat: ChatId,
    { counts = [], mine = [] }: { counts?: PostCounts[] | undefined; mine?: Seq[] | undefined },
  ): void {
    if (counts.length + mine.length === 0 || !this.#store.chats.has(chat)) return
    const channel = this.#channel(chat)
    channel.news++
    for (const seq of mine) channel.mine.add(seq)
    for (const count of counts) channel.counts.set(count.seq, merged(channel, count))
    prune(channel.counts)
    this.#store.touch(chat)
  }

  /** These posts were on screen: told to the server within a second. */
  see(chat: ChatId, seqs: readonly Seq[]): void {
    if (this.#store.chats.get(chat)?.chat.kind !== 'channel') return
    const channel = this.#channel(chat)
    const now = this.#clock.now()
    for (const seq of seqs) {
      if (now - (channel.toldAt.get(seq) ?? Number.NEGATIVE_INFINITY) < againMs) continue
      channel.toldAt.set(seq, now)
      channel.seen.add(seq)
    }
    prune(channel.toldAt)
    if (channel.seen.size > 0) this.errands.flag(chat, gatherMs)
  }

  /** A post was told that names the channel as its author: whether the user wrote it on another device is asked. */
  arrived(chat: ChatId, { seq, from, svc, deleted }: Message): void {
    const place = this.#store.chats.get(chat)?.chat
    const isNamed = from !== theChat || svc !== undefined || deleted
    if (isNamed || place?.kind !== 'channel' || !runsChat(place.me.role)) return
    const channel = this.#channel(chat)
    if (channel.mine.has(seq)) return
    channel.whose.add(seq)
    this.errands.flag(chat, gatherMs)
  }

  /** Forgets everything. */
  clear(): void {
    this.#channels.clear()
    this.errands.clear()
  }

  #channel(chat: ChatId): Channel {
    const held = this.#channels.get(chat)
    if (held) return held
    for (const id of this.#channels.keys()) {
      if (!this.#store.chats.has(id)) this.#channels.delete(id)
    }
    const made: Channel = {
      counts: new Map(),
      mine: new Set(),
      seen: new Set(),
      toldAt: new Map(),
      whose: new Set(),
      news: 0,
    }
    this.#channels.set(chat, made)
    return made
  }

  async #tell(chat: ChatId): Promise<void> {
    const channel = this.#channels.get(chat)
    while (channel && channel.seen.size > 0) {
      const seqs = [...channel.seen].slice(0, limits.seqsPerViewMax)
      const { counts } = await this.#rpc.request('view', { chat, seqs })
      for (const seq of seqs) channel.seen.delete(seq)
      this.take(chat, { counts })
    }
    if (channel && channel.whose.size > 0) await this.#ask(chat, channel.whose)
  }

  /** A page of history says which of its posts are the user's. */
  async #ask(chat: ChatId, whose: Set<Seq>): Promise<void> {
    const asked = new Set(whose)
    const last = Math.max(...asked)
    const limit = Math.min(limits.pageMessagesMax, last - Math.min(...asked) + 1)
    const { mine } = await this.#rpc.request('history', { chat, before: last + 1, limit })
    for (const seq of asked) whose.delete(seq)
    this.take(chat, { mine })
  }
}

/** News may have been overtaken: views only grow. Comments are those of the latest news. */
function merged({ counts }: Channel, news: PostCounts): PostCounts {
  const held = counts.get(news.seq)
  const views = Math.max(held?.views ?? 0, news.views ?? 0)
  return { ...held, ...news, ...(views > 0 && { views }) }
}

/** Keeps what came last. */
function prune(map: Map<Seq, unknown>): void {
  for (const seq of map.keys()) {
    if (map.size <= postsMax) return
    map.delete(seq)
  }
}
