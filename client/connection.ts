// One connection at a time, kept up: opens sockets, says HELLO, watches for silence, and decides after
// each close whether and when to try again. Knows frames of control only; all others go to its owner.

import { encode } from '#shared/protocol/codec.ts'
import { AppError, type CloseName, closeCodes } from '#shared/protocol/codes.ts'
import type { ControlBody } from '#shared/protocol/events.ts'
import { type OpIn, ops } from '#shared/protocol/ops.ts'
import { afterClose, backoffMs, soonMs } from './backoff.ts'
import { readControl, readServerFrames, type ServerFrame } from './server-frame.ts'
import type { ClientClock, ConnectionState, DevCounters, Socket, Transport } from './types.ts'

/** From opening the socket to the end of the sync, at most this long until the next sign of life. */
const stepMs = 15_000
const silenceMs = 25_000
const pingDeadlineMs = 10_000
/** HELLO's answer comes as a result too; requests are numbered from 1. */
const helloRef = 0

export interface ConnectionDeps {
  transport: Transport
  clock: ClientClock
  counters: DevCounters
  /** Where the gateway is. @throws AppError when that cannot be found out now */
  url(): Promise<string>
  /**
   * A token for HELLO.
   * @param refused the one that the server did not accept
   * @throws AppError `unauthorized` when signed out
   */
  accessToken(refused?: string): Promise<string>
  device: string
  resume(token: string): OpIn<'hello'>['resume']
  ping(timeoutMs: number): Promise<unknown>
  helloOk(hello: ControlBody<'helloOk'>): void
  /** sync, bump and all that is not about the connection itself. */
  frame(frame: ServerFrame): void
  synced(end: ControlBody<'syncEnd'>): void
  lost(): void
  state(state: ConnectionState): void
}

export class Connection {
  readonly #deps: ConnectionDeps
  #state: ConnectionState = { state: 'offline' }
  #socket: Socket | undefined
  /** Changes with every attempt, so that what belongs to an earlier one is ignored. */
  #attempt = 0
  #failures = 0
  #token: string | undefined
  /** A token that the server refused; no sync has been completed since. */
  #refusedToken: string | undefined
  #hintUntil = 0
  #heardAt = 0
  #timer: unknown

  constructor(deps: ConnectionDeps) {
    this.#deps = deps
  }

  get state(): ConnectionState {
    return this.#state
  }

  /** Connects unless it is at it already; also after `stopped`. */
  start(): void {
    const { state } = this.#state
    if (state !== 'offline' && state !== 'stopped') return
    this.#failures = 0
    this.#refusedToken = undefined
    void this.#connect()
  }

  stop(): void {
    this.#end({ state: 'offline' })
  }

  /** Ends for a reason that a person must deal with. */
  giveUp(reason: (ConnectionState & { state: 'stopped' })['reason']): void {
    this.#end({ state: 'stopped', reason })
  }

  /** The device woke up or the network came back: tries at once, or sees whether the connection lives. */
  wake(): void {
    if (this.#state.state === 'waiting') {
      this.#failures = 0
      void this.#connect()
    } else if (this.#state.state === 'online') {
      void this.#ping(this.#attempt)
    }
  }

  /** Cuts the connection; it is made anew. */
  drop(): void {
    if (this.#socket) this.#closed(this.#attempt, 1006)
  }

  /** @param bytes one frame; dropped when there is no connection */
  send(bytes: Uint8Array): void {
    this.#socket?.send(bytes)
  }

  #set(state: ConnectionState): void {
    this.#state = state
    this.#deps.state(state)
  }

  #after(ms: number, run: () => void): void {
    this.#deps.clock.clearTimeout(this.#timer)
    this.#timer = this.#deps.clock.setTimeout(run, ms)
  }

  #end(state: ConnectionState): void {
    this.#release()
    this.#set(state)
  }

  /** Lets go of the socket, if any; its close will not be heard. */
  #release(): void {
    this.#attempt++
    this.#deps.clock.clearTimeout(this.#timer)
    const socket = this.#socket
    this.#socket = undefined
    if (!socket) return
    socket.close()
    this.#deps.lost()
  }

  async #connect(): Promise<void> {
    this.#release()
    const attempt = this.#attempt
    this.#set({ state: 'connecting' })
    try {
      const token = await this.#deps.accessToken(this.#refusedToken)
      const url = await this.#deps.url()
      if (attempt !== this.#attempt) return
      this.#token = token
      this.#open(attempt, url, token)
    } catch (error) {
      if (attempt !== this.#attempt) return
      if (error instanceof AppError && error.code === 'unauthorized') this.giveUp('signed_out')
      else this.#wait(this.#nextBackOff())
    }
  }

  #open(attempt: number, url: string, token: string): void {
    const whenCurrent = (run: () => void) => {
      if (attempt === this.#attempt) run()
    }
    this.#deps.counters.connections++
    this.#after(stepMs, () => this.#closed(attempt, 1006))
    this.#socket = this.#deps.transport.open(url, {
      onOpen: () => whenCurrent(() => this.#hello(token)),
      onMessage: bytes => whenCurrent(() => this.#message(attempt, bytes)),
      onClose: code => whenCurrent(() => this.#closed(attempt, code)),
    })
  }

  #hello(token: string): void {
    const { device, resume } = this.#deps
    const body: OpIn<'hello'> = { token, device }
    const held = resume(token)
    if (held) body.resume = held
    this.send(encode([ops.hello.op, helloRef, body]))
  }

  #message(attempt: number, bytes: Uint8Array): void {
    this.#heardAt = this.#deps.clock.now()
    if (this.#state.state === 'syncing') this.#after(stepMs, () => this.#closed(attempt, 1006))
    for (const frame of readServerFrames(bytes)) {
      // A frame before may have ended this attempt.
      if (attempt !== this.#attempt) return
      if (!frame) {
        this.#deps.counters.badFrames++
      } else if (frame.type === 'control') {
        this.#control(attempt, frame)
      } else if (frame.type !== 'result' || frame.ref !== helloRef) {
        this.#deps.frame(frame)
      }
    }
  }

  #control(attempt: number, frame: ServerFrame & { type: 'control' }): void {
    const control = readControl(frame.kind, frame.body)
    switch (control.name) {
      case 'helloOk':
        if (this.#state.state !== 'connecting') return
        this.#after(stepMs, () => this.#closed(attempt, 1006))
        this.#set({ state: 'syncing' })
        this.#deps.helloOk(control.body)
        return
      case 'syncEnd':
        if (this.#state.state !== 'syncing') return
        this.#failures = 0
        this.#refusedToken = undefined
        this.#listen(attempt)
        this.#set({ state: 'online' })
        this.#deps.synced(control.body)
        return
      case 'reconnect':
        this.#hint(attempt, control.body.afterMs)
        return
      case 'bad':
        this.#deps.counters.badFrames++
        return
      default:
        this.#deps.frame(frame)
    }
  }

  /** The server asks to come back in so many ms, and will close by itself if we do not. */
  #hint(attempt: number, afterMs: number): void {
    const { clock } = this.#deps
    this.#hintUntil = clock.now() + afterMs
    if (this.#state.state !== 'online') return
    this.#after(afterMs + soonMs(clock.random()), () => {
      if (attempt === this.#attempt) void this.#connect()
    })
  }

  /** Online: after some silence a ping shows whether anybody is there. */
  #listen(attempt: number): void {
    const { clock } = this.#deps
    const silentFor = clock.now() - this.#heardAt
    // A clock that was set back must not stop the watch.
    const waitMs = silentFor < 0 ? silenceMs : Math.max(0, silenceMs - silentFor)
    this.#after(waitMs, () => {
      if (attempt !== this.#attempt) return
      if (clock.now() - this.#heardAt >= silenceMs) void this.#ping(attempt)
      else this.#listen(attempt)
    })
  }

  async #ping(attempt: number): Promise<void> {
    try {
      await this.#deps.ping(pingDeadlineMs)
    } catch (error) {
      // Any answer, even a refusal, shows that the server is there.
      const silent = error instanceof AppError && error.code === 'timeout'
      if (silent && attempt === this.#attempt) return this.#closed(attempt, 1006)
    }
    if (attempt === this.#attempt && this.#state.state === 'online') this.#listen(attempt)
  }

  #closed(attempt: number, code: number): void {
    if (attempt !== this.#attempt) return
    const { clock } = this.#deps
    const after = afterClose(code)
    const wasOnline = this.#state.state === 'online'
    switch (after.next) {
      case 'stop':
        this.giveUp(after.reason)
        return
      case 'refresh':
        this.#refused(after.reason)
        return
      case 'soon':
        // What closes again before it was online is not a matter of a moment.
        this.#wait(wasOnline ? soonMs(clock.random()) : this.#nextBackOff())
        return
      case 'backOff':
        this.#wait(this.#nextBackOff())
        return
      default:
        after satisfies never
    }
  }

  /** The token was refused: another one may do, once. */
  #refused(reason: CloseName): void {
    const isSecond = this.#refusedToken !== undefined
    if (isSecond && closeCodes[reason].reconnect === null) {
      this.giveUp(reason)
      return
    }
    this.#refusedToken = this.#token
    if (isSecond) this.#wait(this.#nextBackOff())
    else void this.#connect()
  }

  #nextBackOff(): number {
    return backoffMs(this.#failures++, this.#deps.clock.random())
  }

  /** @param ms own wait; not less than a hint of the server, spread a little */
  #wait(ms: number): void {
    const { clock } = this.#deps
    this.#release()
    const now = clock.now()
    const hintMs = this.#hintUntil > now ? this.#hintUntil - now + soonMs(clock.random()) : 0
    const waitMs = Math.max(ms, hintMs)
    this.#hintUntil = 0
    this.#set({ state: 'waiting', retryAt: now + waitMs })
    this.#after(waitMs, () => void this.#connect())
  }
}
