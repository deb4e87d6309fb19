// What `npm start` says before it does anything.

import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import t from 'tap'

const root = fileURLToPath(new URL('..', import.meta.url))

t.test('--help tells of ports and folders, and starts nothing', async t => {
  const home = join(t.testdir(), 'home')
  for (const option of ['--help', '-h']) {
    const { status, stdout } = spawnSync(process.execPath, ['deploy/start.mjs', option], {
      cwd: root,
      env: { ...process.env, PETREL_HOME: home },
      encoding: 'utf8',
      timeout: 60_000,
    })
    t.equal(status, 0, option)
    for (const name of ['PORT', 'GATEWAY_PORT', 'HOST', 'PETREL_HOME']) t.match(stdout, name)
    t.equal(existsSync(home), false)
  }
})
