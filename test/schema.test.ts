import { readFileSync } from 'node:fs'
import pg from 'pg'
import t from 'tap'
import { describeSchema, schemaFile } from '#deploy/schema.ts'
import { testDb } from './helpers/pg.ts'

t.test('schema.sql is what the migrations add up to (npm run schema renews it)', async t => {
  const db = await testDb(t)
  t.equal(await describeSchema(db.url), readFileSync(schemaFile, 'utf8'))
})

t.test('a change of the schema shows in the picture', async t => {
  const db = await testDb(t)
  const before = await describeSchema(db.url)
  const client = new pg.Client({ connectionString: db.url })
  await client.connect()
  await client.query('create index planted on users (name)')
  await client.end()
  t.match((await describeSchema(db.url)).replace(before, ''), /create index planted/i)
})
