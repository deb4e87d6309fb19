// Fills a stack's database for the load: people with sessions and access tokens, and chats with their members,
// in a handful of statements instead of ten thousand requests. The only SQL of the bench besides its peers'.

import { randomBytes } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { defaultRights, right } from '#shared/protocol/permissions.ts'
import { type PrivateRing, parsePrivateRing, signAccessToken } from '#shared/runtime/tokens.ts'
import { type Db, openDb, type Queryable } from '#shared/store/db.ts'
import type { Members } from './members.ts'

/** Somebody with a session. */
export interface Person {
  user: number
  session: number
  username: string
}

/** Who talks where; a token is signed when the members are asked for, since it lives 15 minutes. */
type Places = { person: Person; room: number }[]

/** Messages that were stored meanwhile. */
export interface Stored {
  /** Those whose text begins with a number, as all of the generator's do, and how many of them are not alike. */
  said: number
  distinct: number
  /** All others. */
  others: number
}

/** Shown in pg_stat_activity. */
const applicationName = 'petrel bench'

export class Seed {
  readonly db: Db
  readonly #keys: PrivateRing
  readonly #people: Person[] = []
  readonly #places = new Map<string, Places>()
  /** Of direct chats, pair by pair. */
  readonly #pairs: Places = []
  /** Never idles out, so that no measured window pays for another connection's begin. */
  readonly #steady: Queryable
  #lane: Queryable | null = null

  private constructor(db: Db, keys: PrivateRing) {
    this.db = db
    this.#steady = db.lane()
    this.#keys = keys
  }

  static async open(stack: { databaseUrl: string; jwtKeysFile: string }): Promise<Seed> {
    const keys = parsePrivateRing(await readFile(stack.jwtKeysFile, 'utf8'))
    return new Seed(openDb({ url: stack.databaseUrl, poolMax: 1, name: applicationName }), keys)
  }

  /** The first `count` people; the same ones at every call. Their password is none until setPassword. */
  async people(count: number): Promise<readonly Person[]> {
    const missing = count - this.#people.length
    if (missing > 0) this.#people.push(...(await this.#addPeople(this.#people.length, missing)))
    return this.#people.slice(0, count)
  }

  /** Two members for each of `count` direct chats, next to each other; the first ones are the same at every call. */
  async pairs(count: number): Promise<Members> {
    const people = (await this.people(count * 2)).slice(this.#pairs.length)
    if (people.length > 0) {
      this.#pairs.push(...(await this.#addPairs(people)))
      await this.#query('analyze', [])
    }
    return this.#withTokens(this.#pairs.slice(0, count * 2))
  }

  /**
   * Members of `count` groups of `size`, group by group; everybody is in one of them.
   * @param from the first person that is used
   */
  groups(count: number, size: number, from = 0): Promise<Members> {
    return this.#members(`groups ${count} ${size} ${from}`, async () => {
      const people = (await this.people(from + count * size)).slice(from)
      const rooms = await this.#rooms(
        'group',
        people.filter((_, i) => i % size === 0),
        size,
      )
      const places = people.map((person, i) => ({
        person,
        room: rooms[Math.floor(i / size)] as number,
      }))
      await this.#join(places, 'member')
      return places
    })
  }

  /** Members of one channel; the first is its owner. */
  channel(size: number): Promise<Members> {
    return this.#members(`channel ${size}`, async () => {
      const people = await this.people(size)
      const [room] = await this.#rooms('channel', people.slice(0, 1), size)
      const places = people.map(person => ({ person, room: room as number }))
      await this.#join(places.slice(0, 1), 'owner')
      await this.#join(places.slice(1), 'member')
      return places
    })
  }

  /**
   * `each` chats for each of `count` people, in groups of `size`; the members' room is one of them.
   * @param size at most `count`
   */
  crowdedLists(count: number, each: number, size: number): Promise<Members> {
    return this.#members(`lists ${count} ${each} ${size}`, async () => {
      const people = await this.people(count)
      const rooms: number[] = []
      for (let round = 0; round < each; round++) {
        const owners = people.filter((_, i) => i % size === 0)
        const made = await this.#rooms('group', owners, size)
        // Each round mixes people anew, so that they have different chats in common.
        const step = round * size + round
        await this.#join(
          people.map((_, i) => ({
            person: people[(i + step) % count] as Person,
            room: made[Math.floor(i / size)] as number,
          })),
          'member',
        )
        if (round === 0)
          for (let i = 0; i < count; i++) rooms.push(made[Math.floor(i / size)] as number)
      }
      return people.map((person, i) => ({ person, room: rooms[i] as number }))
    })
  }

  /** A new group for each two of people, in their order. */
  async roomsOfTwo(twos: readonly { one: Person; other: Person }[]): Promise<readonly number[]> {
    const owners = twos.map(({ one }) => one)
    const rooms = await this.#rooms('group', owners, 2)
    await this.#join(
      twos.flatMap(({ one, other }, i) =>
        [one, other].map(person => ({ person, room: rooms[i] as number })),
      ),
      'member',
    )
    await this.#query('analyze', [])
    return rooms
  }

  /** Fresh refresh tokens for these people's sessions, in their order; earlier ones are good no more. */
  async refreshTokens(people: readonly Person[]): Promise<string[]> {
    const tokens = people.map(() => randomBytes(32).toString('base64url'))
    await this.#query(
      `update sessions set refresh_hash = sha256(token::bytea), previous_hash = null
       from unnest($1::bigint[], $2::text[]) as p (session, token) where id = session`,
      [people.map(each => each.session), tokens],
    )
    return tokens
  }

  /** Deletes every message of everybody, so that it is known how many there are. Chats keep counting where they were. */
  async forgetMessages(): Promise<void> {
    await this.#query('truncate messages', [])
  }

  /**
   * Stores messages that nobody sent: `count` more in each chat, by its two people in turn. Not durable until settle().
   * The rids are random, as clients' are. About 15 s for a million rows; keep one call below 100,000.
   */
  async addMessages(
    chats: readonly { room: number; one: number; other: number; count: number }[],
  ): Promise<void> {
    const column = (of: 'room' | 'one' | 'other' | 'count') => chats.map(chat => chat[of])
    await (await this.#patient()).query({
      text: `with wanted as (
           select c.id, c.last_seq, c.last_rev, w.one, w.other, w.count
           from unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::int[]) as w (room, one, other, count)
           join chats c on c.id = w.room
         ), stored as (
           insert into messages (chat_id, seq, rev, sender_id, rid, text, created_at)
           select w.id, w.last_seq + n, w.last_rev + n, case n % 2 when 0 then w.one else w.other end,
             (random() * 9007199254740990)::bigint + 1, rpad('Stored ' || n || ' ', 80, 'x'), now()
           from wanted w, generate_series(1, w.count) as n
         ),
         known as (
           -- Nobody will search for these: their index would be made while something else is measured.
           insert into search_cursors (chat_id, rev, back_seq) select id, last_rev + count, 0 from wanted
           on conflict (chat_id) do update set rev = excluded.rev
         )
         update chats c set last_seq = c.last_seq + w.count, last_rev = c.last_rev + w.count, last_at = now()
         from wanted w where c.id = w.id`,
      values: [column('room'), column('one'), column('other'), column('count')],
    })
  }

  /** Runs a statement that may take long. Not durable until settle(). */
  async run<Row>(text: string, values: readonly unknown[]): Promise<Row[]> {
    // Longer than db.ts waits for any statement; the driver reads this property.
    const statement = { text, values, query_timeout: 600_000 }
    return (await this.#patient()).query<Row>(statement)
  }

  /** Does now what PostgreSQL would do in the background later: vacuum, statistics, a checkpoint. */
  async settle(): Promise<void> {
    for (const text of ['vacuum (analyze) messages', 'vacuum (analyze) chats', 'checkpoint'])
      await this.run(text, [])
  }

  /** The chats that somebody is in. */
  async roomsOf({ user }: Person): Promise<number[]> {
    const rows = await this.#query<{ chat_id: number }>(
      'select chat_id from members where user_id = $1::bigint order by chat_id',
      [user],
    )
    return rows.map(row => row.chat_id)
  }

  /** The number of the newest message of each of these chats, in their order. */
  async lastSeqs(rooms: readonly number[]): Promise<number[]> {
    const rows = await this.#query<{ id: number; last_seq: number }>(
      'select id, last_seq from chats where id = any ($1::bigint[])',
      [rooms],
    )
    const byRoom = new Map(rows.map(row => [row.id, row.last_seq]))
    return rooms.map(room => byRoom.get(room) as number)
  }

  /** The folder in which PostgreSQL stores everything. */
  async dataDirectory(): Promise<string> {
    const [row] = await this.#query<{ data_directory: string }>('show data_directory', [])
    return (row as { data_directory: string }).data_directory
  }

  /** Ends what addMessages or settle are doing; they reject. */
  async cancel(): Promise<void> {
    // On a connection of its own, since the others wait for what is to be ended.
    await this.db.query({
      text: `select pg_cancel_backend(pid) from pg_stat_activity
       where application_name = $1 and state = 'active' and pid <> pg_backend_pid()`,
      values: [applicationName],
    })
  }

  /** Where every chat stands. */
  heads(): Promise<{ chat: number; rev: number; seq: number }[]> {
    return this.#query(
      `select id as chat, last_rev as rev, last_seq as seq from chats where deleted_at is null`,
      [],
    )
  }

  /** What was stored since the chats stood at these heads. */
  async storedSince(heads: readonly { chat: number; seq: number }[]): Promise<Stored> {
    const [stored] = await this.#query<Stored>(
      `select count(*) filter (where is_said)::int as said,
         count(distinct (chat, sender, digits)) filter (where is_said)::int as distinct,
         count(*) filter (where not is_said)::int as others
       from unnest($1::bigint[], $2::bigint[]) as head (chat, seq),
         lateral (select m.sender_id as sender, left(m.text, 10) as digits, m.text ~ '^[0-9]{10}' as is_said
                  from messages m where m.chat_id = head.chat and m.seq > head.seq) as m`,
      [heads.map(({ chat }) => chat), heads.map(({ seq }) => seq)],
    )
    return stored as Stored
  }

  /**
   * Writes one message into each of `count` random groups of `size`, as a gateway would that dies before it can
   * tell anybody. @returns how many there were
   */
  async post(count: number, size: number): Promise<number> {
    const written = await this.#query<{ status: number }>(
      `with chosen as materialized (
         select c.id, (select m.user_id from members m where m.chat_id = c.id and m.role = 'member' limit 1) as sender
         from chats c where c.kind = 'group' and c.member_count = $2 order by random() limit $1)
       select s.status from
         (select array_agg(id) as chats, array_agg(sender) as senders, array_agg((random() * 2 ^ 52)::bigint) as rids,
            array_agg('A message while you were away'::text) as texts, array_agg(null::text) as ents,
            array_agg(null::bigint) as replies, array_agg(false) as silent, array_agg($3::int) as needs from chosen) b,
         send_messages(b.chats, b.senders, b.rids, b.texts, b.ents, b.replies, b.silent, b.ents, b.needs, b.ents) s`,
      [count, size, right.post],
    )
    return written.filter(({ status }) => status === 0).length
  }

  /** Gives everybody the password of an account that registered in the usual way. */
  async copyPassword(username: string): Promise<void> {
    await this.#query(
      `update users set password_hash = (select password_hash from users where username = $1)
       where password_hash is null`,
      [username],
    )
  }

  /** A connection for statements that take long, and whose loss in a crash would not matter. */
  async #patient(): Promise<Queryable> {
    if (!this.#lane) {
      this.#lane = this.db.lane()
      for (const setting of ['statement_timeout = 0', 'synchronous_commit = off'])
        await this.#lane.query({ text: `set ${setting}` })
    }
    return this.#lane
  }

  token({ user, session }: Person): string {
    return signAccessToken(this.#keys, { user, session })
  }

  async close(): Promise<void> {
    await this.db.close()
  }

  async #members(key: string, make: () => Promise<Places>): Promise<Members> {
    let places = this.#places.get(key)
    if (!places) {
      places = await make()
      this.#places.set(key, places)
      await this.#query('analyze', [])
    }
    return this.#withTokens(places)
  }

  #withTokens(places: Places): Members {
    return {
      tokens: places.map(({ person }) => this.token(person)),
      rooms: places.map(({ room }) => room),
    }
  }

  async #addPairs(people: readonly Person[]): Promise<Places> {
    const one = people.filter((_, i) => i % 2 === 0)
    const other = people.filter((_, i) => i % 2 === 1)
    const chats = await this.#query<{ id: number }>(
      `insert into chats (kind, direct_a, direct_b, default_rights, member_count, last_rev, info_rev)
       select 'direct', least(a, b), greatest(a, b), $3, 2, 2, 1
       from unnest($1::bigint[], $2::bigint[]) with ordinality as p (a, b, n) order by n
       returning id`,
      [one.map(each => each.user), other.map(each => each.user), defaultRights.direct],
    )
    const places = chats.flatMap(({ id }, i) =>
      [one[i] as Person, other[i] as Person].map(person => ({ person, room: id })),
    )
    await this.#join(places, 'member')
    return places
  }

  async #addPeople(from: number, count: number): Promise<Person[]> {
    const users = await this.#query<{ id: number; username: string }>(
      `insert into users (username, name)
       select 'bench_' || n, 'Member ' || n from generate_series($1::int, $2::int) as n
       returning id, username`,
      [from + 1, from + count],
    )
    const sessions = await this.#query<{ id: number; user_id: number }>(
      `insert into sessions (user_id, refresh_hash, name, expires_at)
       select u, sha256(u::text::bytea), 'bench', now() + interval '1 day'
       from unnest($1::bigint[]) as u returning id, user_id`,
      [users.map(user => user.id)],
    )
    const byUser = new Map(sessions.map(session => [session.user_id, session.id]))
    return users.map(({ id, username }) => ({
      user: id,
      session: byUser.get(id) as number,
      username,
    }))
  }

  async #rooms(
    kind: 'group' | 'channel',
    owners: readonly Person[],
    size: number,
  ): Promise<number[]> {
    const rows = await this.#query<{ id: number }>(
      `insert into chats (kind, title, owner_id, default_rights, member_count, last_rev, info_rev)
       select $1, 'Room ' || n, o, $3, $4, $4 + 1, 1
       from unnest($2::bigint[]) with ordinality as p (o, n) order by n returning id`,
      [kind, owners.map(owner => owner.user), defaultRights[kind], size],
    )
    return rows.map(row => row.id)
  }

  async #join(places: Places, role: 'owner' | 'member'): Promise<void> {
    await this.#query(
      `insert into members (chat_id, user_id, role, joined_rev, rev)
       select room, person, $3, 1, 1 from unnest($1::bigint[], $2::bigint[]) as p (room, person)`,
      [places.map(({ room }) => room), places.map(({ person }) => person.user), role],
    )
  }

  #query<Row>(text: string, values: readonly unknown[]): Promise<Row[]> {
    return this.#steady.query<Row>({ text, values })
  }
}
