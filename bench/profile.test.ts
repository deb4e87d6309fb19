import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { anyPort } from '#deploy/ports.ts'
import { root } from './machine.ts'
import { Recording } from './profile.ts'
import { flameOf, ownTimes } from './report/flame.ts'

/** `spin` stands in its third line. */
const busy = `interface Unused { a: 1 }

function spin(untilMs: number): void {
  while (performance.now() < untilMs) Math.sqrt(untilMs)
}
setInterval(() => spin(performance.now() + 10), 11)
console.log('ready')
`

t.test('a profile of a running process names functions by the lines of their source', async t => {
  const dir = await mkdtemp(join(tmpdir(), 'petrel-profile-'))
  t.teardown(() => rm(dir, { recursive: true }))
  const file = join(dir, 'busy.ts')
  await writeFile(file, busy)
  const inspectPort = await anyPort('127.0.0.1')
  const inspect = `--inspect=127.0.0.1:${inspectPort}`
  const args = ['--enable-source-maps', '--import=tsx', inspect, file]
  const child = spawn(process.execPath, args, { cwd: root, stdio: ['ignore', 'pipe', 'ignore'] })
  t.teardown(() => child.kill('SIGKILL'))
  await once(child.stdout, 'data')

  const recording = await Recording.attach([{ name: 'busy', inspectPort }])
  t.teardown(() => recording.close())
  recording.onMark('begin')
  // A profile is taken over time: there is no condition to wait for.
  await new Promise(resolve => setTimeout(resolve, 200))
  recording.onMark('end')
  const [taken] = await recording.profiles()
  t.equal(taken?.process, 'busy')
  const flame = flameOf(taken?.profile ?? {}, 'busy', dir)
  t.ok(
    ownTimes(flame).some(({ name }) => name === 'spin busy.ts:3'),
    'spin busy.ts:3',
  )
})

t.test('a process without an inspector is an error, not a wait', async t => {
  const inspectPort = await anyPort('127.0.0.1')
  await t.rejects(Recording.attach([{ name: 'nobody', inspectPort }]))
})
