// The list of scheduled messages: all pages of it, in the order of their times, and anew whenever it changed.

import t from 'tap'
import type { OpIn, OpName, OpOut } from '#shared/protocol/ops.ts'
import type { Rpc } from './rpc.ts'
import { ScheduledMessages } from './scheduled-messages.ts'
import { Sections } from './sections.ts'
import { FakeClock, settle } from './test/fake-clock.ts'

function opened() {
  const asked: [op: OpName, body: unknown][] = []
  const held: OpOut<'scheduled'>['messages'] = [30, 10, 20].map((at, i) => ({
    id: i + 1,
    chat: 7,
    rid: i + 1,
    at,
    text: `at ${at}`,
  }))
  const answers = {
    scheduled({ after = 0 }: OpIn<'scheduled'>) {
      const rest = held.filter(({ id }) => id > after)
      return { messages: rest.slice(0, 2), ...(rest.length > 2 && { next: rest[1]?.id }) }
    },
    schedule: () => ({ id: 4 }),
    changeScheduled: () => ({}),
    cancelScheduled: () => ({}),
    sendScheduled: () => ({ seq: 3, rev: 9, at: 1 }),
  }
  const rpc = {
    async call(op: keyof typeof answers, body: never) {
      asked.push([op, body])
      return answers[op](body)
    },
  } as unknown as Rpc
  let changes = 0
  const sections = new Sections({
    clock: new FakeClock().fork(),
    changed: () => {
      changes += 1
    },
  })
  const sent: unknown[] = []
  const scheduled = new ScheduledMessages({
    rpc,
    sections,
    sent: (chat, at) => void sent.push([chat, at]),
  })
  sections.errands.up()
  return { scheduled, sections, asked, held, sent, changes: () => changes }
}

t.test('all pages are loaded once and sorted by time', async t => {
  const { scheduled, asked } = opened()
  t.equal(scheduled.list.get(), undefined)
  const list = await scheduled.list.load()
  t.equal(await scheduled.list.load(), list)
  t.same(
    list.map(({ at }) => at),
    [10, 20, 30],
  )
  t.same(asked, [
    ['scheduled', {}],
    ['scheduled', { after: 2 }],
  ])
  t.equal(scheduled.list.get(), list)
})

t.test('every change loads the list anew, if anybody looks at it', async t => {
  const { scheduled, asked, held, sent } = opened()
  await scheduled.cancel(1)
  await settle()
  t.same(asked.splice(0), [['cancelScheduled', { id: 1 }]], 'nobody looked yet')
  await scheduled.list.load()
  const rid = 5
  const steps = [
    () => scheduled.add(7, 'Later', 40, { rid, silent: true, noPreview: true, album: 3 }),
    () => scheduled.change(4, { at: 50 }),
    () => scheduled.sendNow({ id: 4, chat: 7 }),
  ]
  for (const step of steps) {
    asked.splice(0)
    const before = scheduled.list.get()
    await step()
    await settle()
    t.not(scheduled.list.get(), before)
    t.equal(asked.filter(([op]) => op === 'scheduled').length, 2)
    if (step === steps[0]) {
      const body = { chat: 7, rid, text: 'Later', at: 40, silent: true, noPreview: true }
      t.same(asked[0], ['schedule', body], 'an album is none of a single message')
    }
  }
  t.same(sent, [[7, { seq: 3, rev: 9, at: 1 }]])
  held.pop()
  t.equal(scheduled.list.get()?.length, 3, 'held until somebody says that it changed')
})
