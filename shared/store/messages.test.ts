// The batch write of the send path and history pages, on a real PostgreSQL.

import t from 'tap'
import { nextRid, openWorld } from '#test/helpers/world.ts'

import { type NewMessage, readHistory, type SendRow, sendMessages, sendStatus } from './messages.ts'

const world = await openWorld(t)

const message = (more: Partial<NewMessage>): NewMessage => ({
  chat: 0,
  sender: 0,
  rid: nextRid(),
  text: 'Hello',
  ents: undefined,
  reply: undefined,
  silent: false,
  ...more,
})

/** Rows in the order of the batch, without what differs from run to run. */
function summary(rows: SendRow[]): unknown[] {
  return [...rows]
    .sort((a, b) => a.ord - b.ord)
    .map(({ status, seq, rev }) => (seq === null ? [status] : [status, seq, rev]))
}

const outboxRows = () =>
  world.db.query<{ id: number; chats: number[]; revs: number[] }>({
    text: 'select id, chats, revs from outbox order by id',
  })

t.test('numbers run on without a gap, per chat, in the order of the batch', async t => {
  const [alice = 0, bob = 0, carol = 0] = await world.people(3)
  const one = await world.direct(alice, bob)
  const other = await world.direct(alice, carol)
  const rows = await sendMessages(
    world.db,
    [one, other, one, one, other].map(chat => message({ chat, sender: alice })),
  )
  t.same(summary(rows), [
    [0, 1, 3],
    [0, 1, 3],
    [0, 2, 4],
    [0, 3, 5],
    [0, 2, 4],
  ])
  t.equal(new Set(rows.map(row => row.at)).size, 1, 'one time stamps the batch')
  t.match(await world.head(one), { seq: 3, rev: 5 })
  t.match(await world.head(other), { seq: 2, rev: 4 })
})

t.test('many connections at once: no gap, no double, and time never runs against seq', async t => {
  const people = await world.people(4)
  const chats = await Promise.all([1, 2, 3].map(() => world.group(people[0] ?? 0, people.slice(1))))
  const before = await Promise.all(chats.map(world.head))
  const lanes = Array.from({ length: 6 }, () => world.db.lane())
  const acks: { chat: number; seq: number; rev: number; at: number }[] = []
  await Promise.all(
    lanes.map(async (lane, l) => {
      for (let round = 0; round < 12; round++) {
        // Each batch walks the chats in an order of its own: locks taken in that order would deadlock.
        const batch = Array.from({ length: 15 }, (_, i) =>
          message({
            chat: chats[(i * (l + 1) + round) % chats.length] as number,
            sender: people[(i + l) % people.length] as number,
          }),
        )
        for (const row of await sendMessages(lane, batch)) {
          const { chat } = batch[row.ord - 1] as NewMessage
          t.equal(row.status, sendStatus.written)
          acks.push({ chat, seq: row.seq ?? 0, rev: row.rev ?? 0, at: row.at ?? 0 })
        }
      }
    }),
  )
  t.equal(acks.length, 6 * 12 * 15)
  for (const [i, chat] of chats.entries()) {
    const here = acks.filter(ack => ack.chat === chat).sort((a, b) => a.seq - b.seq)
    const n = here.length
    const { rev = 0, seq = 0 } = before[i] ?? {}
    t.same(
      here.map(ack => ack.seq),
      Array.from({ length: n }, (_, k) => seq + k + 1),
    )
    t.same(
      here.map(ack => ack.rev),
      Array.from({ length: n }, (_, k) => rev + k + 1),
    )
    t.ok(here.every((ack, k) => k === 0 || ack.at >= (here[k - 1]?.at ?? 0)))
    t.match(await world.head(chat), { seq: seq + n, rev: rev + n })
    const stored = await world.db.query<{ n: number }>({
      text: 'select count(*)::int as n from messages where chat_id = $1 and seq between $2 and $3',
      values: [chat, seq + 1, seq + n],
    })
    t.equal(stored[0]?.n, n)
  }
})

t.test('a bad row gets its status and its neighbours are written', async t => {
  const [alice = 0, bob = 0, carol = 0] = await world.people(3)
  const group = await world.group(alice, [bob])
  const channel = await world.channel(alice)
  await world.place(channel, bob, 'member')
  const from = (chat: number, sender: number, more = {}) => message({ chat, sender, ...more })
  const rest = async (role: string, rights = 0) => {
    await world.place(group, carol, role, rights)
    const rows = await sendMessages(world.db, [
      from(group, bob),
      from(group, carol),
      from(group, bob),
    ])
    const [, middle] = summary(rows) as number[][]
    t.same(
      summary(rows)
        .map(row => (row as number[])[0])
        .filter((_, i) => i !== 1),
      [0, 0],
    )
    return middle?.[0]
  }
  t.equal(await rest('left'), sendStatus.notFound)
  t.equal(await rest('banned', 1023), sendStatus.notFound)
  t.equal(await rest('restricted'), sendStatus.forbidden)
  t.equal(await rest('restricted', 1022), sendStatus.forbidden, 'every right but post')
  t.equal(await rest('restricted', 1), sendStatus.written)
  t.equal(await rest('member'), sendStatus.written)
  const { seq, rev } = await world.head(group)
  const rows = await sendMessages(world.db, [
    from(999_999, alice),
    from(group, alice),
    from(channel, bob),
    from(channel, alice),
    from(group, alice, { reply: seq + 1 }),
    from(group, alice, { reply: seq }),
    from(group, alice, { reply: 0 }),
    from(group, alice, { reply: Number.MAX_SAFE_INTEGER }),
    from(group, 999_999),
    from(group, alice),
  ])
  t.same(summary(rows), [
    [2],
    [0, seq + 1, rev + 1],
    [3],
    [0, 1, 2],
    [4],
    [0, seq + 2, rev + 2],
    [4],
    [4],
    [2],
    [0, seq + 3, rev + 3],
  ])
  await world.db.query({
    text: 'update chats set deleted_at = now() where id = $1',
    values: [group],
  })
  t.same(summary(await sendMessages(world.db, [from(group, alice)])), [[2]], 'a deleted chat')
})

t.test('the same rid again gets the same answer and writes nothing', async t => {
  const [alice = 0, bob = 0] = await world.people(2)
  const chat = await world.direct(alice, bob)
  const first = message({ chat, sender: alice })
  const [written] = await sendMessages(world.db, [first])
  const outbox = await outboxRows()
  const [again] = await sendMessages(world.db, [{ ...first, text: 'changed', reply: 99 }])
  t.match(again, {
    status: 1,
    seq: written?.seq,
    rev: written?.rev,
    at: written?.at,
    outbox_id: null,
  })
  t.same(await outboxRows(), outbox, 'no second announcement')
  const others = [
    message({ chat, sender: bob, rid: first.rid }),
    first,
    message({ chat, sender: alice }),
  ]
  t.same(
    summary(await sendMessages(world.db, others)),
    [
      [0, 2, 4],
      [1, 1, 3],
      [0, 3, 5],
    ],
    'a rid belongs to its sender; a duplicate among new ones leaves no gap',
  )
  await world.place(chat, alice, 'restricted')
  t.same(
    summary(await sendMessages(world.db, [first])),
    [[1, 1, 3]],
    'also without the right to post',
  )
  await world.place(chat, alice, 'left')
  t.same(
    summary(await sendMessages(world.db, [first])),
    [[1, 1, 3]],
    'also for somebody who was removed before the answer arrived',
  )
  const other = { ...first, rid: first.rid + 1_000 }
  t.same(summary(await sendMessages(world.db, [other])), [[2]], 'but nothing new')
})

t.test('two connections with the same rids at the same moment: one row, one answer', async t => {
  const people = await world.people(2)
  const [alice = 0] = people
  const chat = await world.direct(alice, people[1] ?? 0)
  const lanes = Array.from({ length: 5 }, () => world.db.lane())
  for (let round = 0; round < 10; round++) {
    const batch = Array.from({ length: 8 }, () => message({ chat, sender: alice }))
    const answers = await Promise.all(lanes.map(lane => sendMessages(lane, batch)))
    const places = answers.map(rows =>
      rows.sort((a, b) => a.ord - b.ord).map(row => [row.seq, row.rev, row.at]),
    )
    for (const place of places) t.same(place, places[0])
    const statuses = answers.map(rows => rows[0]?.status).sort()
    t.same(statuses, [0, 1, 1, 1, 1])
  }
  t.match(await world.head(chat), { seq: 80, rev: 82 })
})

t.test('a batch leaves one outbox row with its heads', async t => {
  const [alice = 0, bob = 0, carol = 0] = await world.people(3)
  const one = await world.direct(alice, bob)
  const other = await world.direct(alice, carol)
  await world.db.query({ text: 'delete from outbox' })
  const batch = [one, other, one].map(chat => message({ chat, sender: alice }))
  const rows = await sendMessages(world.db, batch)
  const [noted, ...more] = await outboxRows()
  t.same(more, [])
  const heads = Object.fromEntries((noted?.chats ?? []).map((chat, i) => [chat, noted?.revs[i]]))
  t.same(heads, { [one]: 4, [other]: 3 })
  t.ok(rows.every(row => row.outbox_id === noted?.id))
  const refused = await sendMessages(world.db, [message({ chat: one, sender: carol })])
  t.equal(refused[0]?.outbox_id, null)
  t.equal((await outboxRows()).length, 1, 'nothing written, nothing noted')
  await sendMessages(world.db, [message({ chat: one, sender: alice })])
  t.equal((await outboxRows()).length, 2, 'rows stay until the bus has their events')
})

t.test(
  'a rid is the sender’s own in each chat: used again elsewhere it is another message',
  async t => {
    const [alice = 0, bob = 0, carol = 0] = await world.people(3)
    const chats = [await world.direct(alice, bob), await world.direct(alice, carol)]
    const rid = 77
    const all = () => chats.map(chat => message({ chat, sender: alice, rid }))
    t.same(
      (await sendMessages(world.db, all())).map(row => row.status),
      [0, 0],
    )
    t.same(
      (await sendMessages(world.db, all())).map(row => [row.status, row.seq]),
      [
        [1, 1],
        [1, 1],
      ],
    )
    const [other] = await sendMessages(world.db, [
      message({ chat: chats[0] ?? 0, sender: bob, rid }),
    ])
    t.equal(other?.status, 0, 'and another sender’s is another one')
  },
)

t.test('text and formatting come back as they were', async t => {
  const [alice = 0, bob = 0] = await world.people(2)
  const chat = await world.direct(alice, bob)
  const every = String.fromCodePoint(...Array.from({ length: 0xd7ff }, (_, i) => i + 1))
  const high = String.fromCodePoint(...Array.from({ length: 2_000 }, (_, i) => 0xe000 + i * 500))
  const texts = [
    every.slice(0, 8_192),
    every.slice(0xd000),
    high,
    `'"\\;--{},NULL\u200b\r\n\t`,
    '{"a":1}',
    '\\N',
    '\u0001\u007f\u0085\u2028\ufeff\uffff',
    '🐦👨‍👩‍👧e\u0301\u202e',
    ' spaces at the ends ',
  ]
  const ents = [
    { t: 'link', o: 0, l: 1, url: `https://example.org/"'\\,{}` },
    { t: 'pre', o: 0, l: 1, lang: 'c++' },
    { t: 'userMention', o: 0, l: 1, user: Number.MAX_SAFE_INTEGER },
  ] as const
  const batch = texts.map((text, i) =>
    message({ chat, sender: alice, text, ents: i % 2 ? [...ents] : undefined, silent: i === 3 }),
  )
  await sendMessages(world.db, batch)
  const back = await readHistory(world.db, chat, {}, 100)
  t.same(
    back.map(row => row.text),
    texts,
  )
  back.forEach((row, i) => {
    t.same(row.ents, i % 2 ? ents : undefined)
    t.equal(row.silent, i === 3 ? true : undefined)
  })
})

t.test('history: newest, before, after and around, at every edge', async t => {
  const [alice = 0, bob = 0] = await world.people(2)
  const chat = await world.direct(alice, bob)
  t.same(await readHistory(world.db, chat, {}, 10), [], 'an empty chat')
  const neighbour = await world.group(alice)
  await world.send(...Array.from({ length: 10 }, () => ({ chat, sender: alice })))
  await world.send(...Array.from({ length: 10 }, () => ({ chat: neighbour, sender: alice })))
  const page = async (range: Parameters<typeof readHistory>[2], limit: number) =>
    (await readHistory(world.db, chat, range, limit)).map(row => row.seq)
  t.same(await page({}, 3), [8, 9, 10])
  t.same(await page({}, 100), [1, 2, 3, 4, 5, 6, 7, 8, 9, 10])
  t.same(await page({ before: 1 }, 3), [])
  t.same(await page({ before: 2 }, 3), [1])
  t.same(await page({ before: 6 }, 3), [3, 4, 5])
  t.same(await page({ before: 99 }, 2), [9, 10])
  t.same(await page({ after: 0 }, 3), [1, 2, 3])
  t.same(await page({ after: 8 }, 3), [9, 10])
  t.same(await page({ after: 10 }, 3), [])
  t.same(await page({ around: 5 }, 4), [3, 4, 5, 6])
  t.same(await page({ around: 5 }, 5), [3, 4, 5, 6, 7])
  t.same(await page({ around: 5 }, 1), [5])
  t.same(await page({ around: 1 }, 4), [1, 2])
  t.same(await page({ around: 10 }, 4), [8, 9, 10])
  t.same(await page({ around: 99 }, 4), [9, 10])
})
