// A gateway client with no rules of its own: it sends what a test tells it to and records every frame in order.
// Never the SDK, so that a fault in one cannot hide a fault in the other.

import { WebSocket } from 'ws'
import { decodeAll, encode, frameType } from '#shared/protocol/codec.ts'
import { AppError, type ErrorCode } from '#shared/protocol/codes.ts'
import { type ControlBody, chatEvents, controls } from '#shared/protocol/events.ts'
import { randomRid } from '#shared/protocol/ids.ts'
import type { Message } from '#shared/protocol/models.ts'
import { type OpIn, type OpName, type OpOut, ops } from '#shared/protocol/ops.ts'
import type { Teardown } from './pg.ts'
import { until } from './until.ts'

/** One server frame as it came, its elements unchecked. */
export type Frame = unknown[]

export interface ConnectOptions {
  origin?: string
  /** Subprotocols to offer; the right one by default. */
  protocols?: string[]
}

/** A handshake that was not answered with 101. */
export class HandshakeRefused extends Error {
  override readonly name = 'HandshakeRefused'
  readonly status: number

  constructor(status: number) {
    super(`the handshake was answered with ${status}`)
    this.status = status
  }
}

/** A page of a sync is larger than any request. */
const wholeSync = { depthMax: 16, itemsMax: 1_000_000 }
const patienceMs = 60_000

export class RawClient {
  /** Every frame since the connection opened, in order of arrival. */
  readonly frames: Frame[] = []
  /** Set when the connection has ended; 1006 means that it was cut without a close frame. */
  closed: { code: number; reason: string } | null = null
  /** The answer to HELLO, once it came. */
  welcome: ControlBody<'helloOk'> | null = null
  readonly socket: WebSocket
  #ref = 0
  readonly #answers = new Map<number, (frame: Frame) => void>()
  readonly #watchers = new Set<(frame: Frame | null) => void>()

  constructor(socket: WebSocket) {
    this.socket = socket
    socket.on('message', (data: Buffer) => {
      for (const frame of decodeAll(data, wholeSync)) this.#onFrame(frame)
    })
    socket.on('error', () => undefined)
    socket.on('close', (code, reason) => {
      this.closed = { code, reason: reason.toString() }
      for (const answer of this.#answers.values()) answer([frameType.error, 0, { code: 'timeout' }])
      this.#answers.clear()
      for (const watcher of [...this.#watchers]) watcher(null)
    })
  }

  /**
   * Opens a connection; cut in teardown.
   * @throws HandshakeRefused
   */
  static async open(
    t: Teardown,
    url: string,
    { origin, protocols = ['petrel.v1'] }: ConnectOptions = {},
  ): Promise<RawClient> {
    const socket = new WebSocket(url, protocols, {
      perMessageDeflate: false,
      ...(origin !== undefined && { origin }),
    })
    t.teardown(() => socket.terminate())
    const client = new RawClient(socket)
    await new Promise<void>((resolve, reject) => {
      socket.once('open', resolve)
      socket.once('error', reject)
      socket.once('unexpected-response', (request, response) => {
        reject(new HandshakeRefused(response.statusCode ?? 0))
        request.destroy()
      })
    })
    return client
  }

  /** Opens a connection and says HELLO; resolves when the sync has ended. @throws Error when it is closed before */
  static async join(
    t: Teardown,
    url: string,
    token: string,
    resume?: OpIn<'hello'>['resume'],
  ): Promise<RawClient> {
    const client = await RawClient.open(t, url)
    await client.hello(token, resume)
    return client
  }

  /** Says HELLO and waits for the end of the sync. */
  async hello(token: string, resume?: OpIn<'hello'>['resume']): Promise<ControlBody<'helloOk'>> {
    this.say(ops.hello.op, { token, device: 'test', ...(resume && { resume }) })
    await this.waitFor(isControl('syncEnd'))
    const body = this.frames.find(isControl('helloOk'))?.[2] as ControlBody<'helloOk'>
    this.welcome = body
    return body
  }

  /** Which gateway process answered HELLO. */
  get node(): string {
    return this.welcome?.node ?? ''
  }

  /** Sends bytes as they are. */
  sendBytes(bytes: Uint8Array): void {
    this.socket.send(bytes, { binary: true })
  }

  /** Sends a request whatever its shape, without waiting. @returns its ref */
  say(op: number, body: unknown): number {
    const ref = ++this.#ref
    this.sendBytes(Buffer.from(encode([op, ref, body])))
    return ref
  }

  /** Sends a request whatever its shape and waits for its answer. @throws AppError as the server answered */
  async ask(op: number, body: unknown): Promise<unknown> {
    if (this.closed) throw new AppError('timeout', { detail: 'the connection is closed' })
    const frame = await new Promise<Frame>(resolve => {
      this.#answers.set(this.#ref + 1, resolve)
      this.say(op, body)
    })
    if (frame[0] === frameType.result) return frame[2]
    const { code, message, retryMs } = frame[2] as {
      code: ErrorCode
      message?: string
      retryMs?: number
    }
    throw new AppError(code, {
      ...(message !== undefined && { detail: message }),
      ...(retryMs !== undefined && { retryMs }),
    })
  }

  call<Name extends OpName>(name: Name, body: OpIn<Name>): Promise<OpOut<Name>> {
    return this.ask(ops[name].op, body) as Promise<OpOut<Name>>
  }

  /** Sends a text with a new rid unless one is given. */
  send(chat: number, text: string, rid = randomRid()): Promise<OpOut<'send'>> {
    return this.call('send', { chat, rid, text })
  }

  /** The code of the error that a request is answered with, null when it succeeds. */
  async refusal(op: number, body: unknown): Promise<string | null> {
    return this.ask(op, body).then(
      () => null,
      (error: unknown) => (error as AppError).code,
    )
  }

  /** The first frame, past or to come, that fits. @throws Error when the connection ends before, or none comes */
  waitFor(fits: (frame: Frame) => boolean, timeoutMs = patienceMs): Promise<Frame> {
    const past = this.frames.find(fits)
    if (past) return Promise.resolve(past)
    return new Promise((resolve, reject) => {
      const end = (done: () => void) => {
        clearTimeout(timer)
        this.#watchers.delete(watcher)
        done()
      }
      const watcher = (frame: Frame | null) => {
        if (frame === null) end(() => reject(new Error(`closed with ${this.closed?.code}`)))
        else if (fits(frame)) end(() => resolve(frame))
      }
      const timer = setTimeout(() => {
        end(() => reject(new Error(`no such frame within ${timeoutMs} ms: ${fits}`)))
      }, timeoutMs)
      if (this.closed) watcher(null)
      else this.#watchers.add(watcher)
    })
  }

  /** Waits for the end of the connection. @returns its close code */
  async untilClosed(timeoutMs = patienceMs): Promise<number> {
    await until(() => this.closed, { timeoutMs, message: 'the connection ends' })
    return this.closed?.code ?? 0
  }

  /** Answers once the server has handled everything that was sent before, and its events before that came. */
  async settle(): Promise<void> {
    await this.call('ping', {})
  }

  /** Durable events of a chat in order of arrival. */
  events(chat: number): { kind: number; rev: number; body: unknown }[] {
    return this.frames
      .filter(frame => frame[0] === frameType.chatEvent && frame[2] === chat)
      .map(([, kind, , rev, body]) => ({ kind: kind as number, rev: rev as number, body }))
  }

  /** Texts of the messages of a chat that came as events, but for service messages. */
  texts(chat: number): string[] {
    return this.events(chat)
      .filter(event => event.kind === chatEvents.message.kind)
      .map(event => event.body as Message)
      .filter(message => !message.svc)
      .map(message => message.text)
  }

  /** The bodies of all control frames of a kind. */
  controls<Name extends keyof typeof controls>(name: Name): ControlBody<Name>[] {
    return this.frames.filter(isControl(name)).map(frame => frame[2] as ControlBody<Name>)
  }

  /** Cuts the connection. */
  cut(): void {
    this.socket.terminate()
  }

  #onFrame(frame: Frame): void {
    this.frames.push(frame)
    if (frame[0] === frameType.result || frame[0] === frameType.error) {
      const ref = frame[1] as number
      this.#answers.get(ref)?.(frame)
      this.#answers.delete(ref)
    }
    for (const watcher of [...this.#watchers]) watcher(frame)
  }
}

/** Fits control frames of a kind. */
export function isControl(name: keyof typeof controls): (frame: Frame) => boolean {
  const { kind } = controls[name]
  return frame => frame[0] === frameType.control && frame[1] === kind
}

/** Fits the event that brings a message with this text. */
export function isMessage(chat: number, text: string): (frame: Frame) => boolean {
  return frame =>
    frame[0] === frameType.chatEvent &&
    frame[1] === chatEvents.message.kind &&
    frame[2] === chat &&
    (frame[4] as Message).text === text
}

/** Opens connections until one is on a node that `wanted` accepts. */
export async function joinWhere(
  t: Teardown,
  url: string,
  token: string,
  wanted: (node: string) => boolean,
): Promise<RawClient> {
  for (let attempt = 0; attempt < 100; attempt++) {
    const client = await RawClient.join(t, url, token)
    if (wanted(client.node)) return client
    client.cut()
    await client.untilClosed()
  }
  throw new Error('the kernel gave none of 100 connections to that process')
}
