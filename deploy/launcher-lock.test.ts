import { spawn } from 'node:child_process'
import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { until } from '#test/helpers/until.ts'
import { AlreadyRunning, takeLock } from './launcher-lock.ts'
import { bornAt } from './processes.ts'

const noProcess = 2 ** 31 - 1

t.test('a second launcher is refused and told where the first one is', async t => {
  const path = join(t.testdir(), 'launcher.json')
  const lock = await takeLock(path, null)
  await t.rejects(takeLock(path, null), { message: /already starting/ })
  await lock.publish('http://localhost:8080')
  const error = await takeLock(path, null).catch((reason: unknown) => reason)
  t.type(error, AlreadyRunning)
  t.match(error, { message: /http:\/\/localhost:8080/ })
  await lock.release()
  await (await takeLock(path, null)).release()
})

t.test(
  'the lock of a dead process, of another one with its pid, or of nobody is taken over',
  async t => {
    const path = join(t.testdir(), 'launcher.json')
    for (const text of [
      JSON.stringify({ pid: noProcess, born: '1', parent: null, url: null }),
      JSON.stringify({ pid: process.pid, born: 'another time', parent: null, url: null }),
      '',
    ]) {
      writeFileSync(path, text)
      await (await takeLock(path, null)).release()
    }
  },
)

t.test('a holder whose npm is gone is waited for', async t => {
  const path = join(t.testdir(), 'launcher.json')
  const ending = spawn('sleep', ['60'])
  t.teardown(() => ending.kill())
  const pid = ending.pid ?? 0
  writeFileSync(path, JSON.stringify({ pid, born: bornAt(pid), parent: noProcess, url: null }))
  const taken = takeLock(path, null)
  const outcome = await Promise.race([
    taken,
    until(() => existsSync(path)).then(() => 'still held'),
  ])
  t.equal(outcome, 'still held')
  ending.kill()
  await (await taken).release()
})
