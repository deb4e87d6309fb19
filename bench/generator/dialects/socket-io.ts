// Speaks Socket.IO 5 over engine.io 4 on a bare WebSocket to bench/peers/socket-io-server.ts: `40` connects,
// `42<id>[event, …]` says, `43<id>[…]` answers. The message's number is the packet's id.

import {
  type Dialect,
  indexDigits,
  type Member,
  type Reading,
  readIndex,
  seen,
  textBytes,
  writeIndex,
} from '../dialect.ts'
import { clientFrame, type Wire } from '../wire.ts'
import { answer } from './answer.ts'

/** Bytes that tell packets apart. */
const byte = { zero: 0x30, two: 0x32, three: 0x33, four: 0x34, nine: 0x39, quote: 0x22, e: 0x65 }
/** What stands behind the text in a message: `"}]`. */
const behindText = 3
/** Digits of the id stand behind `42`, or `43`. */
const idAt = 2
/** Between an answer's id and the name of its first field: `[{"`. */
const wordAt = 3

const text = (words: string) => clientFrame(Buffer.from(words), 'text')

export const socketIo: Dialect = {
  path: '/socket.io/?EIO=4&transport=websocket',
  subprotocol: '',
  echoes: true,
  acks: true,

  // The server's own `0{…}` is not waited for: it may have come in one piece with the handshake.
  async enter(wire: Wire, { token, room }: Member) {
    await answer(wire, text(`40${JSON.stringify({ token })}`), /^40/, /^44/)
    await answer(wire, text(`420["join",${room}]`), /^430\[/)
  },

  speaker({ room }: Member) {
    const said = JSON.stringify(['send', { room, text: 'x'.repeat(textBytes) }])
    const template = text(`42${'0'.repeat(indexDigits)}${said}`)
    const textAt = template.length - behindText - textBytes
    const indexAt = template.indexOf('["send"') - indexDigits
    return index => {
      const frame = Buffer.allocUnsafe(template.length)
      template.copy(frame)
      writeIndex(frame, indexAt, index)
      writeIndex(frame, textAt, index)
      return frame
    }
  },

  read(bytes: Buffer, start: number, end: number, into: Reading) {
    into.kind = seen.other
    if (bytes[start] !== byte.four) return
    if (bytes[start + 1] === byte.two && bytes[end - behindText] === byte.quote) {
      into.kind = seen.message
      into.index = readIndex(bytes, end - behindText - textBytes)
    } else if (bytes[start + 1] === byte.three) readAnswer(bytes, start + idAt, into)
  },
}

/** HOT: per message. `17[{"seq":…` or `17[{"error":…`. */
function readAnswer(bytes: Buffer, from: number, into: Reading): void {
  let index = 0
  let at = from
  for (; isDigit(bytes[at] as number); at++) index = index * 10 + (bytes[at] as number) - byte.zero
  into.index = index
  into.kind = bytes[at + wordAt] === byte.e ? seen.refused : seen.ack
}

function isDigit(value: number): boolean {
  return value >= byte.zero && value <= byte.nine
}
