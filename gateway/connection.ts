// One client's socket: its queue of ready frames, its limits, who is behind it. Knows no uWebSockets.js:
// server.ts hands it a Socket. Owned by the hub; every queue here has a byte bound.

import { type CloseName, closeCodes } from '#shared/protocol/codes.ts'
import { controlFrame } from '#shared/protocol/frames.ts'
import type { ChatId, SessionId, UserId } from '#shared/protocol/ids.ts'
import { limits, type Plan } from '#shared/protocol/limits.ts'
import { Bucket } from './bucket.ts'
import type { Flusher } from './flusher.ts'
import type { ChatEntry } from './hub.ts'

/** What a connection needs of a WebSocket. */
export interface Socket {
  /** @returns 1 handed to the kernel, 0 buffered, 2 dropped */
  send(bytes: Uint8Array): number
  /** Runs `write` so that all its sends leave together. */
  cork(write: () => void): void
  /** Bytes that wait in user space for the peer to read. */
  buffered(): number
  /** Sends a close frame after what is buffered. */
  end(code: number, reason: string): void
  /** Cuts the connection at once. */
  close(): void
}

/** Who a connection belongs to; known after HELLO. */
export interface Identity {
  user: UserId
  session: SessionId
  plan: Plan
}

export interface ConnectionStats {
  closes(name: CloseName): void
  droppedEphemeral(): void
}

export interface ConnectionOptions {
  id: string
  ip: string
  flusher: Flusher
  stats: ConnectionStats
  frameBurst: number
  framesPerS: number
  /** Monotonic time, ms. */
  nowMs: number
}

export class Connection {
  readonly id: string
  readonly ip: string
  readonly frames: Bucket
  /** `opening` until HELLO came, `syncing` until its answer is complete, then `live`. */
  state: 'opening' | 'greeting' | 'syncing' | 'live' = 'opening'
  identity: Identity | null = null
  /** Chats whose events this connection gets; kept by the hub. */
  chats: ChatEntry[] = []
  /** Chats left between registering and subscribing, which a read of the memberships may still show. */
  leftEarly: Set<ChatId> | null = new Set()
  /** Chats on screen: large ones send every event only to those who watch. */
  watching: readonly ChatId[] = []
  /** Users whose presence is shown; kept by presence.ts. */
  presenceOf: readonly UserId[] = []
  inFlight = 0
  /** Frames over the rate, less those within it. */
  flooded = 0
  /** Bytes of finished answers that wait for room; kept by dispatch.ts. */
  heldBytes = 0
  typingAtMs = Number.NEGATIVE_INFINITY
  readonly openedAtMs: number

  readonly #flusher: Flusher
  readonly #stats: ConnectionStats
  #socket: Socket | null
  #queue: Uint8Array[] = []
  #queueBytes = 0
  #dirty = false
  /** Live events that arrived during the sync. */
  #backlog: Uint8Array[] = []
  #backlogBytes = 0
  #overflowed = false
  #buffered = 0
  /** Since when the peer has read nothing of what is buffered; 0 while nothing is. */
  #stuckAtMs = 0
  /** Refuses everything more; the socket is about to close. */
  #dead = false
  #deadAtMs = 0
  #writable: (() => void)[] = []

  constructor(socket: Socket, options: ConnectionOptions) {
    this.id = options.id
    this.ip = options.ip
    this.frames = new Bucket(options.frameBurst, options.framesPerS, options.nowMs)
    this.openedAtMs = options.nowMs
    this.#flusher = options.flusher
    this.#stats = options.stats
    this.#socket = socket
  }

  /** Whether frames still have somewhere to go. */
  get open(): boolean {
    return !this.#dead && this.#socket !== null
  }

  /** Whether the socket is gone. */
  get closed(): boolean {
    return this.#socket === null
  }

  /** Bytes that wait for this peer, here and in the socket. */
  get waitingBytes(): number {
    return this.#queueBytes + this.#backlogBytes + this.#buffered
  }

  /**
   * HOT: per message per recipient. Queues one finished frame, in order with everything else queued.
   * @param bytes not copied: the caller does not reuse them
   */
  queue(bytes: Uint8Array): void {
    if (this.#dead || this.#socket === null) return
    this.#queue.push(bytes)
    this.#queueBytes += bytes.length
    if (this.#dirty) return
    this.#dirty = true
    this.#flusher.add(this)
  }

  /** HOT: per message per recipient. Queues a live event; during the sync it waits until goLive(). */
  queueEvent(bytes: Uint8Array): void {
    if (this.state === 'live') {
      this.queue(bytes)
      return
    }
    if (this.#dead || this.#overflowed) return
    this.#backlog.push(bytes)
    this.#backlogBytes += bytes.length
    if (this.#backlogBytes <= limits.hardBufferBytes) return
    // Not at once: ending removes this connection from lists that the caller walks.
    this.#overflowed = true
    setImmediate(() => this.end('slow_consumer'))
  }

  /** Queues a droppable frame; dropped when this peer reads slowly or is still syncing. */
  queueEphemeral(bytes: Uint8Array): void {
    if (this.state !== 'live' || this.#buffered + this.#queueBytes > limits.softBufferBytes) {
      this.#stats.droppedEphemeral()
      return
    }
    this.queue(bytes)
  }

  /** Ends the sync: the events that arrived meanwhile follow, then new ones as they come. */
  goLive(): void {
    for (const bytes of this.#backlog) this.queue(bytes)
    this.#backlog = []
    this.#backlogBytes = 0
    this.state = 'live'
  }

  /** Hands the queue to the socket; called by the flusher only. */
  flush(): void {
    this.#dirty = false
    const socket = this.#socket
    if (socket === null) return
    const frames = this.#queue
    this.#queue = []
    this.#queueBytes = 0
    socket.cork(() => {
      // Sending can close the socket and so end this connection in the middle of the loop.
      for (const bytes of frames) if (this.#socket !== null) socket.send(bytes)
    })
    if (this.#socket === null) return
    this.#buffered = socket.buffered()
    if (this.#buffered === 0) this.#stuckAtMs = 0
    else if (this.#stuckAtMs === 0) this.#stuckAtMs = performance.now()
    if (this.#buffered > limits.hardBufferBytes) this.end('slow_consumer')
    // When the socket took everything no drain follows.
    else this.#wakeOne()
  }

  /** The socket has room again. */
  onDrain(): void {
    if (this.#socket === null) return
    this.#buffered = this.#socket.buffered()
    this.#stuckAtMs = this.#buffered === 0 ? 0 : performance.now()
    this.#wakeOne()
  }

  /**
   * Resolves when less than the soft limit waits for this peer, or the connection has ended. Of many that
   * wait one goes on each turn, so that they do not all fill the same room.
   */
  writable(): Promise<void> {
    if (!this.open || (this.#hasRoom && this.#writable.length === 0)) return Promise.resolve()
    return new Promise(resolve => {
      this.#writable.push(resolve)
    })
  }

  /** The backlog does not count: only the end of the sync, which may wait for room, sends it. */
  get #hasRoom(): boolean {
    return this.#queueBytes + this.#buffered <= limits.softBufferBytes
  }

  /**
   * Closes with a code of the table; what is queued leaves first. Nothing is queued afterwards.
   * @param afterMs goes into a `reconnect` control frame just before
   */
  end(name: CloseName, afterMs?: number): void {
    const socket = this.#socket
    if (socket === null || this.#dead) return
    this.#stats.closes(name)
    this.#dead = true
    this.#deadAtMs = performance.now()
    this.#backlog = []
    this.#backlogBytes = 0
    socket.cork(() => {
      if (name !== 'slow_consumer') for (const bytes of this.#queue) socket.send(bytes)
      if (afterMs !== undefined) socket.send(controlFrame('reconnect', { afterMs, reason: name }))
    })
    this.#queue = []
    this.#queueBytes = 0
    this.#socket?.end(closeCodes[name].code, name)
    this.#wakeAll()
  }

  /** Closes a socket whose peer has read nothing for `ms` although bytes wait: pings alone keep it open for ever. */
  endIfStuckFor(ms: number, nowMs: number): void {
    if (this.#stuckAtMs > 0 && nowMs - this.#stuckAtMs > ms) this.end('slow_consumer')
  }

  /** Cuts the socket if a close that was begun `ms` ago has not come through: the peer does not read. */
  cutIfDeadFor(ms: number, nowMs: number): void {
    if (this.#dead && nowMs - this.#deadAtMs > ms) this.#socket?.close()
  }

  /** The socket is gone: from here on it is never touched. */
  onClosed(): void {
    this.#socket = null
    this.#queue = []
    this.#queueBytes = 0
    this.#backlog = []
    this.#backlogBytes = 0
    this.#buffered = 0
    this.#wakeAll()
  }

  #wakeOne(): void {
    if (this.#writable.length === 0 || !this.#hasRoom) return
    this.#writable.shift()?.()
    if (this.#writable.length > 0) setImmediate(() => this.#wakeOne())
  }

  #wakeAll(): void {
    const waiting = this.#writable
    this.#writable = []
    for (const resolve of waiting) resolve()
  }
}
