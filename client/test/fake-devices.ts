// The connections of the reference server, and who is told what: everybody of a chat everything, but of large chats only
// those who look at them; the others get a bump now and then.

import { type CloseName, closeCodes } from '#shared/protocol/codes.ts'
import type { UserEventBody, UserEventName } from '#shared/protocol/events.ts'
import { controlFrame, userFrame } from '#shared/protocol/frames.ts'
import type { ChatId, UserId } from '#shared/protocol/ids.ts'
import { limits } from '#shared/protocol/limits.ts'
import { isActive } from '#shared/protocol/permissions.ts'
import type { ClientClock } from '../types.ts'
import type { FakeChange } from './fake-bumps.ts'
import { isIn, type ServerChat } from './fake-chat.ts'
import type { Wire } from './fake-network.ts'

export interface Connection {
  wire: Wire
  /** undefined before HELLO. */
  user: UserId | undefined
  watching: readonly ChatId[]
}

export class FakeDevices {
  readonly connections = new Set<Connection>()
  fullFanOutMembersMax: number = limits.fullFanOutMembersMax
  bumpTextMax = 1_000
  /** A planted bug: bumps say that they tell everything there ever was. */
  bumpsLie = false
  readonly #clock: ClientClock

  constructor(clock: ClientClock) {
    this.#clock = clock
  }

  /** Those who are in the chat. */
  in(chat: ServerChat): Connection[] {
    return [...this.connections].filter(({ user }) => user !== undefined && isIn(chat, user))
  }

  close(connection: Connection, name: CloseName): void {
    connection.wire.close(closeCodes[name].code)
  }

  /** Tells all devices of a user. */
  tell<Name extends UserEventName>(
    user: UserId,
    name: Name,
    urev: number,
    body: UserEventBody<Name>,
  ): void {
    for (const connection of this.connections) {
      if (connection.user === user) connection.wire.send(userFrame(name, urev, body))
    }
  }

  /** Tells a change of a chat, but not to the connection that made it. */
  spread(chat: ServerChat, change: FakeChange, frame: Uint8Array, origin?: Connection): void {
    const members = [...chat.places.values()].filter(place => isActive(place.role)).length
    const isLarge = members > this.fullFanOutMembersMax
    const { unbumped } = chat
    unbumped.add(change)
    let others = false
    for (const connection of this.in(chat)) {
      if (connection === origin) continue
      if (!isLarge || connection.watching.includes(chat.id)) connection.wire.send(frame)
      else {
        others = true
        this.#call(chat, change, connection)
      }
    }
    if (!others || unbumped.due) return
    unbumped.due = true
    this.#clock.setTimeout(() => this.#bumpOthers(chat), limits.bumpEveryMs)
  }

  /** These chats are on screen from now on. What a bump was about to tell of them is told first. */
  watch(
    connection: Connection,
    ids: readonly ChatId[],
    chats: ReadonlyMap<ChatId, ServerChat>,
  ): void {
    for (const id of ids) {
      const chat = connection.watching.includes(id) ? undefined : chats.get(id)
      if (chat?.unbumped.due) this.#bump(chat, connection)
    }
    connection.watching = ids
  }

  /** Whom a message calls is told at once. */
  #call(chat: ServerChat, change: FakeChange, { user, wire }: Connection): void {
    if (change.name !== 'message' || !change.body.calls?.includes(user ?? 0)) return
    const bump = chat.unbumped.bump(chat, this.bumpTextMax)
    wire.send(controlFrame('bump', { ...bump, calls: [change.body] }))
  }

  #bumpOthers(chat: ServerChat): void {
    if (!chat.unbumped.due) return
    for (const connection of this.in(chat)) {
      if (!connection.watching.includes(chat.id)) this.#bump(chat, connection)
    }
    chat.unbumped.restart(chat.rev)
  }

  #bump(chat: ServerChat, { wire }: Connection): void {
    const bump = chat.unbumped.bump(chat, this.bumpTextMax)
    wire.send(controlFrame('bump', this.bumpsLie ? { ...bump, since: 0 } : bump))
  }
}
