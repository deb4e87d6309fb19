// Scheduling: who may, how many, how far ahead; what changes and cancels do; nobody else's are ever seen.

import t from 'tap'
import { limits, plans } from '#shared/protocol/limits.ts'
import { right } from '#shared/protocol/permissions.ts'
import { nextRid, openWorld, refusal } from '#test/helpers/world.ts'
import { cancelScheduled, changeScheduled, listScheduled, schedule } from './scheduled.ts'

const world = await openWorld(t)
const inAnHour = () => Date.now() + 3_600_000
const make = (user: number, chat: number, more: object = {}) =>
  schedule(world, user, 'free', { chat, rid: nextRid(), text: 'Later', at: inAnHour(), ...more })
const list = async (user: number, more: object = {}) =>
  (await listScheduled(world, user, more)).messages
const rightsOf = (chat: number, rights: number) =>
  world.db.query({
    text: 'update chats set default_rights = $2 where id = $1',
    values: [chat, rights],
  })

t.test('what was scheduled is listed as it was written, for its author alone', async t => {
  const [alice = 0, bob = 0] = await world.people(2)
  const chat = await world.group(alice, [bob])
  const { seq } = await world.sent({ chat, sender: bob, text: 'A storm comes' })
  const at = inAnHour()
  const rid = nextRid()
  const written = {
    chat,
    rid,
    text: 'See https://example.org/',
    ents: [{ t: 'url' as const, o: 4, l: 20 }],
    reply: seq,
    quote: { text: 'storm', o: 2 },
    silent: true as const,
    noPreview: true as const,
    at,
  }
  const { id } = await schedule(world, alice, 'free', written)
  t.same(await list(alice), [{ id, ...written }])
  t.same(await list(alice, { chat }), [{ id, ...written }])
  t.same(await list(bob), [])
  t.equal((await world.head(chat)).seq, seq, 'nothing was sent')
})

t.test(
  'each change tells the own devices, in one step of their own state, and nobody else',
  async t => {
    const [alice = 0, bob = 0] = await world.people(2)
    const chat = await world.group(alice, [bob])
    const before = await world.urev(alice)
    let id = 0
    const steps = [
      async () => {
        id = (await make(alice, chat)).id
      },
      () => changeScheduled(world, alice, 'free', { id, text: 'Much later' }),
      () => cancelScheduled(world, alice, id),
    ]
    for (const [i, step] of steps.entries()) {
      t.same(await world.announced(step), { chats: {}, users: { [alice]: [before + i + 1] } })
    }
    t.same(await list(alice), [])
  },
)

t.test('the same rid again is the same message, also from many devices at once', async t => {
  const [alice = 0] = await world.people(1)
  const chat = await world.group(alice)
  const rid = nextRid()
  const ids = await Promise.all(Array.from({ length: 8 }, () => make(alice, chat, { rid })))
  t.equal(new Set(ids.map(({ id }) => id)).size, 1)
  t.equal((await list(alice)).length, 1)
  await world.sent({ chat, sender: alice, rid: rid + 1_000_000 })
  t.equal(await refusal(make(alice, chat, { rid: rid + 1_000_000 })), 'conflict', 'sent before')
})

t.test('only for a time to come, at most a year ahead', async t => {
  const [alice = 0] = await world.people(1)
  const chat = await world.group(alice)
  const nowMs = 1_800_000_000_000
  const deps = { ...world, clock: { now: () => nowMs, monotonic: () => 0 } }
  const at = (ms: number) =>
    refusal(schedule(deps, alice, 'free', { chat, rid: nextRid(), text: 'Later', at: nowMs + ms }))
  t.equal(await at(0), 'bad_request')
  t.equal(await at(1), 'none')
  t.equal(await at(limits.scheduledAheadMs), 'none')
  t.equal(await at(limits.scheduledAheadMs + 1), 'bad_request')
})

t.test('only where one may write it now', async t => {
  const [alice = 0, bob = 0, carol = 0] = await world.people(3)
  const chat = await world.group(alice, [bob])
  t.equal(await refusal(make(carol, chat)), 'not_found', 'a stranger')
  t.equal(await refusal(make(bob, 999_999)), 'not_found', 'no such chat')
  for (const role of ['banned', 'left']) {
    await world.place(chat, bob, role)
    t.equal(await refusal(make(bob, chat)), 'not_found', role)
  }
  await world.place(chat, bob, 'restricted', right.links)
  t.equal(await refusal(make(bob, chat)), 'forbidden', 'restricted')
  await world.place(chat, bob, 'member')
  t.equal(await refusal(make(bob, chat)), 'none')
  await rightsOf(chat, right.post)
  t.equal(await refusal(make(bob, chat, { text: 'https://example.org' })), 'forbidden', 'a link')
  t.equal(await refusal(make(bob, chat, { reply: 5 })), 'bad_reply')
  t.equal(await refusal(make(bob, chat, { quote: { text: 'storm', o: 0 } })), 'bad_reply')
  t.equal(await refusal(make(bob, chat, { text: ' ' })), 'text_empty')
  const long = 'x'.repeat(plans.free.messageCharsMax + 1)
  t.equal(await refusal(make(bob, chat, { text: long })), 'text_too_long')
  const channel = await world.channel(alice, [bob])
  t.equal(await refusal(make(bob, channel)), 'forbidden', 'a subscriber')
  t.equal(await refusal(make(alice, channel)), 'none')
})

t.test(
  'as many as the plan allows, in one chat and in all; those sent and cancelled do not count',
  async t => {
    const [alice = 0] = await world.people(1)
    const [first = 0, second = 0, third = 0] = [
      await world.group(alice),
      await world.group(alice),
      await world.group(alice),
    ]
    const { scheduledPerChatMax: perChat, scheduledMessagesMax: all } = plans.free
    const fill = (chat: number, count: number) =>
      world.db.query({
        text: `insert into scheduled_messages (user_id, chat_id, rid, text, at, due_at)
             select $1, $2, 5000000000 + n, 'Later', now() + interval '1 hour', now() + interval '1 hour'
             from generate_series(1, $3::int) n`,
        values: [alice, chat, count],
      })
    await fill(first, perChat - 1)
    const { id } = await make(alice, first)
    t.equal(await refusal(make(alice, first)), 'quota_reached')
    await cancelScheduled(world, alice, id)
    t.equal(await refusal(make(alice, first)), 'none')
    await fill(second, perChat - 1)
    await fill(third, all - 2 * perChat)
    t.equal(await refusal(make(alice, third)), 'none')
    t.equal(await refusal(make(alice, third)), 'quota_reached')
    const more = { chat: third, rid: nextRid(), text: 'Later', at: inAnHour() }
    t.equal(await refusal(schedule(world, alice, 'premium', more)), 'none', 'a larger plan')
    await world.db.query({
      text: 'update chats set deleted_at = now() where id = $1',
      values: [first],
    })
    t.equal(await refusal(make(alice, second)), 'none', 'those of a chat that is gone do not count')
  },
)

t.test('pages follow one another and leave nothing out', async t => {
  const [alice = 0] = await world.people(1)
  const [one, other] = [await world.group(alice), await world.group(alice)]
  const ids: number[] = []
  for (let i = 0; i < 5; i++) ids.push((await make(alice, i % 2 ? one : other)).id)
  const seen: number[] = []
  let after: number | undefined
  do {
    const page = await listScheduled(world, alice, { after, limit: 2 })
    t.ok(page.messages.length <= 2)
    seen.push(...page.messages.map(({ id }) => id))
    after = page.next
  } while (after !== undefined)
  t.same(seen, ids)
  t.same(
    (await list(alice, { chat: one })).map(({ id }) => id),
    [ids[1], ids[3]],
  )
})

t.test('a change replaces text and formatting, or the time, and asks for rights again', async t => {
  const [alice = 0, bob = 0] = await world.people(2)
  const chat = await world.group(alice, [bob])
  const { id } = await make(bob, chat, { text: 'bold', ents: [{ t: 'bold', o: 0, l: 4 }] })
  const at = inAnHour() + 5_000
  const change = (more: object) => refusal(changeScheduled(world, bob, 'free', { id, ...more }))
  t.equal(await change({ at }), 'none')
  t.match(await list(bob), [{ text: 'bold', ents: [{ t: 'bold' }], at }])
  t.equal(await change({ text: 'plain' }), 'none')
  const [changed] = await list(bob)
  t.match(changed, { text: 'plain', at })
  t.notOk(changed?.ents)
  t.equal(await change({}), 'bad_request')
  t.equal(await change({ ents: [], at }), 'bad_request')
  t.equal(await change({ text: '' }), 'text_empty')
  t.equal(await change({ at: Date.now() - 1 }), 'bad_request')
  await rightsOf(chat, 0)
  t.equal(await change({ text: 'again' }), 'forbidden')
  await world.place(chat, bob, 'left')
  t.equal(await change({ text: 'again' }), 'not_found')
  t.match(await list(bob), [{ text: 'plain' }], 'nothing of it was kept')
  t.equal(await refusal(cancelScheduled(world, bob, id)), 'none', 'one may always take it back')
})

t.test("others' and stale ids answer alike", async t => {
  const [alice = 0, bob = 0] = await world.people(2)
  const chat = await world.group(alice, [bob])
  const { id } = await make(alice, chat)
  for (const foreign of [id, id + 1_000]) {
    t.equal(await refusal(cancelScheduled(world, bob, foreign)), 'not_found')
    const change = changeScheduled(world, bob, 'free', { id: foreign, text: 'Mine' })
    t.equal(await refusal(change), 'not_found')
  }
  t.equal(await refusal(listScheduled(world, bob, { chat: 999_999 })), 'not_found')
  t.match(await list(alice), [{ id, text: 'Later' }])
})
