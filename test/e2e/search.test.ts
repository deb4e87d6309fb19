// Searching over the wire: what is said at one gateway is found at the other, for members and for nobody else, and a
// search that is too much is refused or cut off without harm to anything else.

import { randomInt } from 'node:crypto'
import pg from 'pg'
import t from 'tap'
import { limits } from '#shared/protocol/limits.ts'
import { type OpOut, ops } from '#shared/protocol/ops.ts'
import { joinWhere, RawClient } from '#test/helpers/raw-client.ts'
import { startStack } from '#test/helpers/stack.ts'
import { until } from '#test/helpers/until.ts'

/** Of one person at once: enough for those who look until something is found. */
const searchesMax = 100

const rid = () => randomInt(2 ** 47)

t.test('searching', async t => {
  const stack = await startStack(t, {
    gatewayProcesses: 2,
    env: { SEARCHES_PER_USER: `${searchesMax}/20` },
  })
  const people = await Promise.all(['Alice', 'Bob', 'Carol'].map(name => stack.newUser(name)))
  const [alice, bob, carol] = people
  if (!alice || !bob || !carol) return
  const a = await RawClient.join(t, stack.wsUrl, alice.accessToken)
  const b = await joinWhere(t, stack.wsUrl, bob.accessToken, node => node !== a.node)
  const c = await RawClient.join(t, stack.wsUrl, carol.accessToken)
  const group = async (users: number[]) =>
    (await a.call('createGroup', { rid: rid(), title: 'Birds', users })).chat.id
  const texts = async (client: RawClient, query: string, chat?: number) => {
    const found: string[] = []
    let next: OpOut<'search'>['next']
    do {
      // One that takes long is answered in parts.
      const page = await client.call('search', {
        query,
        ...(chat && { chat }),
        ...(next && { next }),
      })
      found.push(...page.hits.map(({ message }) => message.text))
      next = page.next
    } while (next)
    return found
  }
  /** Searches with a connection of somebody new, whose budget is full. */
  const fresh = async () => {
    const { accessToken, user } = await stack.newUser('Guest')
    return { client: await RawClient.join(t, stack.wsUrl, accessToken), id: user.id }
  }
  const chat = await group([bob.user.id])

  t.test(
    'what is said at one gateway is found at the other, edited and deleted as it is',
    async t => {
      const { seq } = await a.send(chat, 'Штормовые буревестники летят')
      await until(async () => (await texts(b, 'буревестник ')).length === 1)
      const { hits, users } = await b.call('search', { query: 'БУРЕВЕСТНИКА ', chat })
      t.match(hits, [{ chat, message: { seq, from: alice.user.id }, marks: [{ o: 10, l: 12 }] }])
      t.match(users, [{ id: alice.user.id }])
      t.strictSame(await texts(c, 'буревестники'), [])
      t.equal(await c.refusal(ops.search.op, { query: 'буревестники', chat }), 'not_found')
      await a.call('edit', { chat, seq, text: 'Чайки летят' })
      t.strictSame(await texts(b, 'буревестник'), [], 'at once')
      await until(async () => (await texts(b, 'чайка ')).length === 1)
      await a.call('delete', { chat, seqs: [seq] })
      t.strictSame(await texts(b, 'чайка '), [])
    },
  )

  t.test(
    'canaries of many chats: members find theirs, others none, also not by a position of theirs',
    async t => {
      const { client: guest, id } = await fresh()
      const rooms = await Promise.all([group([bob.user.id]), group([id]), group([bob.user.id, id])])
      await Promise.all(rooms.map((room, i) => a.send(room, `canary${i} among canaries`)))
      await until(async () => (await texts(guest, 'canaries')).length === 2)
      t.strictSame((await texts(guest, 'among')).sort(), [
        'canary1 among canaries',
        'canary2 among canaries',
      ])
      for (const query of ['canary0', 'anary0', '"canary0 among"', 'among -canary1 -canary2'])
        t.strictSame(await texts(guest, query), [], query)
      const { next } = await a.call('search', { query: 'among', limit: 1 })
      t.ok(next)
      const page = await guest.call('search', { query: 'canary0', ...(next && { next }) })
      t.strictSame(page.hits, [])
      const [, room] = rooms
      if (room === undefined) return
      await guest.call('leave', { chat: room })
      t.strictSame(await texts(guest, 'canary1'), [])
    },
  )

  t.test('a query at the limit is answered, a longer one is a bad request', async t => {
    const { client } = await fresh()
    const { op } = ops.search
    const longest = 'x '.repeat(limits.searchQueryCharsMax / 2)
    t.equal(await client.refusal(op, { query: longest }), null)
    t.equal(await client.refusal(op, { query: `${longest}x` }), 'bad_request')
    t.equal(await client.refusal(op, { query: '' }), 'bad_request')
    t.equal(await client.refusal(op, { query: 'x', limit: limits.pageHitsMax }), null)
    t.equal(await client.refusal(op, { query: 'x', limit: limits.pageHitsMax + 1 }), 'bad_request')
    t.equal(
      await client.refusal(op, { query: 'x', next: { place: -1, chat: 0, seq: 0 } }),
      'bad_request',
    )
  })

  t.test('who searches too often waits', async t => {
    const { client } = await fresh()
    // Several at once, or a slow machine never comes to as many in that time.
    const ask = () => client.refusal(ops.search.op, { query: '-' })
    const codes: (string | null)[] = []
    while (!codes.includes('rate_limited'))
      codes.push(...(await Promise.all(Array.from({ length: 10 }, ask))))
    const searches = codes.filter(code => code === null).length
    t.ok(searches >= searchesMax, `${searches} searches`)
    t.same([...new Set(codes)], [null, 'rate_limited'])
  })

  t.test(
    'a search that PostgreSQL does not answer in time is given up, and the next one works',
    async t => {
      const { client } = await fresh()
      const admin = new pg.Client({ connectionString: stack.databaseUrl })
      await admin.connect()
      t.teardown(() => admin.end())
      const mine = (await client.call('saved', {})).chat.id
      await client.send(mine, 'slow canary')
      await until(async () => (await texts(client, 'canary')).length === 1)
      await admin.query('begin')
      await admin.query('lock table message_search in access exclusive mode')
      t.equal(await client.refusal(ops.search.op, { query: 'canary' }), 'timeout')
      await admin.query('rollback')
      t.strictSame(await texts(client, 'canary'), ['slow canary'])
    },
  )
  t.strictSame(stack.trouble, [])
})
