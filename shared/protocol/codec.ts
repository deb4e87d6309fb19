// Bytes ⇄ frames. Every inbound frame passes scan() before a decoder sees it: the scan walks the
// MessagePack tokens without allocating and refuses what the protocol never uses, so length bombs,
// deep nesting and extension types (msgpackr revives Error, RegExp, Set and records) cost nothing.

import { Packr, Unpackr } from 'msgpackr'
import { ProtocolError } from './codes.ts'
import { limits } from './limits.ts'

/** First element of a server frame. A client frame starts with its op number instead. */
export const frameType = {
  result: 0,
  error: 1,
  chatEvent: 2,
  userEvent: 3,
  ephemeral: 4,
  control: 5,
} as const

const options = {
  useRecords: false,
  mapsAsObjects: true,
  structuredClone: false,
  moreTypes: false,
  int64AsType: 'number',
  encodeUndefinedAsNil: true,
  copyBuffers: false,
  variableMapSize: true,
  // An optional field that is unset is left out of the map, as in JSON.
  skipValues: [undefined],
} as const

const packr = new Packr(options)
const unpackr = new Unpackr(options)

/**
 * Encodes one frame.
 * @returns a view into a shared slab: safe to hand to a socket or Redis (both copy); copy it before keeping it
 */
export function encode(frame: readonly unknown[]): Uint8Array {
  return packr.pack(frame)
}

/**
 * Scans and decodes one frame.
 * @param bytes not kept, except by binary values, which are views into it; no op has any
 * @param within bounds of the scan: a client reads whole pages of sync, which are larger than any request
 * @returns the frame, and whether all its strings are UTF-8: if not, the request is answered with
 *   `bad_text` rather than closing the socket, since a person's keyboard can cause it
 * @throws ProtocolError `bad_frame` when the bytes are not one MessagePack array within the limits
 */
export function decode(
  bytes: Uint8Array,
  within: ScanLimits = defaultScan,
): { frame: unknown[]; utf8: boolean } {
  const utf8 = scan(bytes, within)
  return { frame: unpack(bytes), utf8 }
}

/**
 * Scans and decodes a message of the server's, which may carry several frames one behind the other.
 * @param bytes as in decode()
 * @param within bounds of each frame
 * @returns at least one frame, in order
 * @throws ProtocolError `bad_frame` when the bytes are not whole MessagePack arrays within the limits
 */
export function decodeAll(bytes: Uint8Array, within: ScanLimits = defaultScan): unknown[][] {
  const frames: unknown[][] = []
  let at = 0
  do {
    const { frame, end } = decodeAt(bytes, at, within)
    frames.push(frame)
    at = end
  } while (at < bytes.length)
  return frames
}

/**
 * decodeAll() for who must go on: one frame that cannot be read spoils none of the others.
 * @returns at least one frame, in order; null stands for one that cannot be read, and for everything behind one
 *   of which one cannot even tell where it ends
 */
export function decodeEach(
  bytes: Uint8Array,
  within: ScanLimits = defaultScan,
): (unknown[] | null)[] {
  const frames: (unknown[] | null)[] = []
  let at = 0
  do {
    try {
      const { frame, end } = decodeAt(bytes, at, within)
      frames.push(frame)
      at = end
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error
      frames.push(null)
      at = endOf(bytes, at)
    }
  } while (at < bytes.length)
  return frames
}

function decodeAt(
  bytes: Uint8Array,
  at: number,
  within: ScanLimits,
): { frame: unknown[]; end: number } {
  walk(bytes, at, within)
  const { end } = scanned
  const whole = at === 0 && end === bytes.length
  return { frame: unpack(whole ? bytes : bytes.subarray(at, end)), end }
}

function unpack(bytes: Uint8Array): unknown[] {
  let value: unknown
  try {
    value = unpackr.unpack(bytes)
  } catch (cause) {
    throw new ProtocolError('bad_frame', `not MessagePack: ${(cause as Error).message}`)
  }
  if (!Array.isArray(value)) throw new ProtocolError('bad_frame', 'a frame is an array')
  return value
}

export interface ScanLimits {
  depthMax: number
  itemsMax: number
}

const defaultScan: ScanLimits = { depthMax: limits.frameLevelsMax, itemsMax: limits.frameItemsMax }

/**
 * HOT: per inbound frame. Checks that `bytes` is exactly one MessagePack value of the allowed kinds:
 * nil, booleans, numbers, strings, binary, arrays, maps with string keys.
 * Cost: one pass, no allocation but two small arrays for the open containers.
 * @returns whether every string is well-formed UTF-8
 * @throws ProtocolError `bad_frame` that names the first thing wrong
 */
export function scan(bytes: Uint8Array, within: ScanLimits = defaultScan): boolean {
  walk(bytes, 0, within)
  if (scanned.end !== bytes.length) throw new ProtocolError('bad_frame', 'trailing bytes')
  return scanned.utf8
}

/** What walk() found; one reused record, since a scan runs synchronously. */
const scanned = { end: 0, utf8: true }

/** Walks over the one value that begins at `from`; where it ends and whether it is UTF-8 stands in `scanned`. */
function walk(bytes: Uint8Array, from: number, { depthMax, itemsMax }: ScanLimits): void {
  const end = bytes.length
  // Values still to come at each level; a map counts key and value, so an odd number means "key next".
  const remaining = new Int32Array(depthMax + 1)
  const isMap = new Uint8Array(depthMax + 1)
  remaining[0] = 1
  let depth = 0
  let items = 0
  let at = from
  let utf8 = true
  while (depth >= 0) {
    if (at >= end) throw new ProtocolError('bad_frame', 'truncated')
    const left = remaining[depth] as number
    const keyNext = isMap[depth] === 1 && left % 2 === 0
    remaining[depth] = left - 1
    if (++items > itemsMax) throw new ProtocolError('bad_frame', `more than ${itemsMax} items`)
    const byte = bytes[at] as number
    const size = sizeOf(bytes, at, end)
    if (keyNext && size.kind !== STRING)
      throw new ProtocolError('bad_frame', 'a map key is a string')
    at += size.head
    if (size.kind === STRING) {
      if (size.length > end - at)
        throw new ProtocolError('bad_frame', 'declared length does not fit')
      if (keyNext) checkKey(bytes, at, size.length)
      utf8 &&= isUtf8(bytes, at, at + size.length)
      at += size.length
    } else if (size.kind === BINARY) {
      if (size.length > end - at)
        throw new ProtocolError('bad_frame', 'declared length does not fit')
      at += size.length
    } else if (size.kind === CONTAINER) {
      const map = isMapByte(byte)
      const values = map ? size.length * 2 : size.length
      if (values > end - at) throw new ProtocolError('bad_frame', 'declared length does not fit')
      if (values > 0) {
        if (depth === depthMax) throw new ProtocolError('bad_frame', `deeper than ${depthMax}`)
        depth++
        remaining[depth] = values
        isMap[depth] = map ? 1 : 0
      }
    }
    while (depth >= 0 && remaining[depth] === 0) depth--
  }
  scanned.end = at
  scanned.utf8 = utf8
}

const SCALAR = 0
const STRING = 1
const BINARY = 2
const CONTAINER = 3

// One reused record: the scan runs synchronously, so no two callers ever see it at once.
const found = { kind: SCALAR, head: 1, length: 0 }

function token(kind: number, head: number, length: number): typeof found {
  found.kind = kind
  found.head = head
  found.length = length
  return found
}

function sizeOf(bytes: Uint8Array, at: number, end: number): typeof found {
  const byte = bytes[at] as number
  if (byte <= 0x7f || byte >= 0xe0) return token(SCALAR, 1, 0)
  if (byte <= 0x8f) return token(CONTAINER, 1, byte & 0x0f)
  if (byte <= 0x9f) return token(CONTAINER, 1, byte & 0x0f)
  if (byte <= 0xbf) return token(STRING, 1, byte & 0x1f)
  switch (byte) {
    case 0xc0: // nil
    case 0xc2: // false
    case 0xc3: // true
      return token(SCALAR, 1, 0)
    case 0xcc: // uint8
    case 0xd0: // int8
      return scalar(at, 2, end)
    case 0xcd: // uint16
    case 0xd1: // int16
      return scalar(at, 3, end)
    case 0xca: // float32
    case 0xce: // uint32
    case 0xd2: // int32
      return scalar(at, 5, end)
    case 0xcb: // float64
    case 0xcf: // uint64
    case 0xd3: // int64
      return scalar(at, 9, end)
    case 0xc4:
      return token(BINARY, 2, length(bytes, at + 1, 1, end))
    case 0xc5:
      return token(BINARY, 3, length(bytes, at + 1, 2, end))
    case 0xc6:
      return token(BINARY, 5, length(bytes, at + 1, 4, end))
    case 0xd9:
      return token(STRING, 2, length(bytes, at + 1, 1, end))
    case 0xda:
      return token(STRING, 3, length(bytes, at + 1, 2, end))
    case 0xdb:
      return token(STRING, 5, length(bytes, at + 1, 4, end))
    case 0xdc: // array16
    case 0xde: // map16
      return token(CONTAINER, 3, length(bytes, at + 1, 2, end))
    case 0xdd: // array32
    case 0xdf: // map32
      return token(CONTAINER, 5, length(bytes, at + 1, 4, end))
    default:
      // 0xc1 is never used; 0xc7–0xc9 and 0xd4–0xd8 are the extension types.
      throw new ProtocolError('bad_frame', `type byte 0x${byte.toString(16)} is not allowed`)
  }
}

/**
 * Where the MessagePack value that begins at `from` ends, whatever is in it, extension types too; the end of the bytes
 * when it cannot be told. One pass, no allocation.
 */
function endOf(bytes: Uint8Array, from: number): number {
  const end = bytes.length
  let at = from
  for (let left = 1; left > 0; left--) {
    if (at >= end) return end
    const byte = bytes[at] as number
    const extension = extensionSize(bytes, at, end)
    if (extension > 0) at += extension
    else if (byte === 0xc1) return end
    else {
      try {
        const size = sizeOf(bytes, at, end)
        at += size.head
        if (size.kind !== CONTAINER) at += size.length
        else left += isMapByte(byte) ? size.length * 2 : size.length
      } catch {
        return end
      }
    }
  }
  return Math.min(at, end)
}

/** Bytes of a whole extension value; 0 for what is none. */
function extensionSize(bytes: Uint8Array, at: number, end: number): number {
  const byte = bytes[at] as number
  if (byte >= 0xd4 && byte <= 0xd8) return 2 + 2 ** (byte - 0xd4)
  if (byte < 0xc7 || byte > 0xc9) return 0
  const width = 2 ** (byte - 0xc7)
  return at + 1 + width > end ? end - at : 2 + width + length(bytes, at + 1, width, end)
}

function isMapByte(byte: number): boolean {
  return byte >> 4 === 0x8 || byte === 0xde || byte === 0xdf
}

function scalar(at: number, size: number, end: number): typeof found {
  if (at + size > end) throw new ProtocolError('bad_frame', 'truncated')
  return token(SCALAR, size, 0)
}

function length(bytes: Uint8Array, at: number, size: number, end: number): number {
  if (at + size > end) throw new ProtocolError('bad_frame', 'truncated')
  let value = 0
  for (let i = 0; i < size; i++) value = value * 256 + (bytes[at + i] as number)
  return value
}

const poisonedKeys = ['__proto__', 'constructor', 'prototype'].map(key =>
  new TextEncoder().encode(key),
)

function checkKey(bytes: Uint8Array, at: number, size: number): void {
  if (poisonedKeys.some(key => equals(key, bytes, at, size))) {
    throw new ProtocolError('bad_frame', 'a key with a reserved name')
  }
}

function equals(key: Uint8Array, bytes: Uint8Array, at: number, size: number): boolean {
  if (key.length !== size) return false
  for (let i = 0; i < size; i++) if (bytes[at + i] !== key[i]) return false
  return true
}

/** RFC 3629: no overlong forms, no surrogates, nothing past U+10FFFF. msgpackr itself does not check. */
function isUtf8(bytes: Uint8Array, from: number, to: number): boolean {
  let at = from
  while (at < to) {
    const lead = bytes[at] as number
    if (lead < 0x80) {
      at++
      continue
    }
    const more = continuationsOf(lead)
    if (more === 0 || at + more >= to) return false
    const second = bytes[at + 1] as number
    if (second < lowestSecond(lead) || second > highestSecond(lead)) return false
    for (let i = 2; i <= more; i++) if (((bytes[at + i] as number) & 0xc0) !== 0x80) return false
    at += more + 1
  }
  return true
}

/** Bytes that follow a lead byte; 0 for one that never leads. */
function continuationsOf(lead: number): number {
  if (lead >= 0xc2 && lead <= 0xdf) return 1
  if (lead >= 0xe0 && lead <= 0xef) return 2
  return lead >= 0xf0 && lead <= 0xf4 ? 3 : 0
}

function lowestSecond(lead: number): number {
  if (lead === 0xe0) return 0xa0
  return lead === 0xf0 ? 0x90 : 0x80
}

function highestSecond(lead: number): number {
  if (lead === 0xed) return 0x9f
  return lead === 0xf4 ? 0x8f : 0xbf
}
