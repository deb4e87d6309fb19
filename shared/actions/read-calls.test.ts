// Whom a message calls by name.

import t from 'tap'
import type { Entity } from '#shared/protocol/entities.ts'
import { limits } from '#shared/protocol/limits.ts'
import { openWorld } from '#test/helpers/world.ts'
import { readCalls } from './read-calls.ts'

const world = await openWorld(t)
const [alice = 0, bob = 0, gone = 0] = await world.people(3)
await world.db.query({
  text: `update users set username = case id when $1 then 'Alice' when $2 then 'bob' else 'ghost' end,
           deleted_at = case id when $3 then now() end
         where id in ($1, $2, $3)`,
  values: [alice, bob, gone],
})

t.test('nobody is called by a text alone, and nothing is asked', async t => {
  const never = { db: { query: () => Promise.reject(new Error('asked')) } }
  t.same(readCalls(never, '@alice', undefined), [])
  t.same(readCalls(never, '@alice', [{ t: 'bold', o: 0, l: 6 }]), [])
  t.same(readCalls(never, 'Al', [{ t: 'userMention', o: 0, l: 2, user: 7 }]), [7])
})

t.test(
  'names in any case, links to people, each once; who is gone or unknown is left out',
  async t => {
    const text = '@alice Bob @BOB @ghost @nobody'
    const ents: Entity[] = [
      { t: 'mention', o: 0, l: 6 },
      { t: 'userMention', o: 7, l: 3, user: bob },
      { t: 'mention', o: 11, l: 4 },
      { t: 'mention', o: 16, l: 6 },
      { t: 'mention', o: 23, l: 7 },
    ]
    t.same(await readCalls(world, text, ents), [alice, bob])
  },
)

t.test('as many as the limit says, those called first', async t => {
  const count = limits.calledByMessageMax + 1
  const ents = Array.from(
    { length: count },
    (_, i): Entity => ({ t: 'userMention', o: i, l: 1, user: i + 1 }),
  )
  const called = await readCalls(world, 'x'.repeat(count), ents)
  t.same(
    called,
    Array.from({ length: count - 1 }, (_, i) => i + 1),
  )
})
