// What the rest of the product relies on when PostgreSQL misbehaves: one kind of error for each cause, and a
// pool that heals.

import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { startPostgres } from '#deploy/postgres.ts'
import { AppError } from '#shared/protocol/codes.ts'
import { type Teardown, testDb } from '#test/helpers/pg.ts'
import { until } from '#test/helpers/until.ts'
import { type Db, isUniqueViolation, openDb, PgError, type Queryable } from './db.ts'

const { url } = await testDb(t)
/** For looking at the database from outside, and for breaking things. */
const admin = openDb({ url, poolMax: 2, name: 'admin' })
t.teardown(() => admin.close())

const backends = (name: string) =>
  admin.query<{ pid: number; state: string; wait: string | null }>({
    text: 'select pid, state, wait_event_type as wait from pg_stat_activity where application_name = $1',
    values: [name],
  })
const killBackends = (name: string) =>
  admin.query({
    text: 'select pg_terminate_backend(pid) from pg_stat_activity where application_name = $1',
    values: [name],
  })
const select1 = (db: Queryable) => db.query({ text: 'select 1 as one' })
const failure = (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => 'no failure',
    error => error,
  )

function open(t: Teardown, name: string, poolMax = 2): Db {
  const db = openDb({ url, poolMax, name })
  t.teardown(() => db.close())
  return db
}

t.test('bigint and timestamptz come as numbers, too large ones fail loudly', async t => {
  const db = open(t, 'types')
  const [row] = await db.query({
    text: `select 9007199254740991::bigint as max, '{1,2,9007199254740991}'::bigint[] as list, '{}'::bigint[] as none,
             null::bigint as nothing, '2026-01-01 00:00:00.123456+02'::timestamptz as at`,
  })
  t.strictSame(
    { ...(row as object) },
    {
      max: Number.MAX_SAFE_INTEGER,
      list: [1, 2, Number.MAX_SAFE_INTEGER],
      none: [],
      nothing: null,
      at: Date.UTC(2025, 11, 31, 22, 0, 0, 123),
    },
  )
  await t.rejects(db.query({ text: 'select 9007199254740992::bigint' }))
  t.same(await select1(db), [{ one: 1 }], 'the pool goes on')
})

t.test('a broken constraint is a PgError with its name', async t => {
  const db = open(t, 'constraints')
  const insert = () =>
    db.query({ text: "insert into users (username, name) values ('Alice', 'Alice')" })
  await insert()
  const error = await failure(insert())
  t.match(error, { name: 'PgError', code: '23505', constraint: 'users_username_key' })
  t.ok(isUniqueViolation(error))
  t.ok(isUniqueViolation(error, 'users_username_key'))
  t.notOk(isUniqueViolation(error, 'users_pkey'))
  t.notOk(isUniqueViolation(new Error('23505')))
  const wrong = await failure(db.query({ text: 'select nonsense' }))
  t.match(wrong, { name: 'PgError', code: '42703' })
  t.notOk(isUniqueViolation(wrong))
})

t.test('a statement that takes too long is a timeout', async t => {
  const db = open(t, 'slow')
  const slow = failure(
    db.tx(async tx => {
      await tx.query({ text: 'set local statement_timeout = 50' })
      await tx.query({ text: 'select pg_sleep(20)' })
    }),
  )
  t.match(await slow, { name: 'AppError', code: 'timeout' })
  t.same(await select1(db), [{ one: 1 }])
})

t.test('a lock that nobody gives back is a timeout', async t => {
  const db = open(t, 'locks')
  await db.query({ text: "insert into users (name) values ('Bob')" })
  const lock = { text: 'select 1 from users for update' }
  const outcome = await db.tx(async tx => {
    await tx.query(lock)
    return failure(
      db.tx(async other => {
        await other.query({ text: 'set local lock_timeout = 50' })
        await other.query(lock)
      }),
    )
  })
  t.match(outcome, { name: 'AppError', code: 'timeout' })
})

t.test('statements, locks and idle transactions have their bounds from the start', async t => {
  const db = open(t, 'settings')
  const settings = ['statement_timeout', 'lock_timeout', 'idle_in_transaction_session_timeout']
  for (const each of [db, db.lane()]) {
    const rows = await each.query<{ set: string }>({
      text: 'select current_setting(name) as set from unnest($1::text[]) name',
      values: [settings],
    })
    t.same(
      rows.map(row => row.set),
      ['5s', '3s', '2500ms'],
    )
  }
})

t.test('a transaction that failed leaves nothing, and its error comes out as it was', async t => {
  const db = open(t, 'rollback')
  const own = new AppError('forbidden')
  const work = async (tx: Queryable) => {
    await tx.query({ text: "insert into users (name) values ('Nobody')" })
    throw own
  }
  t.equal(await failure(db.tx(work)), own)
  t.same(await db.query({ text: "select from users where name = 'Nobody'" }), [])
})

t.test('after a deadlock the transaction runs again, and both end well', async t => {
  const db = open(t, 'deadlock', 4)
  // Connected beforehand: who waits in a transaction for another one's connection may wait too long.
  await Promise.all([1, 2, 3, 4].map(() => select1(db)))
  const made = await db.query<{ id: number }>({
    text: "insert into users (name) values ('A'), ('B') returning id",
  })
  const ids = made.map(row => row.id)
  let runs = 0
  let holding = 0
  const bump = (order: number[]) =>
    db.tx(async tx => {
      runs++
      const [first, second] = order.map(id => ({
        text: 'update users set urev = urev + 1 where id = $1',
        values: [id],
      }))
      // Sooner than the lock timeout of 3 s, whatever the machine does meanwhile.
      await tx.query({ text: "set local deadlock_timeout = '20ms'" })
      if (first) await tx.query(first)
      holding++
      await until(() => holding >= 2)
      if (second) await tx.query(second)
    })
  await Promise.all([bump(ids), bump([...ids].reverse())])
  // Under load the one that runs again may be quicker than the one that waited, and meet it anew.
  t.ok(runs >= 3, 'the victim ran again')
  const rows = await db.query({ text: 'select urev from users where id = any ($1)', values: [ids] })
  t.same(rows, [{ urev: 2 }, { urev: 2 }])
})

t.test('a serialisation failure is tried 3 times and then said', async t => {
  const db = open(t, 'serialisation')
  let runs = 0
  const work = async (tx: Queryable) => {
    runs++
    await tx.query({ text: "do $$ begin raise exception using errcode = '40001'; end $$" })
  }
  t.match(await failure(db.tx(work)), { name: 'PgError', code: '40001' })
  t.equal(runs, 3)
  runs = 0
  const unique = async (tx: Queryable) => {
    runs++
    await tx.query({ text: "do $$ begin raise exception using errcode = '23505'; end $$" })
  }
  t.ok((await failure(db.tx(unique))) instanceof PgError)
  t.equal(runs, 1, 'nothing else is tried again')
})

t.test('a statement alone runs again after a deadlock, on the pool and on a lane', async t => {
  const db = open(t, 'alone')
  // A sequence keeps its number when a statement is rolled back.
  await db.query({ text: 'create sequence runs' })
  const failing = {
    text: "do $$ begin if nextval('runs') % 3 <> 0 then raise exception using errcode = '40P01'; end if; end $$",
  }
  for (const each of [db, db.lane()]) t.same(await each.query(failing), [])
  t.same(await db.query({ text: 'select last_value as runs from runs' }), [{ runs: 6 }])
  const always = {
    text: "do $$ begin perform nextval('runs'); raise exception using errcode = '40P01'; end $$",
  }
  t.match(await failure(db.query(always)), { name: 'PgError', code: '40P01' })
  t.same(await db.query({ text: 'select last_value as runs from runs' }), [{ runs: 9 }], 'thrice')
})

t.test('a backend that is killed costs the statement in it, and the pool heals', async t => {
  const db = open(t, 'killed')
  const sleeping = failure(db.query({ text: 'select pg_sleep(20)' }))
  await until(async () => (await backends('killed')).some(each => each.state === 'active'))
  await killBackends('killed')
  t.match(await sleeping, { name: 'AppError', code: 'overloaded', retryMs: 1_000 })
  t.same(await select1(db), [{ one: 1 }])
})

t.test('idle connections that are killed are told to onError and replaced', async t => {
  const errors: Error[] = []
  const db = openDb({ url, poolMax: 2, name: 'idle', onError: error => errors.push(error) })
  t.teardown(() => db.close())
  const lane = db.lane()
  await Promise.all([select1(db), select1(lane)])
  await killBackends('idle')
  await until(() => errors.length === 2)
  t.same(await select1(db), [{ one: 1 }])
  t.same(await select1(lane), [{ one: 1 }], 'a lane connects again by itself')
})

t.test(
  'a backend that is killed between two statements of a transaction fails it, not the process',
  async t => {
    const db = open(t, 'between')
    const outcome = await failure(
      db.tx(async tx => {
        await tx.query({ text: "insert into users (name) values ('Ghost')" })
        await killBackends('between')
        await until(async () => (await backends('between')).length === 0)
        // The client has to see the end of its connection while no statement is under way.
        await new Promise(resolve => setImmediate(resolve))
        await select1(admin)
        await tx.query({ text: 'select 1' })
      }),
    )
    t.match(outcome, { name: 'AppError', code: 'overloaded' })
    t.same(await db.query({ text: "select from users where name = 'Ghost'" }), [])
  },
)

t.test('PostgreSQL away: overloaded, and back when it is back', async t => {
  const dir = await mkdtemp(join(tmpdir(), 'petrel-test-'))
  const options = { dir, logFile: join(dir, 'postgres.log'), durable: false }
  let server = await startPostgres(options)
  t.teardown(() => server.destroy())
  const db = openDb({ url: server.url('postgres'), poolMax: 2, name: 'away' })
  t.teardown(() => db.close())
  const lane = db.lane()
  await Promise.all([select1(db), select1(lane)])
  await server.stop()
  for (const work of [() => select1(db), () => select1(lane), () => db.tx(select1)]) {
    t.match(await failure(work()), { name: 'AppError', code: 'overloaded', retryMs: 1_000 })
  }
  server = await startPostgres(options)
  t.same(await select1(db), [{ one: 1 }])
  t.same(await select1(lane), [{ one: 1 }])
  t.same(await db.tx(select1), [{ one: 1 }])
})

t.test('nobody listens there: overloaded, with the reason as its cause', async t => {
  const db = openDb({ url: 'postgres://x:x@127.0.0.1:1/x', poolMax: 1, name: 'nobody' })
  t.teardown(() => db.close())
  const error = (await failure(select1(db))) as AppError
  t.equal(error.code, 'overloaded')
  t.match((error.cause as Error).message, /ECONNREFUSED/)
})
