// What a competent team builds with Socket.IO: WebSocket only, the Redis Streams adapter for further processes,
// one PostgreSQL insert a message in one round trip, answered after the commit.
// As Petrel: one process, the same PostgreSQL and Redis with the same fsync and synchronous_commit, a gap-free number
// per room, nothing delivered or answered before its commit. Unlike Petrel: one commit a message; two messages of a
// room may be delivered against their numbers; no rights beyond being in the room, no check for resends, no way to
// catch up; the sender gets its message beside the answer; JSON text. Pings are off, which spares it a little.

import { createServer } from 'node:http'
import { createRequire } from 'node:module'
import type { AddressInfo } from 'node:net'
import { createAdapter } from '@socket.io/redis-streams-adapter'
import { Redis } from 'ioredis'
import pg from 'pg'
import { Server } from 'socket.io'
import { host, serve } from './child.ts'
import type { PeerSettings } from './peer.ts'

interface Said {
  room: number
  text: string
}
type Taken = { seq: number; at: string } | { error: string }

const connections = 10
/** Where the adapter keeps its entries. */
const streamName = 'socket.io'
/** Longer than any run, so that a client need not answer pings. */
const pingIntervalMs = 3_600_000

const tables = `
  drop schema if exists socketio cascade;
  create schema socketio;
  create table socketio.rooms (id bigint primary key, last_seq bigint not null default 0);
  create table socketio.messages (
    room bigint not null, seq bigint not null, sender text not null, text text not null,
    at timestamptz not null default now(), primary key (room, seq)
  )`

const store = {
  name: 'store',
  text: `with room as (update socketio.rooms set last_seq = last_seq + 1 where id = $1 returning last_seq)
         insert into socketio.messages (room, seq, sender, text) select $1, last_seq, $2, $3 from room
         returning seq, at`,
}

serve(async (settings: PeerSettings) => {
  const pool = new pg.Pool({ connectionString: settings.databaseUrl, max: connections })
  pool.on('error', error => console.error(error.message))
  await pool.query(tables)
  await pool.query('insert into socketio.rooms (id) select generate_series(0, $1::bigint)', [
    settings.rooms,
  ])
  const redis = new Redis(settings.redisUrl)
  redis.on('error', error => console.error(error.message))
  await redis.del(streamName)
  const http = createServer()
  const io = new Server(http, {
    transports: ['websocket'],
    serveClient: false,
    perMessageDeflate: false,
    pingInterval: pingIntervalMs,
    adapter: createAdapter(redis, { streamName }),
  })
  io.on('connection', socket => {
    const from = String(socket.handshake.auth.token)
    socket.on('join', async (room: number, answer: (taken: object) => void) => {
      await socket.join(`room:${room}`)
      answer({})
    })
    socket.on('send', async ({ room, text }: Said, answer: (taken: Taken) => void) => {
      try {
        if (!socket.rooms.has(`room:${room}`)) throw new Error('not in the room')
        const { rows } = await pool.query({ ...store, values: [room, from, text] })
        if (!rows[0]) throw new Error('no such room')
        const seq = Number(rows[0].seq)
        const at = rows[0].at.toISOString()
        io.to(`room:${room}`).emit('message', { room, seq, from, at, text })
        answer({ seq, at })
      } catch (error) {
        answer({ error: error instanceof Error ? error.message : String(error) })
      }
    })
  })
  await new Promise<void>((resolve, reject) => {
    http.once('error', reject)
    http.listen(0, host, resolve)
  })
  const { version } = createRequire(import.meta.url)('socket.io/package.json') as {
    version: string
  }
  return { port: (http.address() as AddressInfo).port, version: `Socket.IO ${version}` }
})
