import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, openSync } from 'node:fs'
import { appendFile, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { Trouble } from './trouble.ts'

t.test('the most telling lines stand behind a failure, once', async t => {
  const trouble = new Trouble()
  t.equal(trouble.take(), '')
  t.notOk(trouble.add('gateway-0:     at run (file.ts:1:2)'), 'a place alone is no trouble')
  t.ok(trouble.add('gateway-0: something odd'))
  t.equal(trouble.take(), '; the server said: gateway-0: something odd')
  for (let i = 0; i < 1_000; i++) trouble.add('gateway-0: TypeError: it broke')
  trouble.add('gateway-0: something odd')
  t.equal(trouble.take(), '; the server said: gateway-0: TypeError: it broke')
  t.equal(trouble.take(), '')
})

t.test('what PostgreSQL and Redis write into their logs counts from when all was well', async t => {
  const dir = await mkdtemp(join(tmpdir(), 'petrel-trouble-'))
  t.teardown(() => rm(dir, { recursive: true }))
  const path = join(dir, 'postgres.log')
  await writeFile(path, '2026-01-02 UTC [1] FATAL:  the database system is starting up\n')
  const log = openSync(path, 'a')
  const child = spawn('sleep', ['60'], { stdio: ['ignore', log, log] })
  closeSync(log)
  t.teardown(() => child.kill('SIGKILL'))
  await once(child, 'spawn')
  const trouble = new Trouble()
  trouble.follow([
    { name: 'postgres', pid: child.pid ?? 0 },
    { name: 'gone', pid: 2 ** 31 - 1 },
  ])
  t.equal(trouble.take(), '')
  await appendFile(
    path,
    '2026-01-02 UTC [7] LOG:  checkpoint starting\n2026-01-02 UTC [8] PANIC:  could not write: No space left on device\n1:M 02 Jan 2026 * Ready\n1:M 02 Jan 2026 # Out of memory\n',
  )
  t.equal(
    trouble.take(),
    '; the server said: postgres: PANIC:  could not write: No space left on device | postgres: # Out of memory',
  )
  t.equal(trouble.take(), '')
})
