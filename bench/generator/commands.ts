// What the generator process can be told to do: plain data in, plain data out. Crowds live here between commands.

import { type Members, rows } from '../members.ts'
import { type Asked, type Asks, ask, type Heard, listen, type Posting } from './ask.ts'
import { setBallast } from './ballast.ts'
import { Crowd, type Entered } from './crowd.ts'
import type { Dialect } from './dialect.ts'
import { ejabberd } from './dialects/ejabberd.ts'
import { petrel } from './dialects/petrel.ts'
import { rawUws } from './dialects/raw-uws.ts'
import { socketIo } from './dialects/socket-io.ts'
import { ws } from './dialects/ws.ts'
import {
  type LoginStorm,
  loginStorm,
  type RestLoop,
  type RestOutcome,
  restLoop,
  type StormOutcome,
} from './http-load.ts'
import {
  type ClosedLoop,
  closedLoop,
  type OnMark,
  type OpenLoop,
  type Outcome,
  openLoop,
} from './load.ts'
import { type MixedLoad, type MixedOutcome, mixed } from './mixed.ts'
import { stormCommands } from './storm.ts'
import type { Address } from './wire.ts'

const dialects = {
  petrel,
  'raw-uws': rawUws,
  ws,
  'socket.io': socketIo,
  ejabberd,
} satisfies Record<string, Dialect>

export type DialectName = keyof typeof dialects

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
    return made.enter(rows(args.members), args.atOnce)
  },

  /** Connects more members to a crowd; they take the seats behind those that are taken. */
  async join(args: { crowd: string; members: Members; atOnce: number }): Promise<Entered> {
    return crowd(args.crowd).enter(rows(args.members), args.atOnce)
  },

  async openLoop(args: OpenLoop & { crowd: string }, onMark: OnMark): Promise<Outcome> {
    return openLoop(crowd(args.crowd), args, onMark)
  },

  async closedLoop(args: ClosedLoop & { crowd: string }, onMark: OnMark): Promise<Outcome> {
    return closedLoop(crowd(args.crowd), args, onMark)
  },

  async mixed(args: MixedLoad & { crowd: string }, onMark: OnMark): Promise<MixedOutcome> {
    return mixed(crowd(args.crowd), args, onMark)
  },

  async ask(args: Asks & { crowd: string }): Promise<Asked> {
    return ask(crowd(args.crowd), args)
  },

  async listen(args: Posting & { crowd: string }, onMark: OnMark): Promise<Heard> {
    return listen(crowd(args.crowd), args, onMark)
  },

  async restLoop(args: RestLoop, onMark: OnMark): Promise<RestOutcome> {
    return restLoop(args, onMark)
  },

  async loginStorm(args: LoginStorm): Promise<StormOutcome> {
    return loginStorm(args)
  },

  /** Every n-th member stops reading. */
  async pause(args: { crowd: string; every: number }): Promise<void> {
    crowd(args.crowd).pause(args.every)
  },

  /** The paused read again, until the server's closes have come through. @returns how many did, by close code */
  async wake(args: { crowd: string; waitMs: number }): Promise<Record<string, number>> {
    return crowd(args.crowd).wake(args.waitMs)
  },

  /** Large messages into the crowd's rooms, so many a second, until called with 0. */
  async ballast(args: { crowd: string; perS: number }): Promise<void> {
    setBallast(crowd(args.crowd), args.perS)
  },

  async leave(args: { crowd: string }): Promise<void> {
    crowd(args.crowd).leave()
    crowds.delete(args.crowd)
  },

  ...stormCommands,
}

export type Commands = typeof commands
