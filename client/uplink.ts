// The connection of one client: where its gateway is, what it says at HELLO, and which part gets what comes.
// Owned by petrel-client.ts, which says who is signed in. connection.ts keeps the socket; this file knows the parts.

import type { ControlBody } from '#shared/protocol/events.ts'
import type { ClientConfig } from '#shared/protocol/http.ts'
import { randomRid } from '#shared/protocol/ids.ts'
import { limits } from '#shared/protocol/limits.ts'
import { Connection } from './connection.ts'
import { applyEphemeral } from './ephemerals.ts'
import { gatewayUrl } from './gateway-url.ts'
import { type Parts, partsDown, partsUp } from './parts.ts'
import type { ServerFrame } from './server-frame.ts'
import type { Session } from './session.ts'
import type { TabHost } from './tabs/host.ts'
import { SharedLine } from './tabs/shared-line.ts'
import type {
  ClientClock,
  ClientOptions,
  ConnectionState,
  DevCounters,
  Storage,
  Transport,
} from './types.ts'

/** The rest of HELLO beside its token and the list of chats: a device name, the chats on screen, some keys. */
const helloRestBytes = 1_024

export interface UplinkDeps {
  options: Pick<ClientOptions, 'api' | 'gateway' | 'device' | 'tabs'>
  transport: Transport
  storage: Storage
  clock: ClientClock
  counters: DevCounters
  session: Session
  parts: Parts
  /** @throws AppError when the api cannot be reached */
  config(): Promise<ClientConfig>
  changed(): void
}

export class Uplink {
  readonly #deps: UplinkDeps
  readonly #transport: Transport
  #connection: Connection | undefined
  #state: ConnectionState = { state: 'offline' }
  /** As the api told it. */
  #gateway: string | undefined

  constructor(deps: UplinkDeps) {
    this.#deps = deps
    const { options, transport, clock, parts } = deps
    const line = (host: TabHost) =>
      new SharedLine({
        ...parts,
        transport,
        host,
        clock,
        wake: () => this.#connection?.wake(),
        isOverdue: () => this.#isOverdue,
        orphans: () => {
          for (const part of [parts.outbox, parts.drafts]) part.adopt().catch(() => {})
        },
      })
    this.#transport = options.tabs ? line(options.tabs) : transport
  }

  get state(): ConnectionState {
    return this.#state
  }

  /** @param device of `device()` */
  start(device: string): void {
    this.#connection ??= this.#makeConnection(device)
    this.#connection.start()
  }

  stop(): void {
    this.#connection?.stop()
  }

  /** Tries at once to connect, or sees whether the connection lives. */
  wake(): void {
    this.#connection?.wake()
    this.#transport.wake?.()
  }

  /** Cuts the connection as a network failure would. */
  drop(): void {
    this.#connection?.drop()
  }

  send(bytes: Uint8Array): void {
    this.#connection?.send(bytes)
  }

  /** Says where it ended; a connection that stopped for a reason stays so until `start`. */
  end(state: ConnectionState & { state: 'offline' | 'stopped' }): void {
    this.#setState(state)
    if (state.state === 'stopped') this.#connection?.giveUp(state.reason)
  }

  /** Names this installation: as the application says, else as storage has it since the first start. */
  async device(): Promise<string> {
    const { options, storage } = this.#deps
    if (options.device !== undefined) return options.device
    const stored = await storage.get('device')
    if (typeof stored === 'string') return stored
    const made = `d${randomRid().toString(36)}`
    await storage.set('device', made)
    return made
  }

  get #isOverdue(): boolean {
    return this.#state.state === 'waiting' && this.#state.retryAt <= this.#deps.clock.now()
  }

  #makeConnection(device: string): Connection {
    const { clock, counters, session, parts } = this.#deps
    const transport = this.#transport
    const { rpc, sync, windows } = parts
    return new Connection({
      transport,
      clock,
      counters,
      device,
      url: () => this.#url(),
      accessToken: refused => session.accessToken(refused),
      resume: token => {
        const roomBytes = limits.helloBytesMax - token.length - helloRestBytes
        return sync.resume(windows.onScreen, roomBytes)
      },
      ping: timeoutMs => rpc.request('ping', {}, { timeoutMs, onlyNow: true }),
      helloOk: hello => this.#helloOk(hello),
      frame: frame => this.#frame(frame),
      synced: end => {
        partsUp(parts, end)
        transport.online?.()
      },
      lost: () => partsDown(parts),
      state: state => this.#setState(state),
    })
  }

  async #url(): Promise<string> {
    const { options, config } = this.#deps
    if (options.gateway !== undefined) return options.gateway
    this.#gateway ??= gatewayUrl((await config()).gateway, options.api)
    return this.#gateway
  }

  #setState(state: ConnectionState): void {
    // The gateway may have moved since its address was asked for.
    const failed = this.#state.state === 'connecting' && state.state === 'waiting'
    if (failed) this.#gateway = undefined
    this.#state = state
    if (state.state === 'offline' || state.state === 'stopped') this.#transport.leave?.()
    this.#deps.changed()
  }

  #helloOk(hello: ControlBody<'helloOk'>): void {
    const { sync, windows, sections } = this.#deps.parts
    if (sync.begin(hello)) return
    windows.restart()
    sections.reset()
  }

  #frame(frame: ServerFrame): void {
    const { counters, parts } = this.#deps
    switch (frame.type) {
      case 'result':
        if (!parts.rpc.result(frame.ref, frame.result)) counters.badFrames++
        break
      case 'error':
        parts.rpc.error(frame.ref, frame.error)
        break
      case 'chat':
        parts.sync.chatEvent(frame)
        break
      case 'user':
        parts.sync.userEvent(frame)
        break
      case 'ephemeral':
        applyEphemeral({ ...parts, counters }, frame)
        break
      case 'control':
        parts.sync.control(frame)
        break
      default:
        frame satisfies never
    }
  }
}
