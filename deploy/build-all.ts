// `npm run build`: the page and the server, for an installation that starts the processes by itself.

import { buildServer, buildWeb } from './build.ts'

try {
  await Promise.all([buildWeb(), buildServer()])
} catch (error) {
  console.error(error instanceof Error ? error.message : error)
  process.exitCode = 1
}
