// Loaded into every test process (.taprc): ends it when the runner behind `npm test` was killed, since nobody
// is left then who would. Does nothing in a test run by hand.

import { bornAt } from '#deploy/processes.ts'

const runner = Number(process.env.TEST_RUNNER_PID)

if (runner) {
  const born = bornAt(runner)
  const check = () => {
    if (bornAt(runner) !== born) process.exit(1)
  }
  setInterval(check, 1_000).unref()
}
