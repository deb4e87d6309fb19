import { readdirSync, readFileSync } from 'node:fs'
import t from 'tap'
import * as z from 'zod'
import { describeShape } from '#deploy/describe-shape.ts'
import { documents, renew } from '#deploy/docs.ts'
import { actNames } from '#shared/protocol/acts.ts'
import { ops } from '#shared/protocol/ops.ts'

t.test('the tables of the documents are those of the code (npm run docs renews them)', async t => {
  for (const [path, tables] of Object.entries(documents)) {
    const text = readFileSync(new URL(`../${path}`, import.meta.url), 'utf8')
    t.equal(text, renew(text, tables), path)
  }
})

t.test('every op has a row', async t => {
  const text = readFileSync(new URL('../docs/PROTOCOL.md', import.meta.url), 'utf8')
  for (const [name, { op }] of Object.entries(ops))
    t.ok(text.includes(`| ${op} | \`${name}\` |`), name)
})

t.test('every service message, section and act of the log is explained', async t => {
  const folder = new URL('../shared/actions/', import.meta.url)
  const code = readdirSync(folder)
    .filter(name => !name.includes('.test.'))
    .map(name => readFileSync(new URL(name, folder), 'utf8'))
    .join('')
  const named = (pattern: RegExp) => [
    ...new Set([...code.matchAll(pattern)].map(found => found[1])),
  ]
  const services = named(/(?:addService\(|svc = )\{ t: '(\w+)'/g)
  t.ok(services.length > 10)
  const sections = named(/\.touch\('(\w+)'\)/g)
  t.ok(sections.length > 4)
  const text = readFileSync(new URL('../docs/PROTOCOL.md', import.meta.url), 'utf8')
  const rows = text.split('\n').filter(line => line.startsWith('| `'))
  const explained = new Set(
    rows.flatMap(row => [...(row.split(' | ')[0] ?? '').matchAll(/`(\w+)`/g)].map(([, it]) => it)),
  )
  // There are no pictures of chats yet.
  const acts = actNames.filter(name => name !== 'avatar')
  t.same(
    [...services, ...sections, ...acts].filter(name => !explained.has(name)),
    [],
  )
})

t.test('a document without the markers of a table is refused', async t => {
  t.throws(() => renew('text', { ops: () => '' }), { message: /generated:ops/ })
  t.throws(() => renew('<!-- generated:x -->\n<!-- /generated:x -->', {}), {
    message: /no table is named x/,
  })
})

t.test('shapes read as people write them', async t => {
  const named = z.object({ a: z.string() })
  const shape = z.object({
    id: z.int().min(1).max(5),
    text: z.string().max(10).optional(),
    list: z.array(named).max(3),
    pair: z.tuple([z.int(), z.boolean()]).nullable(),
    kind: z.enum(['x', 'y']),
    yes: z.literal(true),
  })
  t.equal(
    describeShape(shape, new Map([[named, 'Named']])),
    '{id: int≤5, text?: string≤10, list: [Named]≤3, pair: [int, boolean] or null, kind: x or y, yes: true}',
  )
  t.throws(() => describeShape(z.date()), { message: /no words for a zod date/ })
})
