// The stage of the rights matrix: a running server, one person for each column, a chat for each case, and what those who
// ask bring along.

import { type Db, openDb } from '#shared/store/db.ts'
import {
  type directColumns,
  makePlaces,
  type Place,
  type RoomColumn,
  roomColumns,
} from '#test/helpers/matrix-world.ts'
import type { Teardown } from '#test/helpers/pg.ts'
import { RawClient } from '#test/helpers/raw-client.ts'
import { type Stack, startStack } from '#test/helpers/stack.ts'
import type { Case } from './cases.ts'
import type { Around } from './row.ts'

export interface Scene {
  stack: Stack
  db: Db
  cases: readonly Case[]
  /** As many as cases, in their order. */
  places: readonly Place[]
  clients: Record<RoomColumn, RawClient>
  /** What a body needs besides the place of its case; for `linkDiscussion` also two new rooms. */
  aroundOf(name: string, asker: RoomColumn): Promise<Around>
  /** Makes a room of which `asker` is the owner. @returns its id */
  ownRoom(asker: RoomColumn, kind: 'group' | 'channel'): Promise<number>
  /** All that a refused request must not change, by chat: positions, members and rights as one text. */
  readStates(): Promise<Map<number, string>>
}

/** @param t ends it all with the test file */
export async function openScene(t: Teardown, cases: readonly Case[]): Promise<Scene> {
  const stack = await startStack(t)
  const db = openDb({ url: stack.databaseUrl, poolMax: 4, name: 'test' })
  t.teardown(() => db.close())
  const tokens = await byColumn(column => stack.newUser(column))
  const ids = await byColumn(async column => tokens[column].user.id)
  const [victim = 0, nobody = 0] = await makeExtras(db)
  const places = await makePlaces(
    db,
    { rooms: ids, victim },
    cases.map(each => wishOf(each, ids)),
  )
  const clients = await byColumn(column =>
    RawClient.join(t, stack.wsUrl, tokens[column].accessToken),
  )
  const arounds = await byColumn(column => bring(clients[column], nobody))
  const ownRoom: Scene['ownRoom'] = (asker, kind) => makeRoom(db, ids[asker], kind)
  const aroundOf: Scene['aroundOf'] = async (name, asker) =>
    name === 'linkDiscussion'
      ? {
          ...arounds[asker],
          ownGroup: await ownRoom(asker, 'group'),
          ownChannel: await ownRoom(asker, 'channel'),
        }
      : arounds[asker]
  const readStates = () => statesOfChats(db)
  return { stack, db, cases, places, clients, aroundOf, ownRoom, readStates }
}

async function byColumn<Value>(
  make: (column: RoomColumn) => Promise<Value>,
): Promise<Record<RoomColumn, Value>> {
  const made = await Promise.all(roomColumns.map(async column => [column, await make(column)]))
  return Object.fromEntries(made) as Record<RoomColumn, Value>
}

async function makeExtras(db: Db): Promise<number[]> {
  const rows = await db.query<{ id: number }>({
    text: "insert into users (name) select 'Extra ' || n from generate_series(1, 2) n returning id",
  })
  return rows.map(({ id }) => id)
}

function wishOf({ kind, column, actor, row }: Case, ids: Record<RoomColumn, number>) {
  return {
    kind,
    actor: ids[actor],
    column: column as (typeof directColumns)[number],
    public: row.public ?? false,
    scheduled: row.scheduled ?? false,
  }
}

async function bring(client: RawClient, nobody: number): Promise<Around> {
  const { chat: saved } = await client.call('saved', {})
  const { seq } = await client.send(saved.id, 'To be forwarded')
  return { nobody, saved: { chat: saved.id, seq }, ownGroup: 0, ownChannel: 0 }
}

async function makeRoom(db: Db, owner: number, kind: 'group' | 'channel'): Promise<number> {
  const [row] = await db.query<{ id: number }>({
    text: 'insert into chats (kind, title, owner_id, default_rights, member_count) values ($1, $2, $3, 0, 1) returning id',
    values: [kind, 'Own', owner],
  })
  const id = row?.id ?? 0
  await db.query({
    text: "insert into members (chat_id, user_id, role) values ($1, $2, 'owner')",
    values: [id, owner],
  })
  return id
}

async function statesOfChats(db: Db): Promise<Map<number, string>> {
  const found = await db.query<{ id: number; state: string }>({
    text: `select c.id, concat_ws(' ', c.last_rev, c.last_seq, c.member_count, c.default_rights,
             (select string_agg(m.user_id || m.role || m.rights, ',' order by m.user_id) from members m where m.chat_id = c.id)) as state
           from chats c`,
  })
  return new Map(found.map(({ id, state }) => [id, state]))
}
