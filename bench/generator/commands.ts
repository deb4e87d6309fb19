// What the generator process can be told to do: plain data in, plain data out. Crowds live here between commands.

import { Crowd, type Entered } from './crowd.ts'
import type { Dialect, Member } from './dialect.ts'
import { ejabberd } from './dialects/ejabberd.ts'
import { petrel } from './dialects/petrel.ts'
import { rawUws } from './dialects/raw-uws.ts'
import { socketIo } from './dialects/socket-io.ts'
import { ws } from './dialects/ws.ts'
import {
  type ClosedLoop,
  closedLoop,
  type OnMark,
  type OpenLoop,
  type Outcome,
  openLoop,
} from './load.ts'
import type { Address } from './wire.ts'

const dialects = {
  petrel,
  'raw-uws': rawUws,
  ws,
  'socket.io': socketIo,
  ejabberd,
} satisfies Record<string, Dialect>

export type DialectName = keyof typeof dialects

/** Members as columns: ten thousand of them are one small message. */
export interface Members {
  tokens: string[]
  rooms: number[]
}

const crowds = new Map<string, Crowd>()

function crowd(name: string): Crowd {
  const found = crowds.get(name)
  if (!found) throw new Error(`there is no crowd ${name}`)
  return found
}

export const commands = {
  /** Connects a crowd under a name. */
  async enter(args: {
    crowd: string
    dialect: DialectName
    address: Address
    members: Members
    atOnce: number
  }): Promise<Entered> {
    const made = new Crowd(dialects[args.dialect], args.address)
    crowds.set(args.crowd, made)
    const { tokens, rooms } = args.members
    const members: Member[] = tokens.map((token, i) => ({ token, room: rooms[i] as number }))
    return made.enter(members, args.atOnce)
  },

  async openLoop(args: OpenLoop & { crowd: string }, onMark: OnMark): Promise<Outcome> {
    return openLoop(crowd(args.crowd), args, onMark)
  },

  async closedLoop(args: ClosedLoop & { crowd: string }, onMark: OnMark): Promise<Outcome> {
    return closedLoop(crowd(args.crowd), args, onMark)
  },

  /** Every n-th member stops reading. */
  async pause(args: { crowd: string; every: number }): Promise<void> {
    crowd(args.crowd).pause(args.every)
  },

  async leave(args: { crowd: string }): Promise<void> {
    crowd(args.crowd).leave()
    crowds.delete(args.crowd)
  },
}

export type Commands = typeof commands
