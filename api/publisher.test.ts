import t from 'tap'
import type { Report } from '#shared/runtime/report.ts'
import type { BusEvent } from '#shared/store/bus.ts'
import type { Db } from '#shared/store/db.ts'
import { createPublisher } from './publisher.ts'

const revoked: BusEvent[] = [{ type: 'sessionRevoked', user: 1, session: 2 }]

/** A publisher whose bus refuses the first `refusals` calls. */
function publisherWith(refusals: number) {
  const calls: (readonly BusEvent[])[] = []
  let lost = 0
  const publisher = createPublisher({
    db: {} as Db,
    bus: {
      async publish(events) {
        calls.push(events)
        if (calls.length <= refusals) throw new Error('Redis is away')
      },
    },
    report: { signalLost: () => lost++ } as unknown as Report,
  })
  return { publisher, calls, lost: () => lost }
}

t.test('a revocation that Redis refuses is tried again until Redis is back', async t => {
  const { publisher, calls, lost } = publisherWith(3)
  publisher.publish({ outbox: null, events: revoked })
  await publisher.settled()
  t.same(calls, [revoked, revoked, revoked, revoked])
  t.equal(lost(), 0)
})

t.test('what has an outbox row is left to the sweeper at once', async t => {
  const { publisher, calls, lost } = publisherWith(1)
  publisher.publish({ outbox: 7, events: revoked })
  await publisher.settled()
  t.equal(calls.length, 1)
  t.equal(lost(), 1)
})
