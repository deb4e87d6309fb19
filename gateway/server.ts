// The only file that touches uWebSockets.js: listening, the upgrade, and the four callbacks of a socket.
// Everything in the upgrade is synchronous: an await before res.upgrade would race with aborts.

import type {
  HttpRequest,
  HttpResponse,
  us_listen_socket,
  us_socket_context_t,
  WebSocket,
} from 'uWebSockets.js'
import { randomUUID } from 'node:crypto'
import { limits } from '#shared/protocol/limits.ts'
import { addressBucket } from '#shared/store/limiter.ts'
import { Bucket } from './bucket.ts'
import type { Socket } from './connection.ts'
import { loadUws } from './uws-check.ts'

export const path = '/ws'
export const subprotocol = 'petrel.v1'

/** What a socket's owner does with it. */
export interface SocketHandler {
  /** @param bytes valid only until this returns */
  onMessage(bytes: Uint8Array): void
  onText(): void
  onDrain(): void
  onClose(): void
}

export interface ServerOptions {
  host: string
  port: number
  /** Exact origins of pages that may connect; clients without an Origin header are no browsers. */
  origins: ReadonlySet<string>
  /** Take the address from X-Real-IP, which the proxy in front sets. */
  trustProxy: boolean
  handshakesPerIpBurst: number
  handshakesPerIpPerS: number
  nowMs(): number
  /** Called for each new socket. */
  accept(socket: Socket, ip: string): SocketHandler
  /** Handshakes that were refused, by reason. */
  onRefused(reason: Refusal): void
  /** Whether this process takes no more connections. */
  full(): boolean
}

export interface Server {
  port: number
  /** Stops accepting; open sockets stay. */
  stopListening(): void
  /** Cuts every socket. */
  close(): void
}

interface UserData {
  ip: string
  handler: SocketHandler | null
}

/** Loads the library, checks its binary, listens. @throws Error when the binary or the port is not usable */
export function listen(options: ServerOptions): Promise<Server> {
  const uws = loadUws()
  const app = uws.App()
  const handshakes = new Handshakes(options)
  app.ws<UserData>(path, {
    compression: uws.DISABLED,
    // A little above our own limit, so that an oversize frame gets our close code, not just a cut.
    maxPayloadLength: limits.frameBytesMax * 2,
    maxBackpressure: limits.hardBufferBytes * 2,
    closeOnBackpressureLimit: true as never,
    idleTimeout: 60,
    sendPingsAutomatically: true,
    upgrade: (res, req, context) => upgrade(options, handshakes, res, req, context),
    open(ws) {
      const data = ws.getUserData()
      data.handler = options.accept(new UwsSocket(ws), data.ip)
    },
    message(ws, bytes, isBinary) {
      const { handler } = ws.getUserData()
      if (isBinary) handler?.onMessage(new Uint8Array(bytes))
      else handler?.onText()
    },
    drain(ws) {
      ws.getUserData().handler?.onDrain()
    },
    close(ws) {
      ws.getUserData().handler?.onClose()
    },
  })
  app.get('/health/live', res => {
    res.writeHeader('content-type', 'application/json').end('{"status":"ok"}')
  })
  app.any('/*', res => {
    res.writeStatus('404 Not Found').end()
  })
  return new Promise((resolve, reject) => {
    app.listen(options.host, options.port, socket => {
      if (!socket)
        reject(new Error(`port ${options.port} on ${options.host} cannot be listened on`))
      else resolve(serverOf(uws, app, socket))
    })
  })
}

function serverOf(
  uws: ReturnType<typeof loadUws>,
  app: { close(): unknown },
  socket: us_listen_socket,
): Server {
  let listening = true
  const port = uws.us_socket_local_port(socket as never)
  const stopListening = () => {
    if (listening) uws.us_listen_socket_close(socket)
    listening = false
  }
  return {
    port,
    stopListening,
    close() {
      listening = false
      app.close()
    },
  }
}

function upgrade(
  options: ServerOptions,
  handshakes: Handshakes,
  res: HttpResponse,
  req: HttpRequest,
  context: us_socket_context_t,
): void {
  const origin = req.getHeader('origin')
  const protocols = req.getHeader('sec-websocket-protocol')
  const ip = addressOf(options, res, req)
  const refusal = refusalOf(options, handshakes, { origin, protocols, ip })
  if (refusal) {
    options.onRefused(refusal)
    res.writeStatus(refusals[refusal]).writeHeader('connection', 'close').end(refusal, true)
    return
  }
  const data: UserData = { ip, handler: null }
  res.upgrade(
    data,
    req.getHeader('sec-websocket-key'),
    subprotocol,
    req.getHeader('sec-websocket-extensions'),
    context,
  )
}

const refusals = {
  origin: '403 Forbidden',
  protocol: '400 Bad Request',
  full: '503 Service Unavailable',
  rate: '429 Too Many Requests',
} as const

type Refusal = keyof typeof refusals

function refusalOf(
  options: ServerOptions,
  handshakes: Handshakes,
  { origin, protocols, ip }: { origin: string; protocols: string; ip: string },
): Refusal | null {
  if (origin !== '' && !options.origins.has(origin)) return 'origin'
  if (!protocols.split(',').some(each => each.trim() === subprotocol)) return 'protocol'
  if (options.full()) return 'full'
  return handshakes.admit(addressBucket(ip)) ? null : 'rate'
}

function addressOf({ trustProxy }: ServerOptions, res: HttpResponse, req: HttpRequest): string {
  const real = trustProxy ? req.getHeader('x-real-ip') : ''
  return real !== '' ? real : Buffer.from(res.getRemoteAddressAsText()).toString()
}

/** The handshake bucket of each address (of IPv6: each customer's network); full buckets are forgotten once a minute. */
class Handshakes {
  readonly #options: ServerOptions
  readonly #buckets = new Map<string, Bucket>()
  #sweptAtMs: number

  constructor(options: ServerOptions) {
    this.#options = options
    this.#sweptAtMs = options.nowMs()
  }

  admit(ip: string): boolean {
    const nowMs = this.#options.nowMs()
    if (nowMs - this.#sweptAtMs > 60_000) {
      this.#sweptAtMs = nowMs
      for (const [key, bucket] of this.#buckets) if (bucket.isFull(nowMs)) this.#buckets.delete(key)
    }
    let bucket = this.#buckets.get(ip)
    if (!bucket) {
      bucket = new Bucket(
        this.#options.handshakesPerIpBurst,
        this.#options.handshakesPerIpPerS,
        nowMs,
      )
      this.#buckets.set(ip, bucket)
    }
    return bucket.take(nowMs) === 0
  }
}

/** A connection never touches its socket after onClose, which is when `ws` becomes invalid. A class: 64 bytes, closures took 420. */
class UwsSocket implements Socket {
  readonly #ws: WebSocket<UserData>

  constructor(ws: WebSocket<UserData>) {
    this.#ws = ws
  }

  send(bytes: Uint8Array): number {
    return this.#ws.send(bytes as never, true)
  }

  cork(write: () => void): void {
    this.#ws.cork(write)
  }

  buffered(): number {
    return this.#ws.getBufferedAmount()
  }

  end(code: number, reason: string): void {
    this.#ws.end(code, reason)
  }

  close(): void {
    this.#ws.close()
  }
}

/** A name that no other process has. */
export function newNodeName(): string {
  return randomUUID().slice(0, 13)
}
