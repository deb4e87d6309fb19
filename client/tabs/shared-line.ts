// A transport that the tabs of one person share: one of them leads and has the WebSocket, the others reach the server through
// it. When the leading tab goes, or does not answer, another one takes the lead and everybody connects anew, which a resume
// makes cheap. switchboard.ts is the leading tab's part of it.

import { closeCodes } from '#shared/protocol/codes.ts'
import type { ChatStore } from '../chat-store.ts'
import type { Sync } from '../sync.ts'
import type { ClientClock, Socket, SocketEvents, Transport } from '../types.ts'
import type { Windows } from '../windows.ts'
import type { TabChannel, TabHost } from './host.ts'
import type { LineMessage, LinkId } from './messages.ts'
import { Switchboard } from './switchboard.ts'

/** A leading tab that says nothing for so long is frozen: another one takes the lead. */
const answerMs = 5_000
const lostCode = 1006

export interface SharedLineDeps {
  transport: Transport
  host: TabHost
  clock: ClientClock
  store: ChatStore
  sync: Sync
  windows: Pick<Windows, 'onScreen'>
  /** The connection is there, or somebody waits for it: try at once. */
  wake(): void
  /** Whether the time of the next try has passed without one: a tab in the background has slow timers. */
  isOverdue(): boolean
  /** Another tab is gone, and may have left messages that are not sent. */
  orphans(): void
}

/** What this tab's client holds as its socket. */
interface Local {
  readonly url: string
  readonly events: SocketEvents
  readonly link: LinkId
  /** `asking`: nobody has answered yet. */
  state: 'asking' | 'linked' | 'live' | 'real'
  timer: unknown
}

export class SharedLine implements Transport {
  readonly #deps: SharedLineDeps
  #channel: TabChannel | undefined
  #endLead: (() => void) | undefined
  #switchboard: Switchboard | undefined
  #local: Local | undefined
  #socket: Socket | undefined
  #links = 0
  /** Ends the watch over each other tab that has a link. */
  readonly #watches = new Map<LinkId, () => void>()

  constructor(deps: SharedLineDeps) {
    this.#deps = deps
  }

  open(url: string, events: SocketEvents): Socket {
    this.#join()
    const link = `${this.#deps.host.id}.${++this.#links}`
    const local: Local = { url, events, link, state: 'asking', timer: undefined }
    this.#local = local
    if (this.#switchboard) this.#connect(local, this.#switchboard)
    else this.#ask(local)
    return {
      send: bytes => this.#send(local, bytes),
      close: () => this.#close(local),
    }
  }

  /** This tab's sync is complete. */
  online(): void {
    if (!this.#switchboard) {
      this.#doubt()
      return
    }
    this.#switchboard.online()
    // A tab that was closed without a connection told nobody.
    this.#deps.orphans()
  }

  /** Somebody looks at this tab. */
  wake(): void {
    if (!this.#switchboard) this.#tell({ t: 'wake' })
  }

  /** This tab's client has stopped: another tab may lead. */
  leave(): void {
    if (this.#local) this.#close(this.#local)
    this.#endLead?.()
    this.#endLead = undefined
    this.#endSwitchboard(lostCode)
    this.#channel?.leave()
    this.#channel = undefined
  }

  #join(): void {
    if (this.#channel) return
    const name = `line.${this.#deps.store.me?.id ?? 0}`
    this.#channel = this.#deps.host.join(name, message => this.#hear(message as LineMessage))
    this.#seekLead(false)
    this.wake()
  }

  /**
   * Others' marks have no position of their own: at HELLO the server tells them of chats on screen, but the leading tab asked
   * for its own ones only.
   */
  #doubt(): void {
    const { store, sync, windows } = this.#deps
    for (const chat of windows.onScreen) {
      const state = store.chats.get(chat)
      if (!state) continue
      state.stale = true
      sync.check(state, 0)
    }
  }

  #seekLead(force: boolean): void {
    this.#endLead?.()
    const name = `line.${this.#deps.store.me?.id ?? 0}`
    const events = { led: () => this.#led(), lost: () => this.#lost() }
    this.#endLead = this.#deps.host.lead(name, events, force)
  }

  #led(): void {
    const switchboard = new Switchboard({
      clock: this.#deps.clock,
      store: this.#deps.store,
      sync: this.#deps.sync,
      tell: message => this.#tell(message),
      send: bytes => this.#socket?.send(bytes),
      hear: bytes => this.#local?.events.onMessage(bytes),
    })
    this.#switchboard = switchboard
    this.#tell({ t: 'leading' })
    const local = this.#local
    if (local?.state === 'asking') this.#connect(local, switchboard)
    else if (local) this.#closed(local, lostCode)
    this.#deps.orphans()
  }

  /** Another tab thought that this one was frozen. */
  #lost(): void {
    const local = this.#local
    const socket = this.#socket
    this.#socket = undefined
    this.#endSwitchboard(undefined)
    socket?.close()
    if (local) this.#closed(local, lostCode)
    this.#seekLead(false)
  }

  /** @param code told to the other tabs, if they are to be told */
  #endSwitchboard(code: number | undefined): void {
    const switchboard = this.#switchboard
    this.#switchboard = undefined
    for (const end of this.#watches.values()) end()
    this.#watches.clear()
    if (code !== undefined) switchboard?.end(code)
  }

  /** The leading tab opens the real socket. */
  #connect(local: Local, switchboard: Switchboard): void {
    const { transport, clock } = this.#deps
    clock.clearTimeout(local.timer)
    local.state = 'real'
    const isCurrent = () => this.#local === local && this.#switchboard === switchboard
    this.#socket = transport.open(local.url, {
      onOpen: () => isCurrent() && local.events.onOpen(),
      onMessage: bytes => {
        if (!isCurrent()) return
        // The other tabs' sync is told from this tab's store: it is to be as new as what they were told before.
        local.events.onMessage(bytes)
        if (isCurrent()) switchboard.down(bytes)
      },
      onClose: (code, reason) => {
        if (!isCurrent()) return
        this.#local = undefined
        this.#socket = undefined
        this.#endWatches()
        switchboard.end(isForAll(code) ? code : lostCode)
        local.events.onClose(code, reason)
      },
    })
  }

  #ask(local: Local): void {
    const { clock, host } = this.#deps
    clock.clearTimeout(local.timer)
    local.timer = clock.setTimeout(() => this.#seekLead(true), answerMs)
    this.#tell({ t: 'open', link: local.link, tab: host.id })
  }

  #send(local: Local, bytes: Uint8Array): void {
    if (this.#local !== local) return
    if (local.state === 'real') this.#switchboard?.send(bytes)
    else this.#tell({ t: 'up', link: local.link, bytes: bytes.slice() })
  }

  #close(local: Local): void {
    if (this.#local !== local) return
    this.#local = undefined
    this.#deps.clock.clearTimeout(local.timer)
    if (local.state !== 'real') {
      this.#tell({ t: 'close', link: local.link })
      return
    }
    const socket = this.#socket
    this.#socket = undefined
    this.#endWatches()
    this.#switchboard?.end(lostCode)
    socket?.close()
  }

  #closed(local: Local, code: number): void {
    if (this.#local !== local) return
    this.#local = undefined
    this.#deps.clock.clearTimeout(local.timer)
    local.events.onClose(code, '')
  }

  #tell(message: LineMessage): void {
    this.#channel?.tell(message)
  }

  #hear(message: LineMessage): void {
    if (this.#switchboard) this.#hearAsLeader(message, this.#switchboard)
    else this.#hearAsOther(message)
  }

  #hearAsLeader(message: LineMessage, switchboard: Switchboard): void {
    switch (message.t) {
      case 'open':
        this.#watches.set(
          message.link,
          this.#deps.host.whenGone(message.tab, () => {
            this.#unlink(message.link)
            this.#deps.orphans()
          }),
        )
        switchboard.open(message.link)
        if (!this.#local && this.#deps.isOverdue()) this.#deps.wake()
        return
      case 'wake':
        this.#deps.wake()
        return
      case 'up':
        switchboard.up(message.link, message.bytes)
        return
      case 'close':
        this.#unlink(message.link)
        return
      default:
    }
  }

  #unlink(link: LinkId): void {
    this.#watches.get(link)?.()
    this.#watches.delete(link)
    this.#switchboard?.close(link)
  }

  #endWatches(): void {
    for (const end of this.#watches.values()) end()
    this.#watches.clear()
  }

  #hearAsOther(message: LineMessage): void {
    const local = this.#local
    if (!local) {
      if (message.t === 'online') this.#deps.wake()
      return
    }
    switch (message.t) {
      case 'leading':
        if (local.state === 'asking') this.#ask(local)
        else this.#closed(local, lostCode)
        return
      case 'opened':
        if (message.link !== local.link || local.state !== 'asking') return
        this.#deps.clock.clearTimeout(local.timer)
        local.state = 'linked'
        local.events.onOpen()
        return
      case 'down':
        if (message.link !== local.link) return
        if (message.begins) local.state = 'live'
        local.events.onMessage(message.bytes)
        return
      case 'all':
        if (local.state === 'live') local.events.onMessage(message.bytes)
        return
      case 'closed':
        if (local.state !== 'asking') this.#closed(local, message.code)
        return
      default:
    }
  }
}

/** What ends the session on this device ends it in all tabs; otherwise another token or another moment may help. */
function isForAll(code: number): boolean {
  return code === closeCodes.session_revoked.code || code === closeCodes.too_many_connections.code
}
