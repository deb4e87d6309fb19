import t from 'tap'
import { closeCodes } from '#shared/protocol/codes.ts'
import { afterClose, backoffMs, soonMs } from './backoff.ts'

t.test('waits grow from half a second to thirty, anywhere below the cap', async t => {
  t.equal(backoffMs(0, 0.999), 499)
  t.equal(backoffMs(3, 0.5), 2_000)
  t.equal(backoffMs(6, 0.999_999), 29_999)
  t.equal(backoffMs(5_000, 0.999_999), 29_999)
  t.equal(backoffMs(9, 0), 0)
  t.ok(soonMs(0.999) < 250)
})

t.test('every close code of the table has its answer', async t => {
  const refreshed = ['token_expired', 'auth_failed', 'session_revoked']
  for (const [name, { code, reconnect }] of Object.entries(closeCodes)) {
    const after = afterClose(code)
    if (refreshed.includes(name)) t.same(after, { next: 'refresh', reason: name })
    else if (reconnect === null) t.same(after, { next: 'stop', reason: name })
    else t.match(after.next, /^(soon|backOff)$/, name)
  }
  t.equal(afterClose(4009).next, 'soon')
  t.equal(afterClose(4010).next, 'soon')
})

t.test('codes of later versions follow their range', async t => {
  t.equal(afterClose(4499).next, 'backOff')
  t.equal(afterClose(4500).next, 'stop')
  t.equal(afterClose(4999).next, 'stop')
  for (const code of [1000, 1001, 1006, 1012, 5000]) t.equal(afterClose(code).next, 'backOff')
})
