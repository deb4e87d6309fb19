// Choices of many at one message: in order, in few batches, bounded, and told seldom however many processes take them.

import t from 'tap'
import { AppError } from '#shared/protocol/codes.ts'
import { limits } from '#shared/protocol/limits.ts'
import { createLog } from '#shared/runtime/log.ts'
import { holdChoices } from '#shared/store/dirty-messages.ts'
import { until } from '#test/helpers/until.ts'
import { openWorld, refusal } from '#test/helpers/world.ts'
import { Choices } from './choices.ts'

const world = await openWorld(t)
const log = createLog({ name: 'test', level: 'silent' })
const ask = <Row>(text: string, ...values: unknown[]) => world.db.query<Row>({ text, values })

function start(t: { teardown(fn: () => unknown): void }): Choices {
  const choices = new Choices({ services: world, log })
  t.teardown(() => choices.stop())
  return choices
}

async function place(count: number) {
  const people = await world.people(count)
  const [owner = 0, ...others] = people
  const chat = await world.group(owner, others)
  return { people, spot: { chat, seq: (await world.sent({ chat, sender: owner })).seq } }
}

const readReacts = async ({ chat, seq }: { chat: number; seq: number }) => {
  const [row] = await ask<{ reacts: { e: string; n: number }[] | null }>(
    'select reacts from messages where chat_id = $1 and seq = $2',
    chat,
    seq,
  )
  return row?.reacts ?? []
}

t.test('choices of one person are stored in the order in which they came', async t => {
  const choices = start(t)
  const { people, spot } = await place(2)
  const [alice = 0, bob = 0] = people
  const wanted = [['👍'], ['🔥'], [], ['👏'], ['❤️']]
  const answers = await Promise.all([
    // So that those after it wait together.
    choices.choose(spot, { user: bob, emojis: ['👎'] }),
    ...wanted.map(emojis => choices.choose(spot, { user: alice, emojis })),
    choices.choose(spot, { user: bob, emojis: ['❤️'] }),
  ])
  t.same(
    answers.map(own => own.reacts ?? []),
    [['👎'], ...wanted, ['❤️']],
  )
  await until(async () => (await readReacts(spot))[0]?.n === 2)
  t.same(await readReacts(spot), [{ e: '❤️', n: 2 }])
  t.equal(choices.waiting, 0)
})

t.test(
  'a storm at one message through two processes: few batches, few events, exact sums',
  async t => {
    const both = [start(t), start(t)]
    const { people, spot } = await place(200)
    // Each change of the message's row, by the clock that the bound is kept by.
    await ask('create table told (at timestamptz, n int)')
    await ask(`create function note_told() returns trigger language plpgsql as $$
    begin insert into told values (clock_timestamp(), jsonb_array_length(new.reacts)); return new; end $$`)
    await ask(
      'create trigger told after update of reacts on messages for each row execute function note_told()',
    )
    const from = world.published.length
    const emojis = ['👍', '🔥', '👏', '❤️']
    await Promise.all(
      people.map((user, i) =>
        (both[i % 2] as Choices).choose(spot, { user, emojis: [emojis[i % 4] ?? ''] }),
      ),
    )
    t.ok(world.published.length - from < 100, 'far fewer commits than choices')
    await until(async () => (await readReacts(spot)).reduce((sum, { n }) => sum + n, 0) === 200)
    // Again while the sums of the storm are hardly told.
    await Promise.all(
      people.map((user, i) =>
        (both[(i + 1) % 2] as Choices).choose(spot, { user, emojis: [emojis[(i + 1) % 4] ?? ''] }),
      ),
    )
    await until(
      async () => (await ask('select from dirty_messages where due_at is not null')).length === 0,
    )
    const told = await ask<{ gap: number | null }>(
      `select extract(epoch from at - lag(at) over (order by at)) * 1000 as gap from told order by at`,
    )
    t.ok(told.length >= 2)
    t.same(
      told.filter(({ gap }) => gap !== null && Number(gap) < limits.choicesToldEveryMs),
      [],
      'never two within the bound',
    )
    const rows = await ask<{ e: string; n: number }>(
      `select emoji as e, count(*)::int as n from reactions where chat_id = $1 and seq = $2 group by emoji`,
      spot.chat,
      spot.seq,
    )
    const byEmoji = (list: { e: string; n: number }[]) => new Map(list.map(({ e, n }) => [e, n]))
    t.same(byEmoji(await readReacts(spot)), byEmoji(rows))
  },
)

t.test('the queue of a message is bounded: the limit and one above', async t => {
  const choices = start(t)
  const { people, spot } = await place(2)
  const [alice = 0] = people
  let sent: Promise<string>[] = []
  await world.db.tx(async tx => {
    // Nothing gets through while somebody else holds the message.
    await holdChoices(tx, spot)
    sent = Array.from({ length: limits.choicesWaitingMax }, () =>
      refusal(choices.choose(spot, { user: alice, emojis: [] })),
    )
    t.equal(choices.waiting, limits.choicesWaitingMax)
    t.equal(await refusal(choices.choose(spot, { user: alice, emojis: [] })), 'overloaded')
    const other = { ...spot, seq: 999 }
    t.equal(
      await refusal(choices.choose(other, { user: alice, emojis: [] })),
      'not_found',
      'only there',
    )
    // One person's choices go one by one: that many would take long.
    await world.place(spot.chat, alice, 'left')
  })
  t.same(new Set(await Promise.all(sent)), new Set(['none', 'not_found']))
  t.equal(choices.waiting, 0)
})

t.test('a failure is the answer of its batch only', async t => {
  const { people, spot } = await place(2)
  const [alice = 0] = people
  let isBroken = true
  const db: typeof world.db = {
    ...world.db,
    tx: work => (isBroken ? Promise.reject(new AppError('overloaded')) : world.db.tx(work)),
  }
  const choices = new Choices({ services: { ...world, db }, log })
  t.teardown(() => choices.stop())
  t.equal(await refusal(choices.choose(spot, { user: alice, emojis: ['👍'] })), 'overloaded')
  isBroken = false
  t.equal(await refusal(choices.choose(spot, { user: alice, emojis: ['👍'] })), 'none')
  await until(async () => (await readReacts(spot)).length === 1)
})

t.test('after the stop choices are still stored, and their sums are left to the job', async t => {
  const choices = start(t)
  const { people, spot } = await place(2)
  const [alice = 0] = people
  await choices.stop()
  t.equal(await refusal(choices.choose(spot, { user: alice, emojis: ['👍'] })), 'none')
  await choices.stop()
  t.same(await readReacts(spot), [])
  t.equal(
    (await ask('select from dirty_messages where due_at is not null and chat_id = $1', spot.chat))
      .length,
    1,
  )
})
