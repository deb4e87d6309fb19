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
