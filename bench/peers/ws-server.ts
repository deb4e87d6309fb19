// The common library: npm `ws`, rooms as sets, a plain loop of send(). Speaks as raw-uws-server.ts does.
// As Petrel: one process, binary frames of the same bytes, no compression. Unlike Petrel: no storage, no accounts,
// no numbers, no resends; the sender gets a copy of its frame in place of an answer; nobody is cut off for
// reading slowly, and nothing is lost.

import { createRequire } from 'node:module'
import type { AddressInfo } from 'node:net'
import { type WebSocket, WebSocketServer } from 'ws'
import { host, serve } from './child.ts'

const rooms = new Map<string, Set<WebSocket>>()

function enter(client: WebSocket, name: string): Set<WebSocket> {
  const room = rooms.get(name) ?? new Set()
  rooms.set(name, room.add(client))
  client.on('close', () => room.delete(client))
  return room
}

serve(async () => {
  const server = new WebSocketServer({ host, port: 0, perMessageDeflate: false })
  server.on('connection', client => {
    let room = new Set<WebSocket>()
    client.on('error', () => client.terminate())
    client.on('message', (bytes: Buffer, isBinary) => {
      if (isBinary) {
        for (const each of room) each.send(bytes)
        return
      }
      room = enter(client, bytes.toString())
      client.send(bytes, { binary: false })
    })
  })
  await new Promise((resolve, reject) => {
    server.once('listening', resolve)
    server.once('error', reject)
  })
  const { version } = createRequire(import.meta.url)('ws/package.json') as { version: string }
  return { port: (server.address() as AddressInfo).port, version: `ws ${version}` }
})
