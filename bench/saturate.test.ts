import t from 'tap'
import { findWindow } from './saturate.ts'

/** A server that delivers at most `most` a second and needs `leastMs` for each message. */
const server = (most: number, leastMs: number) => (window: number) => ({
  deliveriesPerS: Math.min(most, (window / leastMs) * 1000),
  p95Ms: Math.max(leastMs, (window / most) * 1000),
})

async function find(most: number, leastMs: number, probesMax: number, first = 16) {
  const probes: number[] = []
  const window = await findWindow(50, probesMax, first, async window => {
    probes.push(window)
    return server(most, leastMs)(window)
  })
  return { window, probes, ...server(most, leastMs)(window) }
}

t.test('the window of a saturated server is found in a few probes, whatever its speed', async t => {
  for (const most of [100, 700, 4_000, 30_000, 200_000]) {
    const { window, probes, p95Ms, deliveriesPerS } = await find(most, 2, 6)
    t.ok(p95Ms <= 50, `${most}: p95 ${p95Ms} at ${window} after ${probes}`)
    t.equal(deliveriesPerS, most, `${most}: all that it can at ${window} after ${probes}`)
    t.ok(probes.length <= 6)
  }
})

t.test('a server that never keeps the bound gets the smallest window', async t => {
  const { window, probes } = await find(1_000, 80, 8)
  t.equal(window, Math.min(...probes))
  t.equal(window, 1)
})

t.test('of windows within the bound the one that delivered most counts', async t => {
  const window = await findWindow(50, 3, 16, async window => ({
    p95Ms: 10,
    deliveriesPerS: window === 16 ? 100 : 50,
  }))
  t.equal(window, 16)
})

t.test('the search ends, also when nothing is delivered', async t => {
  let probes = 0
  const window = await findWindow(50, 8, 16, async () => {
    probes++
    return { p95Ms: Number.NaN, deliveriesPerS: 0 }
  })
  t.ok(window >= 1)
  t.ok(probes <= 8)
})
