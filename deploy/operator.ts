// `npm run operator -- USERNAME on|off|unban`: makes somebody an operator, who works off reports, or ends that; or opens
// an account again that operators closed. In the database of DATABASE_URL, or of the server that `npm start` runs here.

import { readFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import pg from 'pg'

const actions = {
  on: 'set operator = true',
  off: 'set operator = false',
  unban: 'set banned_at = null',
} as const
type Action = keyof typeof actions

/**
 * Changes one account and notes it in the log of administrative acts.
 * @throws Error when there is no such account
 */
export async function setOperator(
  databaseUrl: string,
  username: string,
  action: Action,
): Promise<void> {
  const client = new pg.Client({ connectionString: databaseUrl })
  await client.connect()
  try {
    await client.query('begin')
    const { rows } = await client.query<{ id: string }>(
      `update users ${actions[action]} where username = $1::citext and deleted_at is null returning id`,
      [username],
    )
    const [row] = rows
    if (!row) throw new Error(`Nobody is called ${username}.`)
    await client.query('insert into audit_log (action, detail) values ($1, $2)', [
      action === 'unban' ? 'unban' : `operator.${action}`,
      JSON.stringify({ user: Number(row.id) }),
    ])
    await client.query('commit')
  } finally {
    await client.end()
  }
}

/** The server that runs below .petrel: its lock file says where its socket is. */
async function privateUrl(): Promise<string> {
  const root = fileURLToPath(new URL('..', import.meta.url))
  const home = resolve(root, process.env.PETREL_HOME || '.petrel')
  const lock = await readFile(join(home, 'postgres', 'data', 'postmaster.pid'), 'utf8').catch(
    () => '',
  )
  const [, , , port, socketDir] = lock.split('\n')
  if (!port || !socketDir) {
    throw new Error('No server runs here: start it with npm start, or set DATABASE_URL.')
  }
  return `postgres://petrel@localhost:${port}/petrel?host=${encodeURIComponent(socketDir)}`
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const [username, action] = process.argv.slice(2)
  if (username === undefined || action === undefined || !Object.hasOwn(actions, action)) {
    console.error('npm run operator -- USERNAME on|off|unban')
    process.exitCode = 2
  } else {
    try {
      await setOperator(
        process.env.DATABASE_URL || (await privateUrl()),
        username,
        action as Action,
      )
      console.log(`${username}: ${action}`)
    } catch (error) {
      console.error(error instanceof Error ? error.message : error)
      process.exitCode = 1
    }
  }
}
