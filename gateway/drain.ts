// The orderly end: stop accepting, tell clients to reconnect spread over the drain time, let the lanes run
// empty, close what is left with 4010.

import { setTimeout as sleep } from 'node:timers/promises'
import { controlFrame } from '#shared/protocol/frames.ts'
import type { Choices } from './choices.ts'
import type { FanOut } from './fan-out.ts'
import type { Hub } from './hub.ts'
import type { Lanes } from './lanes.ts'
import type { Marks } from './marks.ts'
import type { Mirrors } from './mirrors.ts'
import type { Presence } from './presence.ts'
import type { Repair } from './repair.ts'
import type { Server } from './server.ts'
import type { ViewCounts } from './view-counts.ts'

export interface DrainOptions {
  server: Server
  hub: Hub
  lanes: Lanes
  readMarks: Marks
  deliveredMarks: Marks
  choices: Choices
  viewCounts: ViewCounts
  mirrors: Mirrors
  fanOut: FanOut
  repair: Repair
  presence: Presence
  drainMs: number
}

const slices = 20

/** Ends everything but the stores' connections; takes about `drainMs` with clients, no time without. */
export async function runDrain(options: DrainOptions): Promise<void> {
  const { server, hub, fanOut, repair, presence, drainMs } = options
  server.stopListening()
  repair.stop()
  const clients = [...hub.connections]
  // Clients reconnect when their hint says so; those still here are closed slice by slice.
  clients.forEach((connection, i) => {
    const afterMs = Math.round((i / clients.length) * drainMs * 0.5)
    connection.queue(Buffer.from(controlFrame('reconnect', { afterMs, reason: 'draining' })))
  })
  const sliceMs = drainMs / 2 / slices
  for (let slice = 1; slice <= slices && hub.connections.size > 0; slice++) {
    await sleep(sliceMs)
    const until = Math.ceil((clients.length * slice) / slices)
    for (const connection of clients.slice(0, until)) {
      if (connection.open && connection.inFlight === 0) connection.end('draining')
    }
  }
  await Promise.race([settle(options), sleep(drainMs / 4)])
  for (const connection of [...hub.connections]) connection.end('draining')
  await fanOut.stop()
  await presence.stop()
}

async function settle({
  lanes,
  readMarks,
  deliveredMarks,
  choices,
  viewCounts,
  mirrors,
}: DrainOptions): Promise<void> {
  const marks = [readMarks.flush(), deliveredMarks.flush(), viewCounts.flush()]
  await Promise.all([...marks, choices.stop()])
  await lanes.idle()
  await mirrors.idle()
}
