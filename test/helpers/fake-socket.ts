// A WebSocket without a network for the gateway's unit tests, with a peer that reads or does not; and
// connections on it.

import { Connection, type ConnectionOptions, type Socket } from '#gateway/connection.ts'
import { Flusher } from '#gateway/flusher.ts'
import type { CloseName } from '#shared/protocol/codes.ts'

export class FakeSocket implements Socket {
  /** Frames that the peer has got. */
  readonly sent: Uint8Array[] = []
  /** Frames that left inside each cork. */
  readonly corks: number[] = []
  ended: { code: number; reason: string } | null = null
  cut = false
  /** While false, everything sent is buffered. */
  reads = true
  /** Called when the socket is ended or cut, as uWebSockets.js does before `end` returns. */
  onClose: () => void = () => undefined
  #buffered = 0

  send(bytes: Uint8Array): number {
    this.sent.push(bytes)
    if (!this.reads) this.#buffered += bytes.length
    return this.reads ? 1 : 0
  }

  cork(write: () => void): void {
    const before = this.sent.length
    write()
    this.corks.push(this.sent.length - before)
  }

  buffered(): number {
    return this.#buffered
  }

  end(code: number, reason: string): void {
    this.ended = { code, reason }
    this.onClose()
  }

  close(): void {
    this.cut = true
    this.onClose()
  }

  /** The peer has read all but so many bytes. */
  drainTo(bytes: number): void {
    this.#buffered = bytes
  }
}

export interface FakeConnection {
  connection: Connection
  socket: FakeSocket
  flusher: Flusher
  closes: CloseName[]
  /** Ephemeral frames that were dropped. */
  dropped: number
}

let made = 0

/** A connection on a fake socket, greeted and live unless another state is asked for. */
export function fakeConnection(
  options: Partial<ConnectionOptions> & { state?: Connection['state']; user?: number } = {},
): FakeConnection {
  const socket = new FakeSocket()
  const flusher = options.flusher ?? new Flusher()
  const closes: CloseName[] = []
  const fake: FakeConnection = { socket, flusher, closes, dropped: 0 } as unknown as FakeConnection
  const { state = 'live', user, ...rest } = options
  fake.connection = new Connection(socket, {
    id: `test-${++made}`,
    ip: '192.0.2.1',
    flusher,
    stats: {
      closes: name => closes.push(name),
      droppedEphemeral: () => {
        fake.dropped++
      },
    },
    frameBurst: 100,
    framesPerS: 100,
    nowMs: 0,
    ...rest,
  })
  fake.connection.state = state
  if (user !== undefined) fake.connection.identity = { user, session: user, plan: 'free' }
  socket.onClose = () => fake.connection.onClosed()
  return fake
}
