// `npm start`: makes a fresh machine ready, then becomes the launcher (deploy/local.ts) in this same process,
// so that signals have one receiver.

import { checkNode, explain, installPackages, installProgram } from './install.mjs'

const usage = `npm start: the whole messenger on this machine, until Ctrl-C. The line it ends with is its URL.

It takes no options; these variables of the environment change it:
  PORT, GATEWAY_PORT   8080 and 8081, or free ones where these are taken
  HOST                 127.0.0.1; another address makes it reachable from outside
  PETREL_HOME          .petrel, the folder of data, secrets and logs
  DATABASE_URL         a PostgreSQL of yours instead of the private one
  REDIS_URL            a Redis of yours instead of the private one
  DEMO                 0: no demo people
docs/DEPLOYMENT.md has all of them.`

// Before anything is installed or started: who asks wants to know what would be.
if (process.argv.some(arg => arg === '-h' || arg === '--help')) {
  console.log(usage)
  process.exit(0)
}

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
