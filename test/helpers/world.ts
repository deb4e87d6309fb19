// A database with people and chats in it, and the services that actions ask for. What actions publish is kept
// for the test to read, and checked against the outbox: every commit leaves a row with exactly its positions.

import { createRoom } from '#shared/actions/create-chat.ts'
import { createDirect } from '#shared/actions/direct-chats.ts'
import { type SendResult, sendBatch } from '#shared/actions/send-messages.ts'
import type { Batch, Services } from '#shared/actions/services.ts'
import { decode } from '#shared/protocol/codec.ts'
import { AppError, type ErrorCode } from '#shared/protocol/codes.ts'
import type { ChatId, Rev, Rid, Seq, Urev, UserId } from '#shared/protocol/ids.ts'
import { systemClock } from '#shared/runtime/clock.ts'
import { type Db, openDb } from '#shared/store/db.ts'
import type { NewMessage } from '#shared/store/messages.ts'
import { type Teardown, testDb } from './pg.ts'

/** Positions that a batch of events says it reached. */
export interface Announced {
  chats: Record<ChatId, Rev[]>
  users: Record<UserId, Urev[]>
}

export interface World extends Services {
  url: string
  db: Db
  /** What actions published so far, oldest first. */
  published: Batch[]
  /** New accounts without a password: Person 1, Person 2 … */
  people(count: number): Promise<UserId[]>
  /** A group of the first person with the others as members. */
  group(owner: UserId, members?: readonly UserId[]): Promise<ChatId>
  channel(owner: UserId, members?: readonly UserId[]): Promise<ChatId>
  /** A direct chat of two who have each other as contacts, so that it waits for nobody's answer. */
  direct(one: UserId, other: UserId): Promise<ChatId>
  /** Makes two people contacts of each other. */
  acquaint(one: UserId, other: UserId): Promise<void>
  /** Sends messages as one batch; publishes it as a gateway would. */
  send(...messages: Partial<NewMessage>[]): Promise<SendResult[]>
  /** The place of a message that must have been written. */
  sent(message: Partial<NewMessage>): Promise<{ seq: Seq; rev: Rev; at: number }>
  head(chat: ChatId): Promise<{ rev: Rev; seq: Seq; members: number }>
  urev(user: UserId): Promise<Urev>
  /** Gives a member a role that no action gives, and any rights. */
  place(chat: ChatId, user: UserId, role: string, rights?: number): Promise<void>
  /** Runs something and answers what it published, checked against the outbox. */
  announced(work: () => Promise<unknown>): Promise<Announced>
}

let lastRid = 1_000

/** A rid that no other call in this process gave. */
export function nextRid(): Rid {
  lastRid += 1
  return lastRid
}

/** The code of the AppError that `work` rejects with, or `none`. Any other error is thrown on. */
export async function refusal(work: Promise<unknown>): Promise<ErrorCode | 'none'> {
  try {
    await work
    return 'none'
  } catch (error) {
    if (error instanceof AppError) return error.code
    throw error
  }
}

export async function openWorld(t: Teardown, { poolMax = 12 } = {}): Promise<World> {
  const { url } = await testDb(t)
  const db = openDb({ url, poolMax, name: 'test' })
  t.teardown(() => db.close())
  const published: Batch[] = []
  const services: Services = { db, clock: systemClock, publish: batch => published.push(batch) }
  const rows = <Row>(text: string, ...values: unknown[]) => db.query<Row>({ text, values })
  const room =
    (kind: 'group' | 'channel') =>
    (owner: UserId, users: readonly UserId[] = []) =>
      createRoom(services, owner, 'premium', { kind, rid: nextRid(), title: 'Birds', users })

  const world: World = {
    ...services,
    url,
    published,
    async people(count) {
      const made = await rows<{ id: number }>(
        "insert into users (name) select 'Person ' || n from generate_series(1, $1::int) n returning id",
        count,
      )
      return made.map(row => row.id)
    },
    group: room('group'),
    channel: room('channel'),
    async direct(one, other) {
      await world.acquaint(one, other)
      return createDirect(services, one, other)
    },
    async acquaint(one, other) {
      await rows(
        // In one order, so that two calls at once do not wait for each other.
        'insert into contacts (user_id, contact_id) values ($1, $2), ($2, $1) on conflict do nothing',
        Math.min(one, other),
        Math.max(one, other),
      )
    },
    async send(...messages) {
      const batch = messages.map(message => ({ ...blank(), ...message }))
      const { results, publish } = await sendBatch(db, batch)
      services.publish(publish)
      return results
    },
    async sent(message) {
      const [result] = await world.send(message)
      if (!result || result instanceof AppError) throw result ?? new Error('no answer')
      return result
    },
    async head(chat) {
      const [head] = await rows<{ rev: Rev; seq: Seq; members: number }>(
        'select last_rev as rev, last_seq as seq, member_count as members from chats where id = $1',
        chat,
      )
      if (!head) throw new Error(`no chat ${chat}`)
      return head
    },
    async urev(user) {
      const [row] = await rows<{ urev: Urev }>('select urev from users where id = $1', user)
      return row?.urev ?? -1
    },
    async place(chat, user, role, rights = 0) {
      await rows(
        `insert into members (chat_id, user_id, role, rights) values ($1, $2, $3, $4)
         on conflict (chat_id, user_id) do update set role = $3, rights = $4`,
        chat,
        user,
        role,
        rights,
      )
    },
    async announced(work) {
      const from = published.length
      await work()
      const batches = published.slice(from).filter(batch => batch.events.length > 0)
      const seen: Announced = { chats: {}, users: {} }
      for (const batch of batches) await checkBatch(db, batch, seen)
      return seen
    },
  }
  return world
}

function blank(): NewMessage & { origin: undefined; members: number } {
  return {
    chat: 0,
    sender: 0,
    rid: nextRid(),
    text: 'Hello',
    ents: undefined,
    reply: undefined,
    silent: false,
    origin: undefined,
    members: 0,
  }
}

/** Adds the positions of a batch to `seen`. @throws Error when the batch, its frames and its outbox row disagree */
async function checkBatch(db: Db, { events, outbox }: Batch, seen: Announced): Promise<void> {
  const here: Announced = { chats: {}, users: {} }
  const durable = events.filter(event => event.type !== 'quiet' && event.type !== 'person')
  if (durable.length === 0) return
  for (const event of durable) {
    if (event.type === 'chat') note(here.chats, event.chat, event.rev)
    else if (event.type === 'user' || event.type === 'joined' || event.type === 'left')
      note(here.users, event.user, event.urev)
    else throw new Error(`an action publishes no ${event.type}`)
    const { frame } = decode(event.frame)
    const inside = event.type === 'chat' ? [2, event.chat, event.rev] : [3, event.urev]
    const [type, , ...rest] = frame
    const outside = [type, ...rest.slice(0, inside.length - 1)]
    if (String(outside) !== String(inside)) throw new Error(`frame ${outside} of event ${inside}`)
  }
  const [row] = await db.query<{
    chats: number[]
    revs: number[]
    users: number[]
    urevs: number[]
  }>({
    text: 'select chats, revs, users, urevs from outbox where id = $1',
    values: [outbox],
  })
  if (!row) throw new Error('the commit left no outbox row')
  const noted = {
    chats: Object.fromEntries(row.chats.map((chat, i) => [chat, row.revs[i]])),
    users: Object.fromEntries(row.users.map((user, i) => [user, row.urevs[i]])),
  }
  const lasts = { chats: last(here.chats), users: last(here.users) }
  if (JSON.stringify(noted) !== JSON.stringify(lasts))
    throw new Error(`outbox ${JSON.stringify(noted)} of events ${JSON.stringify(lasts)}`)
  for (const kind of ['chats', 'users'] as const) {
    for (const [id, positions] of Object.entries(here[kind])) {
      for (const position of positions) note(seen[kind], Number(id), position)
    }
  }
}

function note(into: Record<number, number[]>, id: number, position: number): void {
  const positions = into[id] ?? []
  into[id] = positions
  positions.push(position)
}

function last(positions: Record<number, number[]>): Record<number, number | undefined> {
  return Object.fromEntries(Object.entries(positions).map(([id, each]) => [id, each.at(-1)]))
}
