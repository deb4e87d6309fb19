// Sending what was scheduled: exactly once, whatever dies or runs at the same moment, and as any other message.

import { setImmediate as turn } from 'node:timers/promises'
import t from 'tap'
import { decode } from '#shared/protocol/codec.ts'
import { chatEvents, userEvents } from '#shared/protocol/events.ts'
import { limits } from '#shared/protocol/limits.ts'
import type { Db, Queryable } from '#shared/store/db.ts'
import { nextRid, openWorld, refusal, type World } from '#test/helpers/world.ts'
import { openSaved } from './create-chat.ts'
import { cancelScheduled, changeScheduled, listScheduled, schedule } from './scheduled.ts'
import { sendDue, sendScheduled } from './send-scheduled.ts'

const hourMs = 3_600_000

/** A world with a clock of its own. */
async function opened(t: Parameters<typeof openWorld>[0]) {
  const world = await openWorld(t)
  let offsetMs = 0
  const clock = { now: () => Date.now() + offsetMs, monotonic: () => performance.now() + offsetMs }
  const deps = { ...world, clock }
  return {
    ...deps,
    advance(ms: number) {
      offsetMs += ms
    },
    /** Due in an hour. */
    make: (user: number, chat: number, more: object = {}) =>
      schedule(deps, user, 'premium', {
        chat,
        rid: nextRid(),
        text: 'Later',
        at: clock.now() + hourMs,
        ...more,
      }),
    list: async (user: number) => (await listScheduled(deps, user, {})).messages,
    texts: (chat: number) => textsOf(world, chat),
    /** Many rows at once, due now; texts are their numbers from 1. */
    fill: (user: number, chat: number, count: number) =>
      world.db.query({
        text: `insert into scheduled_messages (user_id, chat_id, rid, text, at, due_at)
               select $1, $2, 5000000000 + n, n, t.at, t.at
               from generate_series(1, $3::int) n, to_timestamp($4::float8 / 1000) as t (at)`,
        values: [user, chat, count, clock.now() - 1],
      }),
  }
}

const frameOf = (event: unknown) => (event as { frame: Uint8Array }).frame

async function textsOf(world: World, chat: number): Promise<string[]> {
  const rows = await world.db.query<{ text: string }>({
    text: 'select text from messages where chat_id = $1 and kind = 0 order by seq',
    values: [chat],
  })
  return rows.map(row => row.text)
}

const world = await opened(t)

t.test(
  'a message is sent at its time and not before, with everything it was written with',
  async t => {
    const [alice = 0, bob = 0] = await world.people(2)
    const chat = await world.group(alice, [bob])
    const { seq } = await world.sent({ chat, sender: bob, text: 'A storm comes' })
    const ents = [{ t: 'userMention' as const, o: 0, l: 3, user: bob }]
    const rid = nextRid()
    const quote = { text: 'storm', o: 2 }
    await world.make(alice, chat, { rid, text: 'Bob, look', ents, reply: seq, quote, silent: true })
    world.advance(hourMs - 1_000)
    t.same((await sendDue(world)).sent, [])
    world.advance(2_000)
    const urev = await world.urev(alice)
    const from = world.published.length
    const { sent, failed, isMore } = await sendDue(world)
    t.match({ count: sent.length, failed, isMore }, { count: 1, failed: 0, isMore: false })
    const [messages, sections, reads] = world.published.slice(from).map(batch => batch.events)
    const [event] = messages ?? []
    t.match(event, { type: 'chat', chat, members: 2, called: [bob] })
    const { frame } = decode(frameOf(event))
    const expected = { from: alice, rid, text: 'Bob, look', ents, reply: seq, quote, silent: true }
    t.match(frame, [2, chatEvents.message.kind, chat, Number, expected])
    const section = decode(frameOf(sections?.[0])).frame
    t.same(section, [3, userEvents.section.kind, urev + 1, { section: 'scheduled' }])
    t.notOk(reads?.length, 'what others wrote before is still unread')
    t.same(await world.list(alice), [])
    t.same((await sendDue(world)).sent, [], 'and never again')
    t.same(await world.texts(chat), ['A storm comes', 'Bob, look'])
  },
)

t.test(
  'own messages are read, where everything before them was; a note to oneself is a reminder',
  async t => {
    const [alice = 0, bob = 0] = await world.people(2)
    const chat = await world.group(alice, [bob])
    const unread = async (id: number, user: number) => {
      const [row] = await world.db.query<{ n: number }>({
        text: `select c.last_seq - m.read_seq as n from members m join chats c on c.id = m.chat_id
             where m.chat_id = $1 and m.user_id = $2`,
        values: [id, user],
      })
      return row?.n
    }
    t.equal(await unread(chat, alice), 0)
    const others = (await unread(chat, bob)) ?? 0
    await world.fill(alice, chat, 3)
    await sendDue(world)
    t.equal(await unread(chat, alice), 0)
    t.equal(await unread(chat, bob), others + 3)
    await world.sent({ chat, sender: bob })
    await world.fill(alice, chat, 4)
    await sendDue(world)
    t.equal(
      await unread(chat, alice),
      2,
      'rids 1 to 3 were sent before, the fourth follows what Bob wrote',
    )
    const saved = await openSaved(world, alice)
    await world.fill(alice, saved, 1)
    await sendDue(world)
    t.equal(await unread(saved, alice), 1)
  },
)

t.test(
  'who lost the right meanwhile finds the message refused, with the code, and may set it right',
  async t => {
    const [alice = 0, bob = 0] = await world.people(2)
    const chat = await world.group(alice, [bob])
    const other = await world.group(alice, [bob])
    const { id } = await world.make(bob, chat)
    await world.make(bob, other)
    await world.place(chat, bob, 'restricted', 0)
    await world.place(other, bob, 'left')
    world.advance(hourMs + 1)
    const urev = await world.urev(bob)
    t.match(await sendDue(world), { sent: [], failed: 2 })
    t.equal(await world.urev(bob), urev + 1, 'the devices are told once')
    t.match(await world.list(bob), [
      { chat, failed: 'forbidden' },
      { chat: other, failed: 'not_found' },
    ])
    t.match(await sendDue(world), { sent: [], failed: 0 }, 'it is not tried again')
    await world.place(chat, bob, 'member')
    await changeScheduled(world, bob, 'free', { id, text: 'Better' })
    t.match(
      await world.list(bob),
      [{ id, text: 'Better', failed: 'forbidden' }, {}],
      'a text alone changes no time',
    )
    const at = world.clock.now() + hourMs
    await changeScheduled(world, bob, 'free', { id, at })
    t.notOk((await world.list(bob))[0]?.failed)
    world.advance(hourMs + 1)
    await sendDue(world)
    t.same(await world.texts(chat), ['Better'])
  },
)

t.test('slow mode: each waits for its turn, none is lost', async t => {
  const [alice = 0, bob = 0] = await world.people(2)
  const chat = await world.group(alice, [bob])
  const slowMode = (s: number) =>
    world.db.query({ text: 'update chats set slow_mode_s = $2 where id = $1', values: [chat, s] })
  const turnComes = () =>
    world.db.query({
      text: 'update members set next_post_at = clock_timestamp() where chat_id = $1 and user_id = $2',
      values: [chat, bob],
    })
  await slowMode(60)
  await world.fill(bob, chat, 3)
  const sent: number[] = []
  for (let i = 0; i < 4; i++) {
    sent.push((await sendDue(world)).sent.length)
    t.equal(
      (await world.list(bob)).some(({ failed }) => failed),
      false,
    )
    await turnComes()
    world.advance(61_000)
  }
  t.same(sent, [1, 1, 1, 0])
  t.same(await world.texts(chat), ['1', '2', '3'])
})

t.test(
  'those whose chat or author is gone go too; those of a closed account are refused',
  async t => {
    const [alice = 0, bob = 0, carol = 0] = await world.people(3)
    const chat = await world.group(alice, [bob, carol])
    const gone = await world.group(alice)
    await world.make(alice, gone)
    await world.make(bob, chat)
    await world.make(carol, chat)
    const set = (text: string, id: number) => world.db.query({ text, values: [id] })
    await set('update chats set deleted_at = now() where id = $1', gone)
    await set('update users set deleted_at = now() where id = $1', bob)
    await set('update users set banned_at = now() where id = $1', carol)
    t.same(await world.list(alice), [], 'not shown any more')
    world.advance(hourMs + 1)
    t.match(await sendDue(world), { sent: [], failed: 1 })
    const left = await world.db.query<{ user_id: number; failed: string }>({
      text: 'select user_id, failed from scheduled_messages where user_id = any ($1)',
      values: [[alice, bob, carol]],
    })
    t.same(left, [{ user_id: carol, failed: 'forbidden' }])
    t.same(await world.texts(chat), [])
  },
)

t.test('a crash before the commit sends nothing, and the next round sends it', async t => {
  const [alice = 0] = await world.people(1)
  const chat = await world.group(alice)
  await world.fill(alice, chat, 3)
  const crashing = (statement: string): Db => ({
    ...world.db,
    tx: work =>
      world.db.tx(tx => {
        const failing: Queryable = {
          async query(asked) {
            if (asked.name === statement) throw new Error('crash')
            return tx.query(asked)
          },
        }
        return work(failing)
      }),
  })
  for (const statement of ['send-messages', 'scheduled-remove', 'sections-touch', 'outbox-note']) {
    await t.rejects(sendDue({ ...world, db: crashing(statement) }), /crash/, statement)
    t.same(await world.texts(chat), [])
    t.equal((await world.list(alice)).length, 3)
  }
  await sendDue(world)
  t.same(await world.texts(chat), ['1', '2', '3'])
})

t.test('a row that outlived its message does not send it twice', async t => {
  const [alice = 0] = await world.people(1)
  const chat = await world.group(alice)
  await world.fill(alice, chat, 2)
  await sendDue(world)
  await world.fill(alice, chat, 2)
  const { sent } = await sendDue(world)
  t.equal(sent.length, 2, 'answered with the first result')
  t.same(await world.list(alice), [])
  t.same(await world.texts(chat), ['1', '2'])
})

t.test('a thousand due at once and four jobs at it: each once, in order', async t => {
  const [alice = 0, bob = 0] = await world.people(2)
  const chat = await world.group(alice, [bob])
  const count = 1_000
  await world.fill(alice, chat, count)
  let done = 0
  let largest = 0
  const job = async () => {
    while (done < count) {
      const { sent } = await sendDue(world)
      done += sent.length
      largest = Math.max(largest, sent.length)
      await turn()
    }
  }
  await Promise.all([job(), job(), job(), job()])
  t.equal(done, count)
  t.same(
    await world.texts(chat),
    Array.from({ length: count }, (_, i) => String(i + 1)),
  )
  t.ok(count > limits.scheduledPerBatchMax)
  t.equal(largest, limits.scheduledPerBatchMax)
})

t.test('a message that PostgreSQL refuses does not hold up the others', async t => {
  const [alice = 0] = await world.people(1)
  const chat = await world.group(alice)
  await world.db.query({
    text: `create function refuse_poison() returns trigger language plpgsql as
           $$ begin raise exception 'no'; end $$`,
  })
  await world.db.query({
    text: `create trigger poison before insert on messages for each row when (new.text = '2') execute function refuse_poison()`,
  })
  await world.fill(alice, chat, 3)
  const { sent, failed } = await sendDue(world)
  await world.db.query({ text: 'drop trigger poison on messages' })
  t.equal(sent.length, 2)
  t.equal(failed, 1)
  t.same(await world.texts(chat), ['1', '3'])
  t.match(await world.list(alice), [{ text: '2', failed: 'internal' }])
})

t.test('cancelled while a job runs: either taken back or sent, never both', async t => {
  const [alice = 0] = await world.people(1)
  const chat = await world.group(alice)
  const outcomes = new Set<string>()
  const expected: string[] = []
  for (let i = 0; i < 60; i++) {
    const { id } = await world.make(alice, chat, { text: `race ${i}` })
    world.advance(hourMs + 1)
    const [taken] = await Promise.all([
      i % 2
        ? refusal(cancelScheduled(world, alice, id))
        : turn().then(() => refusal(cancelScheduled(world, alice, id))),
      sendDue(world),
    ])
    // One that was being taken back was left for the next round.
    await sendDue(world)
    if (taken === 'not_found') expected.push(`race ${i}`)
    outcomes.add(taken)
    t.same(await world.list(alice), [])
  }
  t.same(await world.texts(chat), expected)
  t.ok(outcomes.size > 0)
})

t.test('a row that its author holds is left for later and does not hold up others', async t => {
  const [alice = 0, bob = 0] = await world.people(2)
  const chat = await world.group(alice, [bob])
  await world.make(alice, chat, { text: 'held' })
  await world.make(bob, chat, { text: 'free' })
  world.advance(hourMs + 1)
  const held = (await world.list(alice))[0]?.id
  await world.db.tx(async tx => {
    await tx.query({
      text: 'select 1 from scheduled_messages where id = $1 for update',
      values: [held],
    })
    await sendDue(world)
    t.same(await world.texts(chat), ['free'])
  })
  await sendDue(world)
  t.same(await world.texts(chat), ['free', 'held'])
})

t.test(
  'sent now: answered like any send, gone from the list; what refuses it leaves it',
  async t => {
    const [alice = 0, bob = 0] = await world.people(2)
    const chat = await world.group(alice, [bob])
    const { id } = await world.make(bob, chat)
    t.equal(await refusal(sendScheduled(world, alice, id)), 'not_found', "another's")
    await world.place(chat, bob, 'restricted', 0)
    t.equal(await refusal(sendScheduled(world, bob, id)), 'forbidden')
    t.equal((await world.list(bob)).length, 1)
    await world.place(chat, bob, 'member')
    const all = await Promise.allSettled(
      Array.from({ length: 4 }, () => sendScheduled(world, bob, id)),
    )
    const done = all.filter(each => each.status === 'fulfilled')
    t.equal(done.length, 1)
    const head = await world.head(chat)
    t.match(done[0]?.value.sent, { seq: head.seq, rev: head.rev, at: Number })
    t.equal(await refusal(sendScheduled(world, bob, id)), 'not_found')
    t.same(await world.texts(chat), ['Later'])
  },
)
