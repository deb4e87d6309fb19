// A WebSocket client with nothing that a load generator does not need: frames are found in place in one shared
// buffer, and finished frames are written as they are. Faster than a library by about the cost of its streams
// and events; only for talking to servers on purpose, never part of the product.

import { randomBytes } from 'node:crypto'
import { connect, isIP, type Socket } from 'node:net'
import { connect as connectSecurely } from 'node:tls'

/** Where to connect. */
export interface Address {
  host: string
  port: number
  /** Speak TLS, as to a server behind a proxy on another machine. */
  secure?: boolean
}

/** What to ask a server for. */
export interface Endpoint {
  path: string
  /** '' = none. */
  subprotocol: string
  /** Where a server's message holds several frames: the end of the one that begins at `start`. */
  frameEnd?: (bytes: Buffer, start: number, end: number) => number
}

/** Called per frame with its payload `bytes[start, end)`, valid only during the call. */
export type OnFrame = (bytes: Buffer, start: number, end: number) => void

const handshakeTimeoutMs = 10_000
/** All sockets of a process read into this one: it is read and handed on in one go. */
const shared = Buffer.allocUnsafeSlow(256 * 1024)
const none = Buffer.alloc(0)
const opcodes = { continuation: 0, text: 1, binary: 2, close: 8, ping: 9, pong: 10 }

/** When the bytes that are being handled were read, by performance.now(): one reading of the clock per read. */
export const read = { atMs: 0 }

/** A server refused or broke the connection, or this machine could not make one. */
export class WireError extends Error {
  override readonly name = 'WireError'
  /** The system's code (ECONNREFUSED, EMFILE …), or the WebSocket handshake's status like `HTTP 429`. */
  readonly code: string

  constructor(message: string, code: string) {
    super(message)
    this.code = code
  }
}

/**
 * A finished client frame. The mask key is four zeros, so the payload stands in it unchanged; allowed on the
 * wire, and fine where the only proxy is none.
 */
export function clientFrame(payload: Uint8Array, opcode: 'text' | 'binary'): Buffer {
  const { length } = payload
  const header = length < 126 ? 6 : 8
  const frame = Buffer.alloc(header + length)
  frame[0] = 0x80 | opcodes[opcode]
  if (length < 126) frame[1] = 0x80 | length
  else {
    if (length > 0xffff) throw new RangeError('a load message is at most 64 KB')
    frame[1] = 0x80 | 126
    frame.writeUInt16BE(length, 2)
  }
  frame.set(payload, header)
  return frame
}

export class Wire {
  onFrame: OnFrame = () => undefined
  /** Called once when the connection has ended, with the close code (1006 = without one). */
  onClose: (code: number) => void = () => undefined
  readonly #socket: Socket
  #carry: Buffer = none
  #closed = false
  #closeCode = 1006
  /** The server's answer to the handshake so far; null once it is complete. */
  #handshake: string | null = ''
  #opened: { resolve(): void; reject(error: Error): void } | null = null
  readonly #frameEnd: Endpoint['frameEnd']

  private constructor(address: Address, { frameEnd }: Endpoint) {
    this.#frameEnd = frameEnd
    this.#socket = address.secure ? this.#openSecurely(address) : this.#open(address)
    this.#socket.on('error', (error: NodeJS.ErrnoException) =>
      this.#end(new WireError(error.message, error.code ?? 'unknown')),
    )
    this.#socket.on('close', () => this.#end(new WireError('the server cut the connection', 'cut')))
    this.#socket.on('end', () => this.#socket.destroy())
  }

  /** @throws WireError when the server does not upgrade within 10 s */
  static async open(address: Address, at: Endpoint): Promise<Wire> {
    const wire = new Wire(address, at)
    const late = setTimeout(
      () => wire.#end(new WireError('no handshake in 10 s', 'timeout')),
      handshakeTimeoutMs,
    )
    try {
      await new Promise<void>((resolve, reject) => {
        wire.#opened = { resolve, reject }
        wire.#socket.write(request(address, at))
      })
    } finally {
      clearTimeout(late)
    }
    return wire
  }

  #open({ host, port }: Address): Socket {
    return connect({
      host,
      port,
      noDelay: true,
      onread: {
        buffer: shared,
        callback: (length: number) => {
          this.#onBytes(shared, length)
          return true
        },
      },
    })
  }

  /** TLS reads into buffers of its own. */
  #openSecurely({ host, port }: Address): Socket {
    const socket = connectSecurely({ host, port, ...(isIP(host) === 0 && { servername: host }) })
    socket.setNoDelay(true)
    socket.on('data', (bytes: Buffer) => this.#onBytes(bytes, bytes.length))
    return socket
  }

  get closed(): boolean {
    return this.#closed
  }

  /** HOT: per message. Writes a finished frame. */
  write(frame: Buffer): void {
    if (!this.#closed) this.#socket.write(frame)
  }

  /** Stops reading: the server's buffers fill. */
  pause(): void {
    this.#socket.pause()
  }

  resume(): void {
    this.#socket.resume()
  }

  /** Cuts the connection. */
  destroy(): void {
    this.#socket.destroy()
  }

  /** HOT: per read. */
  #onBytes(came: Buffer, length: number): void {
    read.atMs = performance.now()
    let bytes = came
    let end = length
    if (this.#carry.length > 0) {
      bytes = Buffer.concat([this.#carry, came.subarray(0, length)])
      end = bytes.length
      this.#carry = none
    }
    let at = 0
    if (this.#handshake !== null) {
      at = this.#onHandshake(bytes, end)
      if (at < 0) return
    }
    at = this.#frames(bytes, at, end)
    if (at < end && !this.#closed) this.#carry = Buffer.from(bytes.subarray(at, end))
  }

  /** @returns where the first incomplete frame begins */
  #frames(bytes: Buffer, from: number, end: number): number {
    let at = from
    while (end - at >= 2) {
      let header = 2
      let length = (bytes[at + 1] as number) & 0x7f
      if (length === 126) {
        if (end - at < 4) break
        length = bytes.readUInt16BE(at + 2)
        header = 4
      } else if (length === 127) {
        if (end - at < 10) break
        length = bytes.readUInt32BE(at + 6)
        header = 10
      }
      const next = at + header + length
      if (next > end) break
      const opcode = (bytes[at] as number) & 0x0f
      if (opcode <= opcodes.binary) this.#onPayload(bytes, at + header, next)
      else this.#onControl(opcode, bytes, at + header, next)
      at = next
    }
    return at
  }

  #onPayload(bytes: Buffer, start: number, end: number): void {
    if (!this.#frameEnd) {
      this.onFrame(bytes, start, end)
      return
    }
    for (let at = start; at < end; ) {
      const next = this.#frameEnd(bytes, at, end)
      this.onFrame(bytes, at, next)
      at = next
    }
  }

  #onControl(opcode: number, bytes: Buffer, start: number, end: number): void {
    if (opcode === opcodes.close) {
      this.#closeCode = end - start >= 2 ? bytes.readUInt16BE(start) : 1005
      this.#socket.end()
    } else if (opcode === opcodes.ping) {
      const pong = clientFrame(bytes.subarray(start, end), 'binary')
      pong[0] = 0x80 | opcodes.pong
      this.write(pong)
    }
  }

  /** @returns where the frames begin, or −1 while the answer is not complete */
  #onHandshake(bytes: Buffer, end: number): number {
    this.#handshake += bytes.toString('latin1', 0, end)
    const answer = this.#handshake as string
    const over = answer.indexOf('\r\n\r\n')
    if (over < 0) return -1
    if (!answer.startsWith('HTTP/1.1 101')) {
      const line = answer.slice(0, answer.indexOf('\r\n'))
      this.#end(new WireError(`the server answered ${line}`, `HTTP ${line.split(' ')[1] ?? '?'}`))
      return -1
    }
    const before = answer.length - end
    this.#handshake = null
    this.#opened?.resolve()
    this.#opened = null
    return over + 4 - before
  }

  #end(error: WireError): void {
    if (this.#closed) return
    this.#closed = true
    this.#socket.destroy()
    this.#opened?.reject(error)
    this.#opened = null
    this.onClose(this.#closeCode)
  }
}

function request(
  { host, port }: Address,
  { path, subprotocol }: { path: string; subprotocol: string },
): string {
  const lines = [
    `GET ${path} HTTP/1.1`,
    `Host: ${host}:${port}`,
    'Upgrade: websocket',
    'Connection: Upgrade',
    `Sec-WebSocket-Key: ${randomBytes(16).toString('base64')}`,
    'Sec-WebSocket-Version: 13',
    ...(subprotocol ? [`Sec-WebSocket-Protocol: ${subprotocol}`] : []),
  ]
  return `${lines.join('\r\n')}\r\n\r\n`
}
