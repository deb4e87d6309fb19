// A reference server, a faulty network and clients over one clock, with the comparison that decides
// whether a client saw what happened: the same content, each acknowledged message once, no gap on the way.

import { AppError } from '#shared/protocol/codes.ts'
import type { ChatId, Rev, Rid, UserId } from '#shared/protocol/ids.ts'
import type { Chat } from '#shared/protocol/models.ts'
import type { Archive } from '../keeping/archive.ts'
import { memoryArchive } from '../keeping/memory-archive.ts'
import { PetrelClient } from '../petrel-client.ts'
import { memoryStorage } from '../storage.ts'
import type { DevEvent, Sent, Storage } from '../types.ts'
import { chatFor, mentionsOf, type ServerChat } from './fake-chat.ts'
import { FakeClock, settle } from './fake-clock.ts'
import { FakeNetwork } from './fake-network.ts'
import { FakeServer } from './fake-server.ts'
import type { FakeBrowser } from './fake-tabs.ts'

/** Longer than anybody would wait. */
const hiddenEveryMs = 3_600_000

/** What a device has from before, or shares with others. */
export interface Place {
  storage?: Storage
  archive?: Archive
  browser?: FakeBrowser
}

interface Sending {
  chat: ChatId
  rid: Rid
  text: string
  outcome: Sent | Error | undefined
  /** The how-manieth start of the device it was written in. */
  start: number
}

/** One person's device over all its restarts. */
export interface Actor {
  name: string
  user: UserId
  client: PetrelClient
  storage: Storage
  archive: Archive
  starts: number
  /** How far its clock is off from the next start on. */
  skewMs: number
  /** Told when the archive fails. */
  notKept(error: unknown): void
  /** The browser in which the device is a tab. */
  browser: FakeBrowser | undefined
  /** In the order of typing. */
  sendings: Sending[]
  events: DevEvent[]
  /** From now on its timers are as slow as those of a page in the background. */
  hide(): void
  kill(): void
}

export class World {
  readonly clock: FakeClock
  readonly server: FakeServer
  readonly network: FakeNetwork
  readonly actors: Actor[] = []
  /** Answers REST calls; without it the api cannot be reached. */
  api: (path: string, body: unknown) => Response | Promise<Response> = () => {
    throw new TypeError('fetch failed')
  }

  constructor(seed = 1) {
    this.clock = new FakeClock(seed)
    this.server = new FakeServer(this.clock.fork())
    this.network = new FakeNetwork(wire => this.server.accept(wire))
  }

  /** A device of `user` that is signed in and online. */
  async join(name: string, user: UserId, place?: Place): Promise<Actor> {
    const actor = this.device(name, user, place)
    await this.drive(actor.client.signInWithTokens(this.server.tokens(user)))
    await this.quiet()
    return actor
  }

  /** A device on which nobody is signed in yet. */
  device(name: string, user: UserId, place: Place = {}): Actor {
    const { storage = memoryStorage(), archive = memoryArchive(), browser } = place
    const actor: Actor = {
      name,
      user,
      storage,
      archive,
      browser,
      starts: 0,
      skewMs: 0,
      notKept: error => {
        throw error
      },
      sendings: [],
      events: [],
      client: undefined as unknown as PetrelClient,
      hide() {},
      kill() {},
    }
    this.#boot(actor)
    this.actors.push(actor)
    return actor
  }

  /** Lets time and frames pass until the condition holds. @throws Error when it never does */
  async until(condition: () => unknown, what = String(condition)): Promise<void> {
    for (let step = 0; !condition(); step++) {
      if (step > 10_000) throw new Error(`never: ${what}`)
      await this.network.pump()
      if (!condition()) await this.clock.advance(50)
    }
  }

  send(actor: Actor, chat: ChatId, text: string): void {
    const { rid, sent } = actor.client.send(chat, text)
    const sending: Sending = { chat, rid, text, outcome: undefined, start: actor.starts }
    actor.sendings.push(sending)
    sent.then(
      outcome => {
        sending.outcome = outcome
      },
      error => {
        sending.outcome = error
      },
    )
  }

  /** Ends the device without a word, as a crash would, and starts it again on what it had stored. */
  async restart(actor: Actor): Promise<void> {
    actor.kill()
    this.network.break(actor.name, false)
    this.#boot(actor)
    await this.drive(actor.client.start())
  }

  /** Lets time and frames pass until the promise is settled. */
  async drive<T>(promise: Promise<T>): Promise<T> {
    let settled = false
    const done = promise.finally(() => {
      settled = true
    })
    done.catch(() => {})
    for (let step = 0; !settled; step++) {
      if (step > 2_000) throw new Error('it does not come to an end')
      await this.network.pump()
      if (!settled) await this.clock.advance(100)
    }
    return done
  }

  /** No more faults, and everything under way arrives. @throws Error when clients do not come to rest */
  async quiet(): Promise<void> {
    this.network.calm()
    this.server.refusals = []
    for (let step = 0; step < 400; step++) {
      await this.network.pump()
      if (this.#atRest() && step > 4) return
      await this.clock.advance(1_000)
    }
    const states = this.actors.map(({ name, client }) => {
      const { connection, pending } = client.getSnapshot()
      return `${name}: ${connection.state}, ${pending} pending`
    })
    throw new Error(`no rest: ${states.join('; ')}`)
  }

  /** As `quiet`; if events were lost, the server then says where everything stands, and they are fetched. */
  async settleAll(): Promise<void> {
    await this.quiet()
    if (this.network.lostEvents) this.server.bumpAll()
    for (let step = 0; step < 8; step++) {
      await this.network.pump()
      await this.clock.advance(1_000)
    }
    await this.quiet()
  }

  #atRest(): boolean {
    return this.actors.every(({ client }) => {
      const { connection, pending } = client.getSnapshot()
      return connection.state === 'online' && pending === 0
    })
  }

  #boot(actor: Actor): void {
    const clock = this.clock.fork(actor.skewMs)
    actor.starts++
    let alive = true
    const guarded: Storage = {
      get: key => actor.storage.get(key),
      // What a dead process was about to write is never written.
      set: (key, value) => (alive ? actor.storage.set(key, value) : forever()),
      delete: key => (alive ? actor.storage.delete(key) : forever()),
      list: prefix => actor.storage.list(prefix),
    }
    const archive: Archive = {
      read: () => actor.archive.read(),
      rows: chat => actor.archive.rows(chat),
      write: async batch => {
        // A crash comes before or after it, never in the middle.
        if (clock.random() < 0.5) await settle()
        return alive ? actor.archive.write(batch) : forever()
      },
      forget: () => actor.archive.forget(),
    }
    const tabs = actor.browser?.tab()
    actor.client = new PetrelClient({
      api: 'http://fake',
      gateway: 'ws://fake/ws',
      transport: this.network.transport(actor.name),
      storage: guarded,
      archive: () => archive,
      notKept: error => actor.notKept(error),
      ...(tabs && { tabs }),
      clock,
      fetch: async (url, init) => {
        const body = typeof init?.body === 'string' ? JSON.parse(init.body) : undefined
        return this.api(new URL(String(url)).pathname, body)
      },
    })
    actor.events.push({ type: 'reset' })
    actor.client.dev.observe(event => {
      if (alive) actor.events.push(event)
    })
    actor.hide = () => clock.slow(hiddenEveryMs)
    actor.kill = () => {
      alive = false
      clock.kill()
      if (tabs) actor.browser?.kill(tabs.id)
    }
  }
}

function forever(): Promise<never> {
  return new Promise(() => {})
}

/**
 * Everything wrong with what a client shows, in words; empty when it equals the server.
 * Call after `settleAll`; opens every chat and loads all of it.
 */
export async function differences(world: World, actor: Actor): Promise<string[]> {
  const { client, user } = actor
  while (client.getSnapshot().moreChats) await world.drive(client.loadMoreChats())
  const wrong = orderViolations(actor.events)
  const here = world.server.chatsOf(user)
  const shown = client.getSnapshot().chats.map(view => view.chat.id)
  const expected = here.map(chat => chat.id)
  if (!same(shown.sort(), expected.sort())) wrong.push(`chats ${shown} instead of ${expected}`)
  for (const chat of here) {
    if (shown.includes(chat.id)) wrong.push(...(await chatDifferences(world, actor, chat)))
  }
  wrong.push(...(await lostSends(world.server, actor)))
  return wrong.map(line => `${actor.name}: ${line}`)
}

/** Everything wrong with what the list shows, without opening or asking for anything; after `settleAll`. */
export function listDifferences(world: World, { name, user, client }: Actor): string[] {
  return client.getSnapshot().chats.flatMap(({ chat: shown, title, unread, mentions }) => {
    const chat = world.server.chats.get(shown.id)
    const place = chat?.places.get(user)
    if (!chat || !place) return []
    const { rev, seq, title: trueTitle, last, me, members } = chatFor(chat, user)
    const truth = [rev, trueTitle, Math.max(0, seq - me.read), me.role, members, last]
    const list = [shown.rev, title, unread, shown.me.role, shown.members, shown.last]
    if (!mayMissCalls(world, chat)) {
      truth.push(mentionsOf(chat, user))
      list.push(mentions)
    }
    if (same(list, truth)) return []
    return [`${name}: chat ${shown.id} in the list: ${stable(list)} not ${stable(truth)}`]
  })
}

async function chatDifferences(world: World, actor: Actor, chat: ServerChat): Promise<string[]> {
  const { client, user } = actor
  const wrong: string[] = []
  const compare = (what: string, shown: unknown, expected: unknown) => {
    if (!same(shown, expected)) {
      wrong.push(
        `chat ${chat.id} ${what}: ${JSON.stringify(shown)} not ${JSON.stringify(expected)}`,
      )
    }
  }
  // What is open already is compared as it is: loading it anew would hide what it missed.
  await world.drive(client.open(chat.id))
  const windowOf = () => client.getSnapshot().windows.get(chat.id)
  for (let page = 0; windowOf()?.moreBefore; page++) {
    if (page > 100) throw new Error('no start')
    await world.drive(client.loadBefore(chat.id))
  }
  while (windowOf()?.moreAfter) await world.drive(client.loadAfter(chat.id))
  // A page may show that a message had arrived after all, which moves the read mark.
  await world.clock.advance(1_000)
  await world.quiet()
  const truth = chatFor(chat, user)
  const view = client.getSnapshot().chats.find(({ chat: { id } }) => id === chat.id)
  const { last: shownLast, peerRead: shownMark, ...shown } = view?.chat ?? {}
  const { last: trueLast, peerRead: _, ...expected } = truth
  compare('summary', withoutCounts(shown), withoutCounts(expected))
  if (!mayMissCalls(world, chat)) compare('mentions', view?.mentions, mentionsOf(chat, user))
  compare('last', shownLast, trueLast)
  // Marks of others are best effort: one may be missed.
  compare("others' mark", (shownMark ?? 0) <= truth.seq, true)
  compare('unread', view?.unread, Math.max(0, truth.seq - truth.me.read))
  compare('position', client.dev.positions().get(chat.id)?.rev, chat.rev)
  const rows = windowOf()?.messages.filter(row => row.state !== 'failed')
  compare(
    'rows',
    rows?.map(({ seq, from, rid, text, deleted }) => [seq, from, rid, text, deleted ?? false]),
    chat.rows.map(({ seq, from, rid, text, deleted }) => [seq, from, rid, text, deleted ?? false]),
  )
  compare('keys', new Set(rows?.map(row => row.key)).size, chat.rows.length)
  return wrong
}

/** The bump that tells of a call moves no position, so one that vanishes on the way is not missed; no real socket loses one. */
function mayMissCalls({ network, server }: World, chat: ServerChat): boolean {
  return network.lostEvents && chat.places.size > server.devices.fullFanOutMembersMax
}

/** The count of mentions is told apart, and a change of role alone tells no device its urev. */
function withoutCounts(chat: Partial<Chat>): object {
  const { mentions: _, urev: __, ...me } = chat.me ?? {}
  return { ...chat, me }
}

/** Each change of a position must follow on the one before. */
function orderViolations(events: readonly DevEvent[]): string[] {
  const wrong: string[] = []
  let at = new Map<ChatId, Rev>()
  for (const event of events) {
    if (event.type === 'reset') at = new Map()
    else if (event.type === 'dropped') at.delete(event.chat)
    else {
      const before = at.get(event.chat)
      const from = event.type === 'applied' ? event.rev - 1 : event.from
      const isFirst = before === undefined && event.type === 'moved'
      if (!isFirst && before !== from) {
        wrong.push(`chat ${event.chat}: rev ${JSON.stringify(event)} applied at ${before}`)
      }
      at.set(event.chat, event.type === 'applied' ? event.rev : event.to)
    }
  }
  return wrong
}

async function lostSends(server: FakeServer, actor: Actor): Promise<string[]> {
  const { user, sendings, storage, browser } = actor
  const wrong: string[] = []
  const lastSeq = new Map<string, number>()
  const stored = (await storage.list('outbox.')).map(([, item]) => (item as { rid: Rid }).rid)
  for (const { chat, rid, text, outcome, start } of sendings) {
    // What a tab that died has left another one may send, beside what the tab writes after its next start.
    const order = `${chat} ${browser ? start : 0}`
    const rows = server.chats.get(chat)?.rows ?? []
    const found = rows.filter(row => row.from === user && row.rid === rid)
    const row = found[0]
    if (found.length > 1) wrong.push(`"${text}" is there ${found.length} times`)
    // Nothing else is refused for good here; the text stays in the outbox then.
    if (outcome instanceof AppError && outcome.code !== 'not_found') {
      wrong.push(`"${text}" was refused: ${outcome.code}`)
    }
    if (!row && !stored.includes(rid)) wrong.push(`"${text}" is lost`)
    if (!row) continue
    // Who has left cannot learn that a message whose answer was lost had arrived before.
    const isHere = server.chatsOf(user).some(({ id }) => id === chat)
    if (isHere && stored.includes(rid)) wrong.push(`"${text}" is sent and still in the outbox`)
    if (outcome && !(outcome instanceof Error) && outcome.seq !== row.seq)
      wrong.push(`"${text}" was told another seq`)
    if (row.seq <= (lastSeq.get(order) ?? 0)) wrong.push(`"${text}" is out of order`)
    lastSeq.set(order, row.seq)
  }
  return wrong
}

function same(a: unknown, b: unknown): boolean {
  return stable(a) === stable(b)
}

function stable(value: unknown): string {
  return JSON.stringify(value, (_key, inner) => {
    if (inner === null || typeof inner !== 'object' || Array.isArray(inner)) return inner
    return Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
  })
}
