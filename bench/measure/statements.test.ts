import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { createDatabase, startPostgres } from '#deploy/postgres.ts'
import { openDb } from '#shared/store/db.ts'
import { openStatements, StatementWatch, statementSettings } from './statements.ts'

t.test('statements of one window are told, those inside of functions too', async t => {
  const dir = await mkdtemp(join(tmpdir(), 'petrel-statements-'))
  t.teardown(() => rm(dir, { recursive: true, force: true }))
  const server = await startPostgres({
    dir: join(dir, 'postgres'),
    logFile: join(dir, 'postgres.log'),
    durable: false,
    settings: statementSettings,
  })
  t.teardown(() => server.destroy())
  await createDatabase(server, 'watched')
  const db = openDb({ url: server.url('watched'), poolMax: 1, name: 'test' })
  t.teardown(() => db.close())
  await openStatements(db)
  await openStatements(db)
  const ask = (text: string) => db.query({ text })
  await ask('create table birds (name text)')
  await ask(
    `create function add_birds(n int) returns void language plpgsql as $$
     begin insert into birds select 'petrel' from generate_series(1, n); end $$`,
  )
  const watch = new StatementWatch(db)
  watch.onMark('begin')
  for (let i = 0; i < 3; i++) await ask('select add_birds(5)')
  watch.onMark('end')
  const found = await watch.top('quiet', 'run 1')
  t.match(
    found.find(({ query }) => query === 'select add_birds($1)'),
    { scenario: 'quiet', window: 'run 1', inside: false, calls: 3, rows: 3 },
  )
  const inner = found.find(({ query }) => query.startsWith('insert into birds'))
  t.match(inner, { inside: true, calls: 3, rows: 15 })
  t.ok((inner?.totalMs ?? 0) > 0)
  t.notOk(
    found.some(({ query }) => query.includes('create table')),
    'what was before is forgotten',
  )

  t.comment('the next window begins anew')
  const next = new StatementWatch(db)
  next.onMark('begin')
  next.onMark('end')
  t.notOk((await next.top('quiet', 'run 2')).some(({ query }) => query.includes('add_birds')))
})
