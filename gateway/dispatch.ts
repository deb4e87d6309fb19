// From bytes to a handler and back: size, scan, decode, rate, shape, then the operation. The order is the
// defence: nothing is allocated for a frame that the step before refuses, and a wrong frame counts like any.

import { decode } from '#shared/protocol/codec.ts'
import { AppError, ProtocolError } from '#shared/protocol/codes.ts'
import { errorFrame, resultFrame } from '#shared/protocol/frames.ts'
import type { UserId } from '#shared/protocol/ids.ts'
import { limits } from '#shared/protocol/limits.ts'
import { type OpIn, type OpName, opNames, ops } from '#shared/protocol/ops.ts'
import type { Log } from '#shared/runtime/log.ts'
import type { Budget } from './budget.ts'
import type { Connection, Identity } from './connection.ts'
import type { Context } from './handlers/context.ts'
import { handlers } from './handlers/index.ts'

/** Larger ones wait for room, so that several pages asked for at once do not make a slow reader of a slow network. */
const largeAnswerBytes = 16 * 1024

/** Reads the HELLO that a connection sent. @throws ProtocolError when it is none, or not of its shape */
export type ReadHello = () => OpIn<'hello'>

/** Operations that are dear to answer take as much of their user's frames as so many others. */
const framesOf: { [Name in OpName]?: number } = {
  userDiff: 8,
  stats: 8,
  adminLog: 4,
  chats: 4,
  members: 4,
  presence: 4,
  readBy: 4,
  users: 4,
}

export interface DispatchOptions {
  context: Context
  /** Frames of one person over all their connections to this process. */
  userFrames: Pick<Budget, 'take'>
  log: Log
  /** Answers HELLO; the connection is in state `greeting`. */
  hello(connection: Connection, read: ReadHello): Promise<void>
  onRequest(op: OpName, ok: boolean, ms: number): void
  /** The process is draining: requests are refused so that clients repeat them elsewhere. */
  draining(): boolean
}

export class Dispatch {
  readonly #options: DispatchOptions
  /** Requests under way, of those who have any. */
  readonly #inFlight = new Map<UserId, number>()

  constructor(options: DispatchOptions) {
    this.#options = options
  }

  /**
   * HOT: per inbound frame. Never throws.
   * @param bytes read before the first await; the caller may reuse them afterwards
   */
  onFrame(connection: Connection, bytes: Uint8Array): void {
    if (!connection.open) return
    try {
      this.#dispatch(connection, bytes)
    } catch (error) {
      if (error instanceof ProtocolError) connection.end(error.close)
      else this.#bug(connection, error)
    }
  }

  #dispatch(connection: Connection, bytes: Uint8Array): void {
    const opening = connection.state === 'opening'
    if (bytes.length > (opening ? limits.helloBytesMax : limits.frameBytesMax)) {
      throw new ProtocolError('frame_too_large')
    }
    if (opening) {
      this.#hello(connection, Buffer.from(bytes))
      return
    }
    const { op, ref, body, utf8 } = readRequest(bytes)
    if (op === ops.hello.op) throw new ProtocolError('bad_order')
    // The identity may be known by now, but not yet whether its session still stands.
    if (connection.state === 'greeting')
      throw new ProtocolError('bad_order', 'HELLO is not answered yet')
    try {
      this.#admit(connection)
      const name = opNames[op]
      if (name === undefined) throw new AppError('unknown_op')
      this.#admitUser((connection.identity as Identity).user, framesOf[name])
      if (!utf8) throw new AppError('bad_text')
      const input = parse(name, body)
      void this.#run(connection, name as Exclude<OpName, 'hello'>, ref, input)
    } catch (error) {
      if (!(error instanceof AppError)) throw error
      connection.queue(Buffer.from(errorFrame(ref, error)))
    }
  }

  /** Read when its turn comes: thousands that come in one turn of the event loop would stop everybody else. */
  #hello(connection: Connection, bytes: Uint8Array): void {
    connection.state = 'greeting'
    const read = () => readHello(bytes)
    this.#options.hello(connection, read).catch(error => {
      if (error instanceof ProtocolError) connection.end(error.close)
      else if (error instanceof AppError) connection.end('overloaded', error.retryMs ?? 1_000)
      else this.#bug(connection, error)
    })
  }

  /** Rate and concurrency bounds. @throws AppError rate_limited; ProtocolError flooding when it goes on and on */
  #admit(connection: Connection): void {
    const retryMs = connection.frames.take(this.#options.context.clock.monotonic())
    if (retryMs > 0) {
      if (++connection.flooded > limits.floodFramesMax) throw new ProtocolError('flooding')
      throw new AppError('rate_limited', { retryMs })
    }
    // Not back to 0: the bucket lets a frame through now and then however many come.
    if (connection.flooded > 0) connection.flooded--
    if (connection.inFlight >= limits.inFlightRequestsMax)
      throw new AppError('rate_limited', { retryMs: 100 })
    if (this.#options.draining()) throw new AppError('overloaded', { retryMs: 500 })
  }

  /** The same for a person: with many connections they get no more than a few of them could. @throws AppError rate_limited */
  #admitUser(user: UserId, frames = 1): void {
    this.#options.userFrames.take(user, frames)
    if ((this.#inFlight.get(user) ?? 0) >= limits.inFlightRequestsPerUserMax)
      throw new AppError('rate_limited', { retryMs: 100 })
  }

  async #run(
    connection: Connection,
    name: Exclude<OpName, 'hello'>,
    ref: number,
    input: unknown,
  ): Promise<void> {
    const { context, onRequest } = this.#options
    const begunMs = performance.now()
    const identity = connection.identity as Identity
    const { user } = identity
    connection.inFlight++
    this.#inFlight.set(user, (this.#inFlight.get(user) ?? 0) + 1)
    try {
      const asker = { ...identity, connection }
      // The table's type ties each handler to its input; the loop over names cannot.
      const result = await handlers[name](context, asker, input as never)
      const answer = Buffer.from(resultFrame(ref, result))
      if (answer.length > largeAnswerBytes) await this.#room(connection, answer.length)
      connection.queue(answer)
      onRequest(name, true, performance.now() - begunMs)
    } catch (error) {
      onRequest(name, false, performance.now() - begunMs)
      connection.queue(Buffer.from(errorFrame(ref, this.#expected(name, error))))
    } finally {
      connection.inFlight--
      this.#landed(user)
    }
  }

  #landed(user: UserId): void {
    const left = (this.#inFlight.get(user) ?? 1) - 1
    if (left > 0) this.#inFlight.set(user, left)
    else this.#inFlight.delete(user)
  }

  /**
   * Waits until the connection has room for a large answer.
   * @throws AppError overloaded when too many answers wait already: who never reads must not fill our memory
   */
  async #room(connection: Connection, bytes: number): Promise<void> {
    if (connection.heldBytes + bytes > limits.heldAnswersBytesMax)
      throw new AppError('overloaded', { retryMs: 500 })
    connection.heldBytes += bytes
    await connection.writable()
    connection.heldBytes -= bytes
  }

  #expected(name: OpName, error: unknown): AppError {
    if (error instanceof AppError) return error
    this.#options.log.error({ err: error, op: name }, 'an operation failed')
    return new AppError('internal')
  }

  #bug(connection: Connection, err: unknown): void {
    this.#options.log.error({ err }, 'a frame could not be handled')
    connection.end('overloaded', 1_000)
  }
}

function readRequest(bytes: Uint8Array): {
  op: number
  ref: number
  body: unknown
  utf8: boolean
} {
  const { frame, utf8 } = decode(bytes)
  const [op, ref, body] = frame
  if (frame.length !== 3 || !isCount(op) || !isCount(ref)) throw new ProtocolError('bad_frame')
  return { op, ref, body, utf8 }
}

function readHello(bytes: Uint8Array): OpIn<'hello'> {
  const { op, body } = readRequest(bytes)
  if (op !== ops.hello.op) throw new ProtocolError('bad_order')
  const parsed = ops.hello.in.safeParse(body)
  if (!parsed.success) throw new ProtocolError('bad_frame', 'HELLO has another shape')
  return parsed.data
}

function isCount(value: unknown): value is number {
  return Number.isInteger(value) && (value as number) >= 0 && (value as number) <= 0xffff_ffff
}

function parse(name: OpName, body: unknown): unknown {
  const parsed = ops[name].in.safeParse(body)
  if (parsed.success) return parsed.data
  const [issue] = parsed.error.issues
  const path = issue?.path.join('.') ?? ''
  throw new AppError('bad_request', {
    detail: `${path ? `${path}: ` : ''}${issue?.message ?? 'wrong shape'}`,
  })
}
