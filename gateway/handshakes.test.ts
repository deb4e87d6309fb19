import t from 'tap'
import { limits } from '#shared/protocol/limits.ts'
import { Handshakes } from './handshakes.ts'

const perS = 20

function setUp() {
  let nowMs = 0
  const handshakes = new Handshakes({
    handshakesPerIpBurst: 60,
    handshakesPerIpPerS: perS,
    nowMs: () => nowMs,
  })
  /** Guesses of one address in so many seconds, which tries 1,000 times a second. */
  const guesses = (ip: string, seconds: number) => {
    let count = 0
    for (let i = 0; i < seconds * 1_000; i++, nowMs++) {
      if (!handshakes.admit(ip)) continue
      count++
      handshakes.onWrongToken(ip)
    }
    return count
  }
  return { handshakes, guesses, pass: (ms: number) => (nowMs += ms) }
}

t.test('an address has its burst, then its rate, whatever others do', async t => {
  const { handshakes, pass } = setUp()
  for (let i = 0; i < 60; i++) t.ok(handshakes.admit('192.0.2.1'))
  t.notOk(handshakes.admit('192.0.2.1'))
  t.ok(handshakes.admit('192.0.2.2'))
  pass(1_000 / perS)
  t.ok(handshakes.admit('192.0.2.1'))
  t.notOk(handshakes.admit('192.0.2.1'))
})

t.test('who shows wrong tokens soon waits: each costs as much as many handshakes', async t => {
  const { handshakes, guesses, pass } = setUp()
  const each = 1 + limits.wrongTokenHandshakes
  guesses('192.0.2.1', 10)
  const minute = guesses('192.0.2.1', 60)
  t.ok(minute > 0 && minute <= (60 * perS) / each + 1, `${minute} guesses`)
  t.ok(handshakes.admit('192.0.2.2'), 'others are not touched')
  t.notOk(handshakes.admit('192.0.2.1'))
  pass(120_000)
  t.ok(handshakes.admit('192.0.2.1'), 'nobody is shut out for ever')
})

t.test('an IPv6 customer has one bucket', async t => {
  const { handshakes, guesses } = setUp()
  guesses('2001:db8:1:2::1', 10)
  t.notOk(handshakes.admit('2001:db8:1:2::2'))
  t.ok(handshakes.admit('2001:db8:1:3::1'))
})
