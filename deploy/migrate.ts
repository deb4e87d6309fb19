// Brings a database to the newest schema: migrations/*.sql, forward only, all in one transaction.
// Run by the launcher before anything else connects, by the test helpers, and by hand:
// `DATABASE_URL=… npm run migrate`.

import { fileURLToPath, pathToFileURL } from 'node:url'
import { runner } from 'node-pg-migrate'

const dir = fileURLToPath(new URL('../migrations/', import.meta.url))

/**
 * Applies what is missing. Two starters at once are harmless: the second waits for the first one's lock.
 * @returns names of the migrations applied now, in order
 * @throws  Error when a file that was applied is missing or out of order, or when the SQL fails
 */
export async function migrate(databaseUrl: string): Promise<string[]> {
  const applied = await runner({
    databaseUrl,
    dir,
    direction: 'up',
    migrationsTable: 'migrations',
    checkOrder: true,
    singleTransaction: true,
    advisoryLockMode: 'wait',
    log: () => {},
  })
  return applied.map(migration => migration.name)
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const url = process.env.DATABASE_URL
  if (!url) throw new Error('DATABASE_URL says which database')
  for (const name of await migrate(url)) console.log(name)
}
