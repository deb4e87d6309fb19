// `npm run bench`: makes a fresh machine ready, then runs bench/run.ts.

import { checkNode, explain, installPackages, installProgram } from './install.mjs'

try {
  checkNode()
  installPackages()
  installProgram(['redis-server'], 'redis-server', '')
} catch (error) {
  process.exit(explain(error))
}
process.chdir(new URL('..', import.meta.url).pathname)
const { register } = await import('tsx/esm/api')
register()
const { main } = await import('../bench/run.ts')
process.exit(await main(process.argv.slice(2), process.env))
