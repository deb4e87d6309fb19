// `npm start`: makes a fresh machine ready, then becomes the launcher (deploy/local.ts) in this same process,
// so that signals have one receiver.

import { checkNode, explain, installPackages, installProgram } from './install.mjs'

try {
  checkNode()
  installPackages()
  if (!process.env.REDIS_URL) {
    installProgram(['redis-server'], 'redis-server', ' or set REDIS_URL')
  }
} catch (error) {
  process.exit(explain(error))
}
process.chdir(new URL('..', import.meta.url).pathname)
const { register } = await import('tsx/esm/api')
register()
const { main } = await import('./local.ts')
await main()
