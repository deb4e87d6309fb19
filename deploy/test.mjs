// `npm test`: makes a fresh machine ready, then runs every test (deploy/run-tests.ts). Takes paths for a subset.

import { checkNode, explain, installPackages, installProgram, Unmet } from './install.mjs'

try {
  checkNode()
  installPackages()
  installProgram(['redis-server'], 'redis-server', '')
} catch (error) {
  process.exit(explain(error))
}
try {
  installProgram(
    ['chromium', 'chromium-browser', 'google-chrome'],
    'chromium',
    ' for the browser tests',
  )
} catch (error) {
  if (!(error instanceof Unmet)) throw error
  console.log(error.message)
}
process.chdir(new URL('..', import.meta.url).pathname)
const { register } = await import('tsx/esm/api')
register()
const { main } = await import('./run-tests.ts')
await main(process.argv.slice(2))
