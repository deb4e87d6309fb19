// Our own protocol for the load generator: HELLO, `send`, and finding the message's number in the frames. Frames
// are written from a template, byte by byte: an encoder would be a good part of the generator's time.

import { randomInt } from 'node:crypto'
import { decode, encode, frameType } from '#shared/protocol/codec.ts'
import { closeCodes } from '#shared/protocol/codes.ts'
import { chatEvents, controls } from '#shared/protocol/events.ts'
import { ops } from '#shared/protocol/ops.ts'
import {
  type Dialect,
  type Member,
  type Reading,
  readIndex,
  seen,
  textBytes,
  writeIndex,
} from '../dialect.ts'
import { clientFrame, type Wire, WireError } from '../wire.ts'

/** Refs from here on belong to whatever else a scenario asks; below, the ref is the message's number. */
export const otherRefs = 0x8000_0000
const uint8 = 0xcc
const uint16 = 0xcd
const uint32 = 0xce
const uint64 = 0xcf
const str8 = 0xd9
const array3 = 0x93
const array5 = 0x95
/** Bounds of what the server may send during a sync: its pages are larger than any request. */
const syncScan = { depthMax: 16, itemsMax: 1_000_000 }

export const petrel: Dialect = {
  path: '/ws',
  subprotocol: 'petrel.v1',
  frameEnd,
  echoes: false,
  acks: true,

  enter: (wire, member) => hello(wire, { token: member.token, device: 'bench' }),

  speaker(member: Member) {
    // Unique per run, so that a message of an earlier run is never taken for this one's.
    const run = randomInt(1, 2 ** 20)
    const template = clientFrame(body(member.room), 'binary')
    const refAt = template.indexOf(Buffer.of(uint32, 0, 0, 0, 0)) + 1
    const ridAt = template.lastIndexOf(Buffer.of(uint64, 0, 0, 0, 0, 0, 0, 0, 0)) + 1
    const textAt = template.length - textBytes
    return index => {
      const frame = Buffer.allocUnsafe(template.length)
      template.copy(frame)
      frame.writeUInt32BE(index, refAt)
      frame.writeUInt32BE(run, ridAt)
      frame.writeUInt32BE(index, ridAt + 4)
      writeIndex(frame, textAt, index)
      return frame
    }
  },

  read(bytes: Buffer, start: number, end: number, into: Reading) {
    into.kind = seen.other
    const type = bytes[start + 1]
    if (bytes[start] === array5 && type === frameType.chatEvent) {
      const textAt = end - textBytes
      if (bytes[start + 2] !== chatEvents.message.kind || bytes[textAt - 2] !== str8) return
      into.kind = seen.message
      into.index = readIndex(bytes, textAt)
      return
    }
    if (bytes[start] !== array3) return
    if (type !== frameType.result && type !== frameType.error) return
    const ref = readCount(bytes, start + 2)
    if (ref >= otherRefs) return
    into.kind = type === frameType.result ? seen.ack : seen.refused
    into.index = ref
  },
}

/**
 * Says HELLO and waits for the end of the sync.
 * @throws WireError when the server closes instead; code `closed 4xxx`
 */
export function hello(wire: Wire, body: object): Promise<void> {
  return new Promise((resolve, reject) => {
    wire.onClose = code => {
      const reason = Object.values(closeCodes).find(each => each.code === code)?.message ?? ''
      reject(new WireError(`HELLO was refused with ${code}: ${reason}`, `closed ${code}`))
    }
    wire.onFrame = (bytes, start) => {
      if (bytes[start + 1] !== frameType.control || bytes[start + 2] !== controls.syncEnd.kind)
        return
      wire.onClose = () => undefined
      resolve()
    }
    wire.write(clientFrame(encode([ops.hello.op, 0, body]), 'binary'))
  })
}

/** Decodes a frame of the server's into plain values; for what is not counted by the thousand. */
export function decodeFrame(bytes: Buffer, start: number, end: number): unknown[] {
  return decode(bytes.subarray(start, end), syncScan).frame
}

/** `[send, ref, {chat, rid, text}]` with room for the ref, the rid and the message's number. */
function body(chat: number): Buffer {
  return Buffer.concat([
    Buffer.of(array3, ops.send.op, uint32, 0, 0, 0, 0, 0x83),
    encode(['chat']).slice(1),
    Buffer.from(encode([chat]).slice(1)),
    Buffer.from([0xa3, ...Buffer.from('rid'), uint64, 0, 0, 0, 0, 0, 0, 0, 0]),
    Buffer.from([0xa4, ...Buffer.from('text'), str8, textBytes]),
    Buffer.alloc(textBytes, 'x'),
  ])
}

/** HOT: per delivery. Steps over one MessagePack value. */
function frameEnd(bytes: Buffer, start: number, end: number): number {
  let at = start
  for (let left = 1; left > 0 && at < end; left--) {
    const first = bytes[at++] as number
    if (first < 0x80 || first >= 0xe0) continue
    if (first < 0x90) left += (first & 0x0f) * 2
    else if (first < 0xa0) left += first & 0x0f
    else if (first < 0xc0) at += first & 0x1f
    else if (first === str8 || first === 0xc4) at += 1 + (bytes[at] as number)
    else if (first === 0xda || first === 0xc5) at += 2 + bytes.readUInt16BE(at)
    else if (first === 0xdb || first === 0xc6) at += 4 + bytes.readUInt32BE(at)
    else if (first === 0xdc) [left, at] = [left + bytes.readUInt16BE(at), at + 2]
    else if (first === 0xde) [left, at] = [left + 2 * bytes.readUInt16BE(at), at + 2]
    else at += scalarBytes[first - 0xc0] as number
  }
  return Math.min(at, end)
}

/** Bytes behind the type byte, from 0xc0 on: floats, unsigned and signed numbers. */
const scalarBytes = Buffer.alloc(0x40)
for (const [type, size] of [
  [0xca, 4],
  [0xcb, 8],
  [uint8, 1],
  [uint16, 2],
  [uint32, 4],
  [uint64, 8],
  [0xd0, 1],
  [0xd1, 2],
  [0xd2, 4],
  [0xd3, 8],
] as const) {
  scalarBytes[type - 0xc0] = size
}

function readCount(bytes: Buffer, at: number): number {
  const first = bytes[at] as number
  if (first < 0x80) return first
  if (first === uint8) return bytes[at + 1] as number
  if (first === uint16) return bytes.readUInt16BE(at + 1)
  if (first === uint32) return bytes.readUInt32BE(at + 1)
  return otherRefs
}
