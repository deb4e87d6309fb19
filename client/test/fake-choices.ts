// Reactions and votes as the reference server keeps them: one choice of each person at each message. Tests say when the
// sums are told, so that they can look at what a client shows before.

import type { ChatId, Seq, UserId } from '#shared/protocol/ids.ts'
import type { Message, Own } from '#shared/protocol/models.ts'

export class FakeChoices {
  /** By chat and seq, then by person. */
  readonly #own = new Map<string, Map<UserId, Own>>()

  /** The last change of each person. */
  readonly urevs = new Map<UserId, number>()

  of(chat: ChatId, seq: Seq, user: UserId): Own {
    return this.#own.get(`${chat}:${seq}`)?.get(user) ?? { seq }
  }

  /** What one person chose at these messages, where it is anything. */
  ofPage(chat: ChatId, messages: readonly Message[], user: UserId): { own?: Own[] } {
    const own = messages
      .map(({ seq }) => this.of(chat, seq, user))
      .filter(({ reacts, votes }) => reacts || votes)
    return own.length > 0 ? { own } : {}
  }

  react(chat: ChatId, seq: Seq, user: UserId, emojis: readonly string[]): Own {
    const { reacts: _, ...rest } = this.of(chat, seq, user)
    return this.#put(chat, user, { ...rest, ...(emojis.length > 0 && { reacts: [...emojis] }) })
  }

  vote(chat: ChatId, seq: Seq, user: UserId, options: readonly number[]): Own {
    const { votes: _, ...rest } = this.of(chat, seq, user)
    return this.#put(chat, user, { ...rest, ...(options.length > 0 && { votes: [...options] }) })
  }

  /** The message with the sums of now. */
  summed(chat: ChatId, message: Message): Message {
    const all = [...(this.#own.get(`${chat}:${message.seq}`)?.values() ?? [])]
    const counts = new Map<string, number>()
    for (const e of all.flatMap(({ reacts = [] }) => reacts))
      counts.set(e, (counts.get(e) ?? 0) + 1)
    const { reacts: _, poll, ...rest } = message
    const reacts = [...counts].map(([e, n]) => ({ e, n })).sort((a, b) => b.n - a.n)
    return {
      ...rest,
      ...(reacts.length > 0 && { reacts }),
      ...(poll && {
        poll: {
          ...poll,
          counts: poll.options.map((_, i) => all.filter(({ votes }) => votes?.includes(i)).length),
          voters: all.filter(({ votes }) => votes).length,
        },
      }),
    }
  }

  #put(chat: ChatId, user: UserId, own: Own): Own {
    const key = `${chat}:${own.seq}`
    this.#own.set(key, (this.#own.get(key) ?? new Map()).set(user, own))
    return own
  }
}
