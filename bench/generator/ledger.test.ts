import t from 'tap'
import { Ledger } from './ledger.ts'

/** Three in one room and two in another. */
const rooms = [7, 7, 7, 9, 9]

function told(echoes: boolean, deliveries: (seat: number, index: number) => number) {
  const ledger = new Ledger(rooms, echoes)
  for (let index = 1_000; index < 1_100; index++) {
    const sender = index % rooms.length
    ledger.said(sender, index)
    for (const [seat, room] of rooms.entries()) {
      if (room !== rooms[sender] || (seat === sender && !echoes)) continue
      for (let n = 0; n < deliveries(seat, index); n++) ledger.got(seat, index)
    }
  }
  return ledger.verdict
}

t.test('when everybody gets everything once, nothing is lost or doubled', async t => {
  for (const echoes of [true, false])
    t.same(
      told(echoes, () => 1),
      { lost: 0, doubled: 0 },
    )
  t.same(new Ledger([], false).verdict, { lost: 0, doubled: 0 })
})

t.test('a message lost by one and doubled for another is both', async t => {
  const times = (seat: number, index: number) => {
    if (index !== 1_005) return 1
    return seat === 1 ? 0 : 2
  }
  t.same(told(false, times), { lost: 1, doubled: 1 })
})

t.test('a message lost and another one doubled at the same recipient is both', async t => {
  const times = (seat: number, index: number) => {
    if (seat !== 1) return 1
    return { 1005: 0, 1007: 2 }[index] ?? 1
  }
  t.same(told(true, times), { lost: 1, doubled: 1 })
  // The numbers of the lost and of the doubled ones add up to the same.
  const alike = (seat: number, index: number) => {
    if (seat !== 1) return 1
    return { 1005: 0, 1017: 0, 1010: 2, 1012: 2 }[index] ?? 1
  }
  t.same(told(true, alike), { lost: 1, doubled: 1 })
})

t.test('who gets another room’s messages is told', async t => {
  const ledger = new Ledger(rooms, true)
  ledger.said(0, 5)
  for (const seat of [0, 1, 2, 3]) ledger.got(seat, 5)
  t.same(ledger.verdict, { lost: 0, doubled: 1 })
})
