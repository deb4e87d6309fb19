// Speaks to bench/peers/raw-uws-server.ts, and to ws-server.ts alike: a text frame names the room, and every
// binary frame comes back unchanged to all of it, the sender included. The frames are Petrel's `message` events.

import { chatFrame } from '#shared/protocol/frames.ts'
import {
  type Dialect,
  type Member,
  type Reading,
  readIndex,
  seen,
  textBytes,
  writeIndex,
} from '../dialect.ts'
import { clientFrame, type Wire } from '../wire.ts'
import { answer } from './answer.ts'

/** Numbers of the size that they have in a busy chat: what counts is how many bytes they take. */
const typical = {
  rev: 1_000,
  seq: 1_000,
  from: 2 ** 51 + 1,
  rid: 2 ** 50 + 1,
  at: 1_750_000_000_000,
}

export const rawUws: Dialect = {
  path: '/',
  subprotocol: '',
  echoes: true,
  acks: false,

  async enter(wire: Wire, { room }: Member) {
    await answer(wire, clientFrame(Buffer.from(`room ${room}`), 'text'), /^room /)
  },

  speaker({ room }: Member) {
    const { rev, ...message } = typical
    const event = chatFrame('message', room, rev, { ...message, rev, text: 'x'.repeat(textBytes) })
    const template = clientFrame(event, 'binary')
    const textAt = template.length - textBytes
    return index => {
      const frame = Buffer.allocUnsafe(template.length)
      template.copy(frame)
      writeIndex(frame, textAt, index)
      return frame
    }
  },

  read(bytes: Buffer, _start: number, end: number, into: Reading) {
    into.kind = seen.message
    into.index = readIndex(bytes, end - textBytes)
  },
}
