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
import type { Socket } from './connection.ts'
import type { Handshakes } from './handshakes.ts'
import { probePort } from './probe-port.ts'
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
  /** Others may listen on it too, and the kernel spreads the connections; else it must be free. */
  sharesPort: boolean
  /** Exact origins of pages that may connect; clients without an Origin header are no browsers. */
  origins: ReadonlySet<string>
  /** Take the address from X-Real-IP, which the proxy in front sets. */
  trustProxy: boolean
  handshakes: Pick<Handshakes, 'admit'>
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

/** Loads the library, checks its binary, listens. @throws PortTaken; Error when the binary or the port is not usable */
export function listen(options: ServerOptions): Promise<Server> {
  const uws = loadUws()
  const app = uws.App()
  app.ws<UserData>(path, {
    compression: uws.DISABLED,
    // A little above our own limit, so that an oversize frame gets our close code, not just a cut.
    maxPayloadLength: limits.frameBytesMax * 2,
    maxBackpressure: limits.hardBufferBytes * 2,
    closeOnBackpressureLimit: true as never,
    idleTimeout: 60,
    sendPingsAutomatically: true,
    upgrade: (res, req, context) => upgrade(options, res, req, context),
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
  const { host, port, sharesPort } = options
  const { listen: begin } = app as unknown as ListensAs
  return new Promise((resolve, reject) => {
    begin.call(app, host, port, sharesPort ? listenAs.shared : listenAs.alone, socket => {
      if (socket) resolve(serverOf(uws, app, socket))
      else void reasonAgainst(port, host).then(reject)
    })
  })
}

/** The library's types lack how to listen, its binaries have it. */
const listenAs = { shared: 0, alone: 1 } as const

interface ListensAs {
  listen(
    host: string,
    port: number,
    as: number,
    done: (socket: us_listen_socket | false) => void,
  ): unknown
}

/** uWebSockets.js does not say why it could not listen. */
async function reasonAgainst(port: number, host: string): Promise<unknown> {
  const why = await probePort(port, host).catch(error => error)
  return why instanceof Error ? why : new Error(`port ${port} on ${host} cannot be listened on`)
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
  res: HttpResponse,
  req: HttpRequest,
  context: us_socket_context_t,
): void {
  const origin = req.getHeader('origin')
  const protocols = req.getHeader('sec-websocket-protocol')
  const ip = addressOf(options, res, req)
  const refusal = refusalOf(options, { origin, protocols, ip })
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
  { origin, protocols, ip }: { origin: string; protocols: string; ip: string },
): Refusal | null {
  if (origin !== '' && !options.origins.has(origin)) return 'origin'
  if (!protocols.split(',').some(each => each.trim() === subprotocol)) return 'protocol'
  if (options.full()) return 'full'
  return options.handshakes.admit(ip) ? null : 'rate'
}

function addressOf({ trustProxy }: ServerOptions, res: HttpResponse, req: HttpRequest): string {
  const real = trustProxy ? req.getHeader('x-real-ip') : ''
  return real !== '' ? real : Buffer.from(res.getRemoteAddressAsText()).toString()
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
