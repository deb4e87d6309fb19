import { mock } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import t from 'tap'
import { silentLog } from '#shared/runtime/log.ts'
import type { BusEvent } from '#shared/store/bus.ts'
import type { Db, Statement } from '#shared/store/db.ts'
import type { Teardown } from '#test/helpers/pg.ts'
import { FanOut } from './fan-out.ts'
import type { Hub } from './hub.ts'

const event = (rev: number): BusEvent => {
  return { type: 'chat', chat: 1, rev, seq: rev, members: 2, frame: new Uint8Array(1) }
}

function setUp(t: Teardown) {
  mock.timers.enable({ apis: ['setInterval'] })
  const steps: string[] = []
  const answers: { resolve(): void; reject(error: Error): void }[] = []
  const deleted: unknown[][] = []
  let refuses = false
  const fanOut = new FanOut({
    hub: {
      deliver: (each: BusEvent) => steps.push(`local ${(each as { rev: number }).rev}`),
    } as unknown as Hub,
    bus: {
      publish: events => {
        steps.push(`bus ${events.length}`)
        return new Promise((resolve, reject) => answers.push({ resolve, reject }))
      },
    },
    db: {
      query: async ({ values }: Statement) => {
        if (refuses) throw new Error('PostgreSQL is away')
        deleted.push(values?.[0] as unknown[])
        return []
      },
    } as unknown as Db,
    log: silentLog,
  })
  t.teardown(async () => {
    await fanOut.stop()
    mock.timers.reset()
  })
  const refuse = (does: boolean) => {
    refuses = does
  }
  return { fanOut, steps, answers, deleted, refuse }
}

t.test('this process’s own sockets come first, then the bus', async t => {
  const { fanOut, steps } = setUp(t)
  fanOut.publish({ outbox: 5, events: [event(1), event(2)] })
  t.same(steps, ['local 1', 'local 2', 'bus 2'])
  t.equal(fanOut.pending, 1)
})

t.test('an outbox row may go only when the bus has its events', async t => {
  const { fanOut, answers, deleted } = setUp(t)
  fanOut.publish({ outbox: 5, events: [event(1)] })
  fanOut.publish({ outbox: 6, events: [event(2)] })
  await fanOut.clear()
  t.same(deleted, [])
  answers[1]?.resolve()
  await turn()
  await fanOut.clear()
  t.same(deleted, [[6]])
  await fanOut.clear()
  t.same(deleted, [[6]], 'deleted once')
  answers[0]?.reject(new Error('Redis is away'))
  await turn()
  await fanOut.clear()
  t.same(deleted, [[6]], 'the sweeper will announce it')
  t.equal(fanOut.pending, 0)
})

t.test('a batch that nobody needs to hear of has no row to delete', async t => {
  const { fanOut, answers, deleted } = setUp(t)
  fanOut.publish({ outbox: null, events: [] })
  answers[0]?.resolve()
  await turn()
  await fanOut.clear()
  t.same(deleted, [])
})

t.test('the rows are deleted soon, by themselves', async t => {
  const { fanOut, answers, deleted } = setUp(t)
  fanOut.publish({ outbox: 5, events: [event(1)] })
  answers[0]?.resolve()
  await turn()
  mock.timers.tick(1_000)
  t.same(deleted, [[5]])
  mock.timers.tick(10_000)
  t.same(deleted, [[5]])
})

t.test('a deletion that fails leaves the rows to the sweeper and throws nothing', async t => {
  const { fanOut, answers, refuse } = setUp(t)
  refuse(true)
  fanOut.publish({ outbox: 5, events: [event(1)] })
  answers[0]?.resolve()
  await turn()
  await fanOut.clear()
  refuse(false)
})

t.test('ids are kept up to a bound', async t => {
  const { fanOut, answers, deleted } = setUp(t)
  for (let id = 1; id <= 10_050; id++) fanOut.publish({ outbox: id, events: [] })
  for (const { resolve } of answers) resolve()
  await turn()
  await fanOut.clear()
  t.equal(deleted[0]?.length, 10_000)
})

t.test('stopping deletes what may go', async t => {
  const { fanOut, answers, deleted } = setUp(t)
  fanOut.publish({ outbox: 5, events: [event(1)] })
  answers[0]?.resolve()
  await turn()
  await fanOut.stop()
  t.same(deleted, [[5]])
})
