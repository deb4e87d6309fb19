// The WebSocket behind Transport. Node 20 has no global WebSocket, so a constructor may be passed.

import type { Socket, SocketEvents, Transport } from './types.ts'

/** Agreed in the handshake; a server that does not speak it closes the socket. */
const subprotocol = 'petrel.v1'
const abnormalClosure = 1006

/** The part of a WebSocket that the SDK uses; the browser's and the one of `ws` both have it. */
export interface WebSocketLike {
  binaryType: string
  onopen: ((event: never) => void) | null
  onmessage: ((event: never) => void) | null
  onerror: ((event: never) => void) | null
  onclose: ((event: never) => void) | null
  send(bytes: Uint8Array): void
  close(): void
}

export type WebSocketConstructor = new (url: string, protocols: string) => WebSocketLike

/**
 * A transport over WebSockets.
 * @param options.WebSocket constructor to use; the platform's own when left out
 * @throws TypeError when there is none
 */
export function webSocketTransport(options: { WebSocket?: unknown } = {}): Transport {
  const given = options.WebSocket ?? (globalThis as { WebSocket?: unknown }).WebSocket
  if (typeof given !== 'function') {
    throw new TypeError('no WebSocket here: pass webSocketTransport({ WebSocket })')
  }
  const Constructor = given as WebSocketConstructor
  return { open: (url, events) => open(Constructor, url, events) }
}

function open(Constructor: WebSocketConstructor, url: string, events: SocketEvents): Socket {
  let socket: WebSocketLike
  try {
    socket = new Constructor(url, subprotocol)
  } catch (error) {
    queueMicrotask(() => events.onClose(abnormalClosure, String(error)))
    return { send() {}, close() {} }
  }
  socket.binaryType = 'arraybuffer'
  let closed = false
  socket.onopen = () => events.onOpen()
  socket.onmessage = (event: { data: unknown }) => {
    // A text frame is not of this protocol: as no bytes it is counted as a bad frame.
    const bytes = event.data instanceof ArrayBuffer ? event.data : new ArrayBuffer(0)
    events.onMessage(new Uint8Array(bytes))
  }
  // Without a listener `ws` would throw; onclose follows and says all there is to say.
  socket.onerror = () => {}
  socket.onclose = (event: { code: number; reason: string }) => {
    if (closed) return
    closed = true
    events.onClose(event.code, event.reason)
  }
  return { send: bytes => socket.send(bytes), close: () => socket.close() }
}
