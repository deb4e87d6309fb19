import fc from 'fast-check'
import t from 'tap'
import { type ChatEvent, eventOverheadBytes, Ring } from './ring.ts'

function event(chat: number, rev: number, bytes = 10): ChatEvent {
  return { type: 'chat', chat, rev, seq: rev, members: 2, frame: new Uint8Array(bytes) }
}

const revs = (events: ChatEvent[] | null) => events?.map(each => each.rev) ?? null

t.test('a range is whole and in order, or it is nothing', async t => {
  const ring = new Ring({ ageMsMax: 1_000, bytesMax: 10 * (100 + eventOverheadBytes) })
  for (const rev of [5, 7, 6, 9]) ring.add(event(1, rev), 0)
  ring.add(event(2, 8), 0)
  t.same(revs(ring.range(1, 4, 7)), [5, 6, 7])
  t.equal(ring.range(1, 4, 9), null, 'rev 8 is another chat’s')
  t.equal(ring.range(1, 3, 7), null, 'rev 4 is gone')
  t.equal(ring.range(3, 0, 1), null, 'an unknown chat')
  t.same(revs(ring.range(1, 7, 7)), [])
  t.equal(ring.range(1, 0, Number.MAX_SAFE_INTEGER), null, 'an absurd range costs no walk')
})

t.test('what is above a rev is found, whatever is missing between', async t => {
  const ring = new Ring({ ageMsMax: 1_000, bytesMax: 10 * (100 + eventOverheadBytes) })
  for (const rev of [3, 9, 5]) ring.add(event(1, rev), 0)
  t.same(revs(ring.above(1, 3))?.sort(), [5, 9])
  t.same(ring.above(2, 0), [])
})

t.test('old events go when newer ones come', async t => {
  const ring = new Ring({ ageMsMax: 1_000, bytesMax: 1_000_000 })
  ring.add(event(1, 1), 0)
  ring.add(event(1, 2), 900)
  ring.add(event(2, 1), 1_001)
  t.equal(ring.range(1, 0, 2), null)
  t.same(revs(ring.range(1, 1, 2)), [2])
  t.equal(ring.bytes, 2 * (10 + eventOverheadBytes))
})

t.test('its bytes stay below their bound under a flood, and the newest events stay', async t => {
  const ring = new Ring({ ageMsMax: 1_000_000, bytesMax: 10 * (100 + eventOverheadBytes) })
  for (let rev = 1; rev <= 10_000; rev++) {
    ring.add(event(rev % 7, rev, 100), rev)
    if (ring.bytes > 10 * (100 + eventOverheadBytes)) t.fail(`${ring.bytes} bytes`)
  }
  t.equal(ring.bytes, 10 * (100 + eventOverheadBytes))
  t.same(revs(ring.range(10_000 % 7, 9_999, 10_000)), [10_000])
  t.same(ring.above(1, 0).length + ring.above(2, 0).length <= 10, true)
})

t.test('the same event twice is kept once', async t => {
  const ring = new Ring({ ageMsMax: 1_000, bytesMax: 1_000 })
  ring.add(event(1, 1), 0)
  ring.add(event(1, 1), 0)
  t.equal(ring.bytes, 10 + eventOverheadBytes)
})

t.test('a cleared ring has nothing, and takes the same revs anew', async t => {
  const ring = new Ring({ ageMsMax: 1_000, bytesMax: 1_000 })
  ring.add(event(1, 1), 0)
  ring.clear()
  t.equal(ring.bytes, 0)
  t.same(ring.above(1, 0), [])
  ring.add(event(1, 1, 20), 0)
  t.equal(ring.range(1, 0, 1)?.[0]?.frame.length, 20)
  t.equal(ring.bytes, 20 + eventOverheadBytes)
})

t.test('an event comes back whole, as a copy', async t => {
  const ring = new Ring({ ageMsMax: 1_000, bytesMax: 100_000 })
  const whole: ChatEvent = {
    ...event(1, 1),
    origin: 'c1',
    called: [7],
    frame: Uint8Array.of(1, 2, 3),
  }
  ring.add(whole, 0)
  whole.frame.fill(9)
  const [back] = ring.range(1, 0, 1) ?? []
  t.same(back, { ...whole, frame: Uint8Array.of(1, 2, 3) })
  back?.frame.fill(9)
  t.same(ring.above(1, 0)[0]?.frame, Uint8Array.of(1, 2, 3))
})

t.test('a frame of more than a page is not kept', async t => {
  const ring = new Ring({ ageMsMax: 1_000, bytesMax: 100_000_000 })
  ring.add(event(1, 1, 1024 * 1024), 0)
  ring.add(event(1, 2, 1024 * 1024 + 1), 0)
  t.same(revs(ring.range(1, 0, 1)), [1])
  t.equal(ring.range(1, 0, 2), null)
})

interface Add {
  chat: number
  rev: number
  bytes: number
  afterMs: number
}

/** What a ring is, said simply. */
class Model {
  items: { event: ChatEvent; atMs: number }[] = []

  add(added: ChatEvent, nowMs: number, bounds: { ageMsMax: number; bytesMax: number }): void {
    if (this.of(added.chat).some(({ rev }) => rev === added.rev)) return
    this.items.push({ event: added, atMs: nowMs })
    const bytes = () =>
      this.items.reduce((sum, each) => sum + each.event.frame.length + eventOverheadBytes, 0)
    while (nowMs - (this.items[0]?.atMs ?? nowMs) > bounds.ageMsMax || bytes() > bounds.bytesMax)
      this.items.shift()
  }

  of(chat: number): ChatEvent[] {
    return this.items.map(({ event: { ...each } }) => each).filter(each => each.chat === chat)
  }
}

const adds = fc.array(
  fc.record<Add>({
    chat: fc.nat({ max: 3 }),
    rev: fc.nat({ max: 5_000 }),
    bytes: fc.constantFrom(1, 10, 5_000, 300_000),
    afterMs: fc.constantFrom(0, 0, 1, 40),
  }),
  { minLength: 1_500, maxLength: 3_000, size: 'max' },
)

t.test('whatever comes in whatever order, it holds what the plain model holds', async t => {
  const bounds = { ageMsMax: 20_000, bytesMax: 8_000_000 }
  const check = (list: readonly Add[]) => {
    const ring = new Ring(bounds)
    const model = new Model()
    let nowMs = 0
    for (const { chat, rev, bytes, afterMs } of list) {
      nowMs += afterMs
      const added = { ...event(chat, rev, bytes), frame: new Uint8Array(bytes).fill(rev % 251) }
      ring.add(added, nowMs)
      model.add(added, nowMs, bounds)
    }
    for (const chat of [0, 1, 2, 3]) {
      const wanted = model.of(chat).sort((a, b) => b.rev - a.rev)
      const found = ring.above(chat, -1)
      t.strictSame(revs(found), revs(wanted))
      const isWhole = found.every(({ frame, rev }, i) => {
        return frame.length === wanted[i]?.frame.length && frame.every(byte => byte === rev % 251)
      })
      t.ok(isWhole)
      const [head] = wanted
      if (head) t.strictSame(revs(ring.range(chat, head.rev - 1, head.rev)), [head.rev])
    }
    return t.passing()
  }
  fc.assert(fc.property(adds, check), { numRuns: 15 })
})
