// A database for each test file, cloned from a migrated template in a PostgreSQL that all files of a run share.
// `npm test` starts that server and names it in TEST_DATABASE_URL; a file run by hand starts its own.

import { createHash, randomBytes } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { migrate } from '#deploy/migrate.ts'
import { type Postgres, startPostgres } from '#deploy/postgres.ts'

/** What a helper needs of a test: `t` itself, or anything that runs the functions at its end. */
export interface Teardown {
  teardown(fn: () => unknown): void
}

export interface TestDb {
  /** Connection string of a database with the newest schema and no rows but the cluster's. */
  url: string
  /** Its name. */
  database: string
}

/**
 * A migrated database of one's own, dropped in teardown.
 * @param durable  a server of one's own with fsync, for tests that count commits or stop PostgreSQL
 */
export async function testDb(t: Teardown, { durable = false } = {}): Promise<TestDb> {
  const shared = durable ? undefined : process.env.TEST_DATABASE_URL
  const server = shared === undefined ? await ownServer(t, durable) : undefined
  const url = (database: string) => {
    if (server) return server.url(database)
    const at = new URL(shared ?? '')
    at.pathname = `/${database}`
    return at.href
  }
  const template = await ensureTemplate(url)
  const database = `test_${randomBytes(6).toString('hex')}`
  await admin(url('postgres'), `create database ${database} template ${template}`)
  if (!server) {
    t.teardown(() => admin(url('postgres'), `drop database if exists ${database} with (force)`))
  }
  return { url: url(database), database }
}

/** Starts a throw-away PostgreSQL; used by testDb and, once a run, by `npm test`. */
export async function testPostgres(durable: boolean): Promise<Postgres> {
  const dir = await mkdtemp(join(tmpdir(), 'petrel-test-'))
  return startPostgres({ dir, logFile: join(dir, 'postgres.log'), durable })
}

async function ownServer(t: Teardown, durable: boolean): Promise<Postgres> {
  const server = await testPostgres(durable)
  t.teardown(() => server.destroy())
  return server
}

/**
 * Makes the template once a server and schema; its name holds a hash of the migrations. Built under another
 * name and renamed when complete, under a lock, because test files run in parallel.
 */
export async function ensureTemplate(url: (database: string) => string): Promise<string> {
  const template = `template_${schemaHash()}`
  const client = new pg.Client({ connectionString: url('postgres') })
  await client.connect()
  try {
    await client.query('select pg_advisory_lock(1)')
    const found = await client.query('select 1 from pg_database where datname = $1', [template])
    if (found.rowCount === 0) {
      await client.query(`drop database if exists ${template}_new with (force)`)
      await client.query(`create database ${template}_new`)
      await migrate(url(`${template}_new`))
      await client.query(`alter database ${template}_new rename to ${template}`)
    }
  } finally {
    await client.end()
  }
  return template
}

function schemaHash(): string {
  const dir = new URL('../../migrations/', import.meta.url)
  const hash = createHash('sha256')
  for (const name of readdirSync(dir).sort())
    hash.update(name).update(readFileSync(new URL(name, dir)))
  return hash.digest('hex').slice(0, 16)
}

async function admin(url: string, sql: string): Promise<void> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    await client.query(sql)
  } finally {
    await client.end()
  }
}
