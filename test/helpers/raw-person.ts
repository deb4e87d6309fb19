// Somebody who stays in their chats whatever happens to the servers: reconnects with resume, sends each message
// with one rid until it is answered, and keeps a view of every chat to hold against PostgreSQL.

import { setTimeout as sleep } from 'node:timers/promises'
import type { AppError } from '#shared/protocol/codes.ts'
import { randomRid } from '#shared/protocol/ids.ts'
import { limits } from '#shared/protocol/limits.ts'
import type { Teardown } from './pg.ts'
import { joinWhere, RawClient } from './raw-client.ts'
import { RawView, storedTexts } from './raw-view.ts'
import { until } from './until.ts'

export class RawPerson {
  client: RawClient
  readonly views = new Map<number, RawView>()
  /** Texts that were answered, per chat. */
  readonly acked = new Map<number, string[]>()
  /** Codes that sends were refused with before they were taken. */
  readonly refusals: string[] = []
  /** Close codes of connections that were lost. */
  readonly closes: number[] = []
  reconnects = 0
  readonly #t: Teardown
  readonly #url: string
  readonly #token: string
  #left = false
  readonly #kept: Promise<unknown>

  constructor(t: Teardown, url: string, token: string, client: RawClient) {
    this.#t = t
    this.#url = url
    this.#token = token
    this.client = client
    this.#kept = Promise.all([this.#keep(), this.#tend()])
  }

  /** Connects, to a node that `wanted` accepts; leaves in teardown. */
  static async enter(
    t: Teardown,
    url: string,
    token: string,
    wanted: (node: string) => boolean = () => true,
  ): Promise<RawPerson> {
    const person = new RawPerson(t, url, token, await joinWhere(t, url, token, wanted))
    t.teardown(() => person.leave())
    return person
  }

  /** Watches a chat from its present position on. */
  async watch(chat: number): Promise<RawView> {
    const known = await until(() => this.client.call('chat', { chat }).catch(() => null))
    const view = new RawView(chat, 0)
    view.follow(this.client)
    view.hear(known?.chat.rev ?? 0)
    await view.catchUp(this.client)
    this.views.set(chat, view)
    this.acked.set(chat, [])
    return view
  }

  /** Sends until it is answered; a refusal that may pass is tried again. @throws AppError when it may not */
  async say(chat: number, text: string): Promise<void> {
    const rid = randomRid()
    for (;;) {
      const { client } = this
      try {
        const answer = await client.send(chat, text, rid)
        this.acked.get(chat)?.push(text)
        this.views.get(chat)?.ack({ ...answer, text })
        return
      } catch (error) {
        const { code } = error as AppError
        if (!['timeout', 'overloaded', 'rate_limited', 'internal'].includes(code)) throw error
        if (!client.closed) this.refusals.push(code)
        await sleep(20)
      }
    }
  }

  /** Says numbered texts, so many at a time, until told to stop. */
  talk(chat: number, name: string, atOnce = 2): () => Promise<void> {
    let talking = true
    const loops = Array.from({ length: atOnce }, async (_, n) => {
      for (let i = 0; talking; i++) {
        await this.say(chat, `${name} ${n}:${i}`)
        // People do not talk faster than the server's bound on how far behind a diff may be.
        await sleep(10)
      }
    })
    return async () => {
      talking = false
      await Promise.all(loops)
    }
  }

  /** Waits until every view equals PostgreSQL. @throws Error that says what differs */
  async converge(databaseUrl: string, timeoutMs = 60_000): Promise<void> {
    for (const [chat, view] of this.views) {
      const stored = await storedTexts(databaseUrl, chat)
      await until(
        async () => {
          await view.catchUp(this.client)
          return view.texts.size >= stored.size
        },
        { timeoutMs, message: `chat ${chat}: ${view.texts.size} of ${stored.size} messages` },
      )
      for (const [seq, text] of stored) {
        if (view.texts.get(seq) !== text) throw new Error(`chat ${chat} differs at ${seq}`)
      }
    }
  }

  async leave(): Promise<void> {
    this.#left = true
    this.client.cut()
    await this.#kept
  }

  async #keep(): Promise<void> {
    while (!this.#left) {
      const { client } = this
      await new Promise(resolve => {
        if (client.closed) resolve(null)
        else client.socket.once('close', resolve)
      })
      if (this.#left) return
      this.closes.push(client.closed?.code ?? 0)
      for (const view of this.views.values()) view.update()
      this.client = (await this.#reconnect(client)) ?? client
    }
  }

  /** Asks for what is missing once it has been missing for as long as a client would wait. */
  async #tend(): Promise<void> {
    const stuckAt = new Map<RawView, number>()
    while (!this.#left) {
      await sleep(limits.gapHoldMs)
      for (const view of this.views.values()) {
        if (view.complete) continue
        if (stuckAt.get(view) === view.at) await view.catchUp(this.client).catch(() => undefined)
        stuckAt.set(view, view.at)
      }
    }
  }

  async #reconnect(before: RawClient): Promise<RawClient | null> {
    const { epoch = 0, urev = 0 } = before.welcome ?? {}
    for (;;) {
      if (this.#left) return null
      try {
        const client = await RawClient.open(this.#t, this.#url)
        for (const view of this.views.values()) view.follow(client)
        const chats = [...this.views.values()].map((view): [number, number] => [view.chat, view.at])
        await client.hello(this.#token, { epoch, urev, chats })
        this.reconnects++
        return client
      } catch {
        await sleep(30)
      }
    }
  }
}

/** Everything that was answered stands in PostgreSQL once, in an order without a hole. */
export async function findLosses(
  databaseUrl: string,
  chat: number,
  people: readonly RawPerson[],
): Promise<{ lost: string[]; doubled: string[]; stored: number }> {
  const stored = [...(await storedTexts(databaseUrl, chat)).values()]
  const once = new Set(stored)
  const acked = people.flatMap(person => person.acked.get(chat) ?? [])
  const doubled = stored.filter((text, i) => stored.indexOf(text) !== i)
  return { lost: acked.filter(text => !once.has(text)), doubled, stored: stored.length }
}
