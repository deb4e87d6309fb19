// The gateway's metrics under the product's naming scheme. Nothing per message but counters.

import { type Metrics, secondsBuckets } from '#shared/runtime/metrics.ts'
import type { Choices } from './choices.ts'
import type { FanOut } from './fan-out.ts'
import type { Greeting } from './greeting.ts'
import type { Hub } from './hub.ts'
import type { Lanes } from './lanes.ts'
import type { Repair } from './repair.ts'
import type { Ring } from './ring.ts'

/** Counters that parts of the gateway report to. */
export function gatewayCounters(metrics: Metrics) {
  const requests = metrics.histogram(
    'gateway_request_seconds',
    'Time to answer a request',
    secondsBuckets,
    ['op', 'ok'],
  )
  const closes = metrics.counter('gateway_closes_total', 'Closes that the server began', ['code'])
  const refused = metrics.counter(
    'gateway_handshakes_refused_total',
    'Refused WebSocket handshakes',
    ['reason'],
  )
  const dropped = metrics.counter(
    'gateway_ephemerals_dropped_total',
    'Droppable frames not sent to slow readers',
  )
  const resumed = metrics.counter('gateway_resumed_chats_total', 'Chats caught up at HELLO', [
    'source',
  ])
  const rows = metrics.histogram(
    'lane_batch_rows',
    'Messages per batch',
    [1, 2, 4, 8, 16, 32, 64, 128, 256, 512],
  )
  const batches = metrics.histogram(
    'lane_batch_seconds',
    'Time of one batch in PostgreSQL',
    secondsBuckets,
  )
  return {
    request: (op: string, ok: boolean, ms: number) =>
      requests.observe({ op, ok: String(ok) }, ms / 1000),
    close: (code: string) => closes.inc({ code }),
    refused: (reason: string) => refused.inc({ reason }),
    dropped: () => dropped.inc(),
    resumed: (source: string, chats: number) => resumed.inc({ source }, chats),
    batch: (count: number, ms: number) => {
      rows.observe(count)
      batches.observe(ms / 1000)
    },
  }
}

/** Gauges that are read when somebody asks. */
export function gatewayGauges(
  metrics: Metrics,
  parts: {
    hub: Hub
    lanes: Lanes
    ring: Ring
    fanOut: FanOut
    repair: Repair
    greeting: Greeting
    choices: Choices
  },
): void {
  const { hub, lanes, ring, fanOut, repair, greeting, choices } = parts
  const gauge = (name: string, help: string, read: () => number) => {
    metrics.gauge(name, help, [], each => each.set(read()))
  }
  gauge('gateway_connections', 'Open sockets', () => hub.connections.size)
  gauge('gateway_users', 'Users with a socket here', () => hub.users.size)
  gauge('gateway_chats', 'Chats with a socket here', () => hub.chats.size)
  gauge('gateway_delivered_frames', 'Event frames queued since start', () => hub.delivered)
  gauge('gateway_waiting_bytes', 'Bytes that wait for slow readers', () => {
    let bytes = 0
    for (const connection of hub.connections) bytes += connection.waitingBytes
    return bytes
  })
  gauge('gateway_hello_waiting', 'Connections that wait to be greeted', () => greeting.waiting)
  gauge('lane_depth', 'Messages waiting for or in PostgreSQL', () => lanes.depth)
  gauge(
    'gateway_choices_waiting',
    'Reactions and votes waiting for or in PostgreSQL',
    () => choices.waiting,
  )
  gauge('ring_bytes', 'Frames kept for resume', () => ring.bytes)
  gauge('bus_pending', 'Batches not yet confirmed by Redis', () => fanOut.pending)
  gauge('bus_up', 'Whether Redis answers', () => Number(repair.busUp))
  gauge(
    'gateway_repaired',
    'Chats and users that were found behind since start',
    () => repair.repaired,
  )
}
