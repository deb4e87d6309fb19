// Asks the system about a port by listening on it for a moment. Whoever connects in that moment is cut off, so it is
// done only before a supervisor's processes share a port, and to find out why uWebSockets.js could not listen.

import { createServer } from 'node:net'
import { listen } from '#shared/runtime/lifecycle.ts'

/** Checks that a port is free, or finds one for 0. @throws PortTaken, or the error that listening gave */
export async function probePort(port: number, host: string): Promise<number> {
  const probe = createServer()
  await listen(probe, port, host)
  const found = (probe.address() as { port: number }).port
  await new Promise(resolve => probe.close(resolve))
  return found
}
