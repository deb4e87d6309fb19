// Where ejabberd keeps what is said, for ejabberd.ts: PostgreSQL when Erlang has its driver, else SQLite, else
// Mnesia. Debian's driver (p1_pgsql 1.1.20) cannot speak over a unix socket, which is all that Petrel's private
// PostgreSQL offers, so ejabberd gets a server of its own from the same binaries, as durable as the given one.

import { randomBytes } from 'node:crypto'
import { mkdtemp, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import pg from 'pg'
import { anyPort } from '#deploy/ports.ts'
import { createDatabase, startPostgres } from '#deploy/postgres.ts'
import type { Watched } from '../measure/usage.ts'
import { host } from './child.ts'

/** Erlang modules of the drivers that this machine has. */
export interface Drivers {
  pgsql: boolean
  sqlite3: boolean
}

export interface Archive {
  /** Lines of ejabberd.yml. */
  config: string
  /** For mod_mam's db_type. */
  kind: 'sql' | 'mnesia'
  /** What it is and what it promises, for people. */
  describe: string
  pids(): Watched[]
  destroy(): Promise<void>
}

const name = 'ejabberd'
const connections = 10
const schemaFile = '/usr/share/ejabberd/sql/pg.sql'
const none = { pids: () => [], destroy: async () => undefined }

/**
 * @param spool ejabberd's own folder
 * @param databaseUrl whose fsync is imitated
 */
export async function openArchive(
  drivers: Drivers,
  { dir, spool, databaseUrl }: { dir: string; spool: string; databaseUrl: string },
): Promise<Archive> {
  if (drivers.pgsql) return inPostgres(dir, await isDurable(databaseUrl))
  if (drivers.sqlite3) {
    const config = `sql_type: sqlite\nsql_database: "${join(spool, 'archive.db')}"`
    return { ...none, config, kind: 'sql', describe: 'archive in SQLite, a synced commit each' }
  }
  // A commit is in Mnesia's log when it returns, but nobody waits for the disk.
  return { ...none, config: '', kind: 'mnesia', describe: 'archive in Mnesia, not synced' }
}

async function isDurable(databaseUrl: string): Promise<boolean> {
  const client = new pg.Client({ connectionString: databaseUrl })
  await client.connect()
  const { rows } = await client.query<{ fsync: string }>('show fsync')
  await client.end()
  return rows[0]?.fsync === 'on'
}

async function inPostgres(dir: string, durable: boolean): Promise<Archive> {
  const tcpPort = await anyPort(host)
  const server = await startPostgres({
    dir: await mkdtemp(join(dir, 'ejabberd-postgres-')),
    logFile: join(dir, 'ejabberd-postgres.log'),
    durable,
    tcpPort,
  })
  try {
    const password = randomBytes(24).toString('hex')
    await createDatabase(server, name)
    const version = await prepare(server.url(name), password)
    return {
      config: `sql_type: pgsql
sql_server: "${host}"
sql_port: ${tcpPort}
sql_database: ${name}
sql_username: ${name}
sql_password: "${password}"
sql_pool_size: ${connections}`,
      kind: 'sql',
      describe: `archive in a PostgreSQL ${version} of its own, one commit a message`,
      pids: () => [{ name: 'ejabberd-postgres', pid: server.pid, tree: true }],
      destroy: () => server.destroy(),
    }
  } catch (error) {
    await server.destroy()
    throw error
  }
}

/** Makes ejabberd's role and its tables; resolves with the server's version. */
async function prepare(url: string, password: string): Promise<string> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    // A statement of this kind takes no parameters; the password is hex of ours.
    await client.query(`create role ${name} login password '${password}'`)
    await client.query(`alter schema public owner to ${name}; set role ${name}`)
    await client.query(await readFile(schemaFile, 'utf8'))
    const { rows } = await client.query<{ server_version: string }>('show server_version')
    return rows[0]?.server_version ?? ''
  } finally {
    await client.end()
  }
}
