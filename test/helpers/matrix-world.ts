// Chats for the rights matrix, written straight into PostgreSQL: one of its own for each case, so that no case meets
// what another one did. All rooms have the same members, one for each column of the table.

import { createHash } from 'node:crypto'
import type { ChatId, Rid, UserId } from '#shared/protocol/ids.ts'
import { allRights, defaultRights } from '#shared/protocol/permissions.ts'
import type { Db } from '#shared/store/db.ts'

/** Who asks in a group or channel. `bare`: an admin to whom no right was given. */
export const roomColumns = [
  'owner',
  'admin',
  'bare',
  'member',
  'restricted',
  'banned',
  'left',
  'stranger',
] as const
/**
 * Who asks in a direct chat: one of the two; one whom the other one blocks; one who blocks the other one; a stranger who
 * has written first; whom a stranger has written to; somebody else.
 */
export const directColumns = ['one', 'blocked', 'blocker', 'asking', 'asked', 'outsider'] as const
export type DirectColumn = (typeof directColumns)[number]
export const savedColumns = ['owner', 'outsider'] as const
export type RoomColumn = (typeof roomColumns)[number]
export type Kind = 'group' | 'channel' | 'direct' | 'saved'

/** What the body of a request is made of. */
export interface Place {
  chat: ChatId
  /** A message of somebody else in the chat; of saved messages another own one. */
  other: number
  /** One of whoever asks. */
  own: number
  /** A public poll of somebody else, and an anonymous one of whoever asks. */
  poll: number
  ownPoll: number
  /** A plain member; of a direct chat the other person. */
  victim: UserId
  /** Opens a group or channel; its id. */
  token: string
  invite: number
  username: string
  /** Scheduled by whoever asks, and by somebody else. */
  scheduled: number
  foreign: number
  rid(): Rid
}

export interface Wanted {
  kind: Kind
  /** Whoever asks. */
  actor: UserId
  column: RoomColumn | DirectColumn | (typeof savedColumns)[number]
  public: boolean
  /** Something is scheduled there, by the actor and by somebody else. */
  scheduled: boolean
}

export interface Cast {
  rooms: Record<RoomColumn, UserId>
  victim: UserId
}

let rids = 7_000_000_000

/** Makes a place for each wish, in their order. */
export async function makePlaces(db: Db, cast: Cast, wanted: readonly Wanted[]): Promise<Place[]> {
  const rows = await makeChats(db, cast, wanted)
  await fill(db, cast, rows)
  const [invites, scheduled] = await Promise.all([
    makeInvites(db, rows, cast),
    schedule(db, rows, cast),
  ])
  return rows.map((row, i) => ({
    chat: row.chat,
    other: row.base + 1,
    own: row.base + 2,
    poll: row.base + 3,
    ownPoll: row.base + 4,
    victim: row.others,
    token: tokenOf(i),
    invite: invites.get(row.chat) ?? 0,
    username: nameOf(i),
    scheduled: scheduled.own.get(i) ?? 0,
    foreign: scheduled.foreign.get(i) ?? 0,
    rid: () => {
      rids += 1
      return rids
    },
  }))
}

const tokenOf = (i: number) => `matrix-token-${i}`
const nameOf = (i: number) => `matrix_${i}`
const messagesEach = 4

interface Row extends Wanted {
  chat: ChatId
  /** Messages of others are theirs. */
  others: UserId
  /** The chat's messages begin behind this one. */
  base: number
}

async function makeChats(db: Db, cast: Cast, wanted: readonly Wanted[]): Promise<Row[]> {
  const peers = await makePeople(db, wanted.filter(each => each.kind === 'direct').length)
  const savedOf = new Map<UserId, Row[]>()
  const rows = wanted.map((each, i): Row => {
    const others = each.kind === 'direct' ? (peers.pop() as UserId) : cast.victim
    const row = {
      ...each,
      chat: i,
      others: each.kind === 'saved' ? personOf(each, cast) : others,
      base: 0,
    }
    if (each.kind !== 'saved') return row
    // Everybody has one such chat: each case gets messages of its own in it.
    const same = savedOf.get(row.others) ?? []
    row.base = same.length * messagesEach
    savedOf.set(row.others, [...same, row])
    return row
  })
  const own = rows.filter(row => row.kind !== 'saved' || row.base === 0)
  const made = await db.query<{ id: number }>({
    text: `insert into chats (kind, title, owner_id, direct_a, direct_b, default_rights, last_seq, last_rev, info_rev, member_count, username)
           select c.kind, c.title, c.owner, least(c.a, c.b), greatest(c.a, c.b), c.rights, c.messages, c.messages, 1, c.members, c.name
           from unnest($1::text[], $2::text[], $3::bigint[], $4::bigint[], $5::bigint[], $6::int[], $7::int[], $8::int[], $9::citext[])
             with ordinality as c (kind, title, owner, a, b, rights, messages, members, name, n) order by c.n returning id`,
    values: [
      own.map(row => row.kind),
      own.map(row => (isRoom(row) ? 'Matrix' : null)),
      own.map(row => ownerOf(row, cast)),
      own.map(row => (isRoom(row) ? null : personOf(row, cast))),
      own.map(row => (isRoom(row) ? null : row.others)),
      own.map(row => (isQuiet(row) ? 0 : defaultRights[row.kind])),
      own.map(row => (savedOf.get(row.others)?.length ?? 1) * messagesEach),
      own.map(row => membersIn[row.kind]),
      own.map(row => (row.public && isRoom(row) ? nameOf(rows.indexOf(row)) : null)),
    ],
  })
  const ids = made.map(each => each.id).sort((a, b) => a - b)
  own.forEach((row, i) => {
    row.chat = ids[i] as ChatId
  })
  for (const same of savedOf.values()) for (const row of same) row.chat = (same[0] as Row).chat
  return rows
}

/** Nothing goes through the send path there. */
function isQuiet({ column }: Pick<Wanted, 'column'>): boolean {
  return ['blocked', 'blocker', 'asking', 'asked'].includes(column)
}

function isRoom({ kind }: Pick<Wanted, 'kind'>): boolean {
  return kind === 'group' || kind === 'channel'
}

/** In rooms owner, two admins, member, restricted member, victim. */
const membersIn = { group: 6, channel: 6, direct: 2, saved: 1 } as const

function ownerOf(row: Wanted, cast: Cast): UserId | null {
  if (isRoom(row)) return cast.rooms.owner
  return null
}

/** Whose direct chat or saved messages it is. */
function personOf(row: Wanted, cast: Cast): UserId {
  return row.column === 'outsider' ? cast.rooms.member : row.actor
}

async function makePeople(db: Db, count: number): Promise<UserId[]> {
  const rows = await db.query<{ id: number }>({
    text: "insert into users (name) select 'Peer ' || n from generate_series(1, $1::int) n returning id",
    values: [count],
  })
  return rows.map(row => row.id)
}

async function fill(db: Db, cast: Cast, rows: readonly Row[]): Promise<void> {
  await insert(
    db,
    'members',
    ['chat_id', 'user_id', 'role', 'rights', 'read_seq'],
    membersOf(cast, rows),
  )
  const pairs = (column: DirectColumn, first: 'actor' | 'others') =>
    rows
      .filter(row => row.column === column)
      .map(row => [row.chat, row[first], first === 'actor' ? row.others : row.actor])
  const blocks = [...pairs('blocked', 'others'), ...pairs('blocker', 'actor')]
  await insert(
    db,
    'blocks',
    ['user_id', 'blocked_id'],
    blocks.map(([, ...people]) => people),
  )
  const requests = [...pairs('asking', 'actor'), ...pairs('asked', 'others')]
  const state = { state: "'pending'" }
  await insert(db, 'message_requests', ['chat_id', 'from_id', 'to_id'], requests, state)
  const poll = { options: ['Gull', 'Tern'], counts: [0, 0], voters: 0 }
  const messages = rows.flatMap(row => {
    const own = isRoom(row) ? row.actor : personOf(row, cast)
    const extra = (shown: object) => JSON.stringify({ poll: { ...poll, ...shown } })
    const at = (n: number) => row.base + n
    return [
      [row.chat, at(1), row.others, rids++, 0, 'Somebody else wrote this.', null],
      [row.chat, at(2), own, rids++, 0, 'The one who asks wrote this.', null],
      [row.chat, at(3), row.others, rids++, 2, 'Which bird?', extra({ public: true })],
      [row.chat, at(4), own, rids++, 2, 'Which bird?', extra({})],
    ]
  })
  const columns = ['chat_id', 'seq', 'sender_id', 'rid', 'kind', 'text', 'extra']
  await insert(db, 'messages', columns, messages, { rev: 'seq', created_at: 'clock_timestamp()' })
  const polls = rows.flatMap(row => [
    [row.chat, row.base + 3, 2, false, true],
    [row.chat, row.base + 4, 2, false, false],
  ])
  await insert(db, 'polls', ['chat_id', 'seq', 'options', 'multiple', 'public'], polls)
}

function membersOf(cast: Cast, rows: readonly Row[]): unknown[][] {
  const rooms = rows
    .filter(isRoom)
    .flatMap(({ chat }) => [
      [chat, cast.rooms.owner, 'owner', 0, messagesEach],
      [chat, cast.rooms.admin, 'admin', allRights, messagesEach],
      ...(['bare', 'member', 'restricted', 'banned', 'left'] as const).map(column => [
        chat,
        cast.rooms[column],
        column === 'bare' ? 'admin' : column,
        0,
        messagesEach,
      ]),
      [chat, cast.victim, 'member', 0, messagesEach],
    ])
  const pairs = rows
    .filter(row => row.kind === 'direct')
    .flatMap(row => [personOf(row, cast), row.others].map(user => [row.chat, user, 'member', 0, 0]))
  const saved = rows
    .filter(row => row.kind === 'saved' && row.base === 0)
    .map(row => [row.chat, row.others, 'owner', 0, 0])
  return [...rooms, ...pairs, ...saved]
}

async function makeInvites(db: Db, rows: readonly Row[], cast: Cast): Promise<Map<ChatId, number>> {
  const invites = rows.flatMap((row, i) =>
    isRoom(row)
      ? [[row.chat, cast.rooms.owner, rids++, createHash('sha256').update(tokenOf(i)).digest()]]
      : [],
  )
  await insert(db, 'invites', ['chat_id', 'created_by', 'rid', 'token_hash'], invites)
  const made = await db.query<{ id: number; chat: ChatId }>({
    text: 'select id, chat_id as chat from invites',
  })
  return new Map(made.map(({ id, chat }) => [chat, id]))
}

async function schedule(
  db: Db,
  rows: readonly Row[],
  { victim }: Cast,
): Promise<{ own: Map<number, number>; foreign: Map<number, number> }> {
  const wishes = rows.map((row, i) => ({ row, i })).filter(({ row }) => row.scheduled)
  const first = rids + 1
  const messages = wishes.flatMap(({ row }) => [
    [row.chat, row.actor, ++rids, 'Later'],
    [row.chat, row.kind === 'saved' ? victim : row.others, ++rids, 'Later'],
  ])
  const inAnHour = "clock_timestamp() + interval '1 hour'"
  const columns = ['chat_id', 'user_id', 'rid', 'text']
  await insert(db, 'scheduled_messages', columns, messages, { at: inAnHour, due_at: inAnHour })
  const made = await db.query<{ id: number; rid: number }>({
    text: 'select id, rid from scheduled_messages',
  })
  const byRid = new Map(made.map(({ id, rid }) => [rid, id]))
  const idsFrom = (start: number) =>
    new Map(wishes.map(({ i }, n) => [i, byRid.get(start + 2 * n) ?? 0]))
  return { own: idsFrom(first), foreign: idsFrom(first + 1) }
}

/** @param computed further columns as SQL over the given ones */
async function insert(
  db: Db,
  table: string,
  columns: readonly string[],
  rows: readonly (readonly unknown[])[],
  computed: Record<string, string> = {},
): Promise<void> {
  if (rows.length === 0) return
  const types = await db.query<{ name: string; type: string }>({
    text: `select attname as name, format_type(atttypid, null) as type from pg_attribute
           where attrelid = $1::regclass and attname = any ($2)`,
    values: [table, columns],
  })
  const typeOf = new Map(types.map(({ name, type }) => [name, type]))
  await db.query({
    text: `insert into ${table} (${[...columns, ...Object.keys(computed)].join()})
           select ${[...columns.map(name => `r.${name}`), ...Object.values(computed)].join()}
           from unnest(${columns.map((name, i) => `$${i + 1}::${typeOf.get(name)}[]`).join()}) as r (${columns.join()})
           on conflict do nothing`,
    values: columns.map((_name, i) => rows.map(row => row[i])),
  })
}
