// `npm run bench`: makes a fresh machine ready, then runs bench/run.ts.

import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { checkNode, explain, installPackages, installProgram, root, Unmet } from './install.mjs'

const argv = process.argv.slice(2)
/** Nothing is started for these. */
const needsServers = !argv.some(arg => /^(-h|--help|--list|--url(=.*)?)$/.test(arg))
/** npm changes into the project's folder, and so do we. */
const cwd = process.env.INIT_CWD ?? process.cwd()

/** With fewer our own modules do not load; what a scenario needs is checked by the runner. */
const descriptorsMin = 256

try {
  checkDescriptors()
  checkNode()
  installPackages()
  if (needsServers) installProgram(['redis-server'], 'redis-server', '')
} catch (error) {
  process.exit(explain(error))
}
process.chdir(root)
const { register } = await import('tsx/esm/api')
register()
const { main } = await import(pathToFileURL(join(root, 'bench', 'run.ts')).href)
process.exit(await main({ argv, env: process.env, cwd }))

function checkDescriptors() {
  const limits = '/proc/self/limits'
  if (!existsSync(limits)) return
  const max = /^Max open files +([0-9]+)/m.exec(readFileSync(limits, 'utf8'))?.[1]
  if (Number(max) < descriptorsMin)
    throw new Unmet(`needs ${descriptorsMin} open files, has ${max}: ulimit -n ${descriptorsMin}`)
}
