// `npm run bench`: makes a fresh machine ready, then runs bench/run.ts.

import { checkNode, explain, installPackages, installProgram } from './install.mjs'

const argv = process.argv.slice(2)
/** Nothing is started for these. */
const needsServers = !argv.some(arg => /^(-h|--help|--list|--url(=.*)?)$/.test(arg))
/** npm changes into the project's folder, and so do we. */
const cwd = process.env.INIT_CWD ?? process.cwd()

try {
  checkNode()
  installPackages()
  if (needsServers) installProgram(['redis-server'], 'redis-server', '')
} catch (error) {
  process.exit(explain(error))
}
process.chdir(new URL('..', import.meta.url).pathname)
const { register } = await import('tsx/esm/api')
register()
const { main } = await import('../bench/run.ts')
process.exit(await main({ argv, env: process.env, cwd }))
