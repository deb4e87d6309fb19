// Fills a stack's database for the load: people with sessions and access tokens, and chats with their members,
// in a handful of statements instead of ten thousand requests. The only SQL of the bench besides its peers'.

import { readFile } from 'node:fs/promises'
import { defaultRights } from '#shared/protocol/permissions.ts'
import { type PrivateRing, parsePrivateRing, signAccessToken } from '#shared/runtime/tokens.ts'
import { type Db, openDb } from '#shared/store/db.ts'
import type { Members } from './generator/commands.ts'

/** Somebody with a session. */
export interface Person {
  user: number
  session: number
  username: string
}

/** Who talks where; a token is signed when the members are asked for, since it lives 15 minutes. */
type Places = { person: Person; room: number }[]

export class Seed {
  readonly db: Db
  readonly #keys: PrivateRing
  readonly #people: Person[] = []
  readonly #places = new Map<string, Places>()

  private constructor(db: Db, keys: PrivateRing) {
    this.db = db
    this.#keys = keys
  }

  static async open(stack: { databaseUrl: string; jwtKeysFile: string }): Promise<Seed> {
    const keys = parsePrivateRing(await readFile(stack.jwtKeysFile, 'utf8'))
    return new Seed(openDb({ url: stack.databaseUrl, poolMax: 4, name: 'petrel bench' }), keys)
  }

  /** The first `count` people; the same ones at every call. Their password is none until setPassword. */
  async people(count: number): Promise<readonly Person[]> {
    const missing = count - this.#people.length
    if (missing > 0) this.#people.push(...(await this.#addPeople(this.#people.length, missing)))
    return this.#people.slice(0, count)
  }

  /** Two members for each of `count` direct chats, next to each other. */
  pairs(count: number): Promise<Members> {
    return this.#members(`pairs ${count}`, async () => {
      const people = await this.people(count * 2)
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
    })
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

  /** Gives everybody the password of an account that registered in the usual way. */
  async copyPassword(username: string): Promise<void> {
    await this.#query(
      `update users set password_hash = (select password_hash from users where username = $1)
       where password_hash is null`,
      [username],
    )
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
    return {
      tokens: places.map(({ person }) => this.token(person)),
      rooms: places.map(({ room }) => room),
    }
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
    return this.db.query<Row>({ text, values })
  }
}
