// The scan before the decoder: everything the protocol allows passes, everything else is refused by name,
// and no refusal costs memory.

import { isDeepStrictEqual } from 'node:util'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import fc from 'fast-check'
import { Packr } from 'msgpackr'
import t from 'tap'
import { decode, encode, scan } from './codec.ts'
import { ProtocolError } from './codes.ts'
import { limits } from './limits.ts'

const hex = (text: string) => Buffer.from(text.replaceAll(' ', ''), 'hex')
const poisoned = ['__proto__', 'constructor', 'prototype']

function refusal(bytes: Uint8Array): string {
  try {
    scan(bytes)
  } catch (error) {
    if (!(error instanceof ProtocolError) || error.close !== 'bad_frame') throw error
    return error.message
  }
  return 'accepted'
}

const scalar = fc.oneof(
  fc.constant(null),
  fc.boolean(),
  fc.maxSafeInteger(),
  fc.integer({ min: -200, max: 70_000 }),
  // MessagePack's integers know no negative zero.
  fc.double({ noNaN: true }).map(number => number || 0),
  fc.string({ unit: 'binary', maxLength: 40 }),
  // Lengths around those that change the head of a string.
  fc.constantFrom(31, 32, 85, 86, 255, 256, 21_845, 65_535, 65_536).map(n => '€'.repeat(n)),
  fc.uint8Array({ maxLength: 300 }).map(bytes => Buffer.from(bytes)),
)

const key = fc.string({ unit: 'binary', maxLength: 40 }).filter(name => !poisoned.includes(name))

const value = fc.letrec(tie => ({
  any: fc.oneof(
    { maxDepth: limits.frameLevelsMax - 2, depthSize: 'small' },
    scalar,
    fc.array(tie('any'), { maxLength: 20 }),
    fc.dictionary(key, tie('any'), { maxKeys: 20, noNullPrototype: true }),
  ),
})).any

const frame = fc.array(value, { maxLength: 5 })

t.test('what encode makes of allowed values is accepted and decodes to the same', async () => {
  fc.assert(
    fc.property(frame, elements => {
      const bytes = Buffer.from(encode(elements))
      const decoded = decode(bytes)
      return decoded.utf8 && isDeepStrictEqual(decoded.frame, elements)
    }),
    { numRuns: 200 },
  )
})

t.test('random bytes and changed frames are accepted or refused, nothing else', async () => {
  const refusedOrDecoded = (bytes: Uint8Array) => {
    try {
      decode(bytes)
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error
    }
  }
  fc.assert(fc.property(fc.uint8Array({ maxLength: 60 }), refusedOrDecoded), { numRuns: 5_000 })
  const change = fc.record({ at: fc.nat(), byte: fc.nat(255) })
  fc.assert(
    fc.property(frame, fc.array(change, { minLength: 1, maxLength: 4 }), (elements, changes) => {
      const bytes = Buffer.from(encode(elements))
      for (const { at, byte } of changes) bytes[at % bytes.length] = byte
      refusedOrDecoded(bytes)
    }),
    { numRuns: 500 },
  )
})

t.test('a scan that accepts means that msgpackr reads the same number of bytes', async () => {
  // msgpackr throws "Data read, but end of buffer not reached" when it stops early.
  const plain = new Packr({ useRecords: false, mapsAsObjects: true, int64AsType: 'number' })
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 1, maxLength: 24 }), bytes => {
      if (refusal(bytes) === 'accepted') plain.unpack(Buffer.from(bytes))
    }),
    { numRuns: 20_000 },
  )
})

t.test('a frame cut at any byte is refused', async t => {
  const whole = Buffer.from(
    encode([10, 7, { chat: 12, text: 'x'.repeat(300), at: 1.5, ents: [{ o: 70_000, l: -3 }] }]),
  )
  t.equal(refusal(whole), 'accepted')
  for (let end = 0; end < whole.length; end++) {
    const why = refusal(whole.subarray(0, end))
    if (why !== 'truncated' && why !== 'declared length does not fit') t.fail(`${end}: ${why}`)
  }
})

t.test('each thing that the protocol never uses is refused by name', async t => {
  const cases: Record<string, [bytes: string, why: string]> = {
    nothing: ['', 'truncated'],
    'array32 of 4 billion': ['dd ff ff ff ff', 'declared length does not fit'],
    'array32 of 33 million': ['dd 01 ff ff ff', 'declared length does not fit'],
    'array16 longer than the frame': ['dc 00 03 01 02', 'declared length does not fit'],
    'array32 longer than the frame': ['dd 00 00 00 03 01 02', 'declared length does not fit'],
    'array16 shorter than the frame': ['dc 00 01 01 02', 'trailing bytes'],
    'array16 without its length': ['dc 00', 'truncated'],
    'array32 without its length': ['dd 00 00 00', 'truncated'],
    'fixarray longer than the frame': ['93 01 02', 'declared length does not fit'],
    'map32 of 4 billion': ['91 df ff ff ff ff', 'declared length does not fit'],
    'map16 longer than the frame': ['91 de 00 02 a1 61 01', 'declared length does not fit'],
    'map32 longer than the frame': ['91 df 00 00 00 02 a1 61 01', 'declared length does not fit'],
    'map16 shorter than the frame': ['91 de 00 01 a1 61 01 02', 'trailing bytes'],
    'map16 without its length': ['91 de 00', 'truncated'],
    'fixmap longer than the frame': ['91 82 a1 61 01', 'declared length does not fit'],
    'map with a key only': ['91 81 a1 61', 'truncated'],
    'fixstr past the end': ['91 a5 61 62', 'declared length does not fit'],
    'str8 past the end': ['91 d9 05 61', 'declared length does not fit'],
    'str16 past the end': ['91 da ff ff 61', 'declared length does not fit'],
    'str32 past the end': ['91 db ff ff ff ff 61', 'declared length does not fit'],
    'str8 without its length': ['91 d9', 'truncated'],
    'str32 without its length': ['91 db 00 00 00', 'truncated'],
    'bin8 past the end': ['91 c4 05 61', 'declared length does not fit'],
    'bin16 past the end': ['91 c5 ff ff 61', 'declared length does not fit'],
    'bin32 past the end': ['91 c6 ff ff ff ff 61', 'declared length does not fit'],
    'bin32 without its length': ['91 c6 00', 'truncated'],
    'uint64 cut off': ['91 cf 00 00 00 00 00 00 00', 'truncated'],
    'float64 cut off': ['91 cb 00', 'truncated'],
    'trailing nil': ['90 c0', 'trailing bytes'],
    'two frames': ['91 01 91 01', 'trailing bytes'],
    'a number as key': ['91 81 01 02', 'a map key is a string'],
    'nil as key': ['91 81 c0 02', 'a map key is a string'],
    'binary as key': ['91 81 c4 01 61 02', 'a map key is a string'],
    'an array as key': ['91 81 90 02', 'a map key is a string'],
    'a map as second key': ['91 82 a1 61 01 80 02', 'a map key is a string'],
  }
  for (const [name, [bytes, why]] of Object.entries(cases)) t.equal(refusal(hex(bytes)), why, name)
})

t.test('extension types and the unused byte are refused wherever they stand', async t => {
  const codes = [0xc1, 0xc7, 0xc8, 0xc9, 0xd4, 0xd5, 0xd6, 0xd7, 0xd8]
  for (const code of codes) {
    const why = `type byte 0x${code.toString(16)} is not allowed`
    const rest = Buffer.alloc(24)
    t.equal(refusal(Buffer.concat([Buffer.from([code]), rest])), why)
    t.equal(refusal(Buffer.concat([Buffer.from([0x91, code]), rest])), why)
    t.equal(refusal(Buffer.concat([hex('91 81 a1 61'), Buffer.from([code]), rest])), why)
  }
  // What msgpackr itself would write for values that it revives.
  const generous = new Packr({ moreTypes: true, structuredClone: true })
  for (const value of [new Error('no'), /x/, new Set([1]), new Date(), 2n ** 70n, undefined]) {
    t.match(refusal(generous.pack([1, 2, value])), /^type byte 0x\w\w is not allowed$/)
  }
})

t.test('records of msgpackr are only numbers here', async t => {
  // 0x40 is a positive fixint in the standard and a record's id in msgpackr with records.
  t.strictSame(decode(hex('92 40 41')), { frame: [64, 65], utf8: true })
})

t.test('names that reach into prototypes are refused as keys and allowed as values', async t => {
  for (const name of poisoned) {
    const text = Buffer.concat([Buffer.from([0xa0 + name.length]), Buffer.from(name)])
    const long = Buffer.concat([Buffer.from([0xd9, name.length]), Buffer.from(name)])
    for (const key of [text, long]) {
      const map = Buffer.concat([Buffer.from([0x81]), key, Buffer.from([0x01])])
      const nested = Buffer.concat([hex('93 0a 01 81 a1 61 91'), map])
      t.equal(refusal(Buffer.concat([Buffer.from([0x91]), map])), 'a key with a reserved name')
      t.equal(refusal(nested), 'a key with a reserved name')
      t.strictSame(decode(Buffer.concat([Buffer.from([0x91]), key])).frame, [name])
    }
  }
  t.equal(({} as { a?: unknown }).a, undefined)
})

t.test('depth: 8 containers within each other pass, 9 do not', async t => {
  const nest = (depth: number) => Buffer.from([...new Array(depth).fill(0x91), 0x01])
  const maps = (depth: number) =>
    Buffer.concat([Buffer.from([0x91]), ...new Array(depth - 1).fill(hex('81 a1 61')), hex('01')])
  t.equal(refusal(nest(8)), 'accepted')
  t.equal(refusal(nest(9)), 'deeper than 8')
  t.equal(refusal(maps(8)), 'accepted')
  t.equal(refusal(maps(9)), 'deeper than 8')
  t.equal(refusal(nest(60_000)), 'deeper than 8')
  // Siblings are not depth.
  t.equal(refusal(Buffer.from(encode([[[1]], [[2]], [[3]], [[4]], [[5]]]))), 'accepted')
})

t.test('4,096 items pass, one more does not', async t => {
  const zeros = (n: number) => encode(new Array(n).fill(0))
  t.equal(refusal(zeros(4_095)), 'accepted', 'the array itself counts')
  t.equal(refusal(zeros(4_096)), 'more than 4096 items')
  t.equal(
    refusal(encode([Object.fromEntries(Array.from({ length: 2_048 }, (_, i) => [`k${i}`, i]))])),
    'more than 4096 items',
  )
  t.ok(scan(zeros(5_000), { depthMax: 8, itemsMax: 6_000 }), 'a client may allow more')
})

t.test('a frame is an array', async t => {
  for (const bytes of [
    '01',
    'c0',
    'c3',
    'a1 61',
    '80',
    '81 a1 61 01',
    'c4 00',
    'cb 3f f0 00 00 00 00 00 00',
  ]) {
    t.throws(() => decode(hex(bytes)), { name: 'ProtocolError', message: 'a frame is an array' })
  }
})

t.test('text that is not UTF-8 is told apart, not refused', async t => {
  const bad: Record<string, string> = {
    'a continuation byte alone': '80',
    'a lead byte alone': 'c3',
    'a lead byte and a letter': 'c3 41',
    'overlong slash, 2 bytes': 'c0 af',
    'overlong slash, 3 bytes': 'e0 80 af',
    'overlong slash, 4 bytes': 'f0 80 80 af',
    'overlong U+007F': 'c1 bf',
    'overlong U+FFFF': 'f0 8f bf bf',
    'high surrogate': 'ed a0 80',
    'low surrogate': 'ed bf bf',
    'a pair as CESU-8': 'ed a0 bd ed b0 a6',
    'past U+10FFFF': 'f4 90 80 80',
    'lead f5': 'f5 80 80 80',
    'lead ff': 'ff',
    '3 bytes cut': 'e2 82',
    '4 bytes cut': 'f0 9f 90',
    'fourth byte wrong': 'f0 9f 90 41',
  }
  for (const [name, bytes] of Object.entries(bad)) {
    const text = hex(bytes)
    const padded = Buffer.concat([Buffer.from('ab'), text, Buffer.from('')])
    for (const each of [text, padded]) {
      const string = Buffer.concat([Buffer.from([0xa0 + each.length]), each])
      t.notOk(scan(Buffer.concat([Buffer.from([0x91]), string])), name)
      const asKey = Buffer.concat([hex('91 81'), string, hex('01')])
      t.notOk(scan(asKey), `${name}, as a key`)
    }
  }
  const good = ['', 'a', 'é', '€', '🐦', '\u{10FFFF}', '\uFFFF', '\uD7FF', '\uE000', '\0']
  for (const text of good) t.ok(scan(encode([text])), JSON.stringify(text))
})

t.test('isUtf8 agrees with the platform', async () => {
  const strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
  const platform = (bytes: Uint8Array) => {
    try {
      strict.decode(bytes)
      return true
    } catch {
      return false
    }
  }
  const leads = fc.constantFrom(
    0x41,
    0x80,
    0xbf,
    0xc2,
    0xe0,
    0xed,
    0xef,
    0xf0,
    0xf4,
    0xa0,
    0x9f,
    0x90,
    0x8f,
  )
  const text = fc.array(fc.oneof(leads, fc.nat(255)), { maxLength: 12 })
  fc.assert(
    fc.property(text, bytes => {
      const string = Buffer.from([0x91, 0xd9, bytes.length, ...bytes])
      return scan(string) === platform(Buffer.from(bytes))
    }),
    { numRuns: 20_000 },
  )
})

t.test('an unpaired surrogate from a JavaScript client never passes as good text', async t => {
  t.notOk(decode(encode(['a\ud800'])).utf8, 'a short text keeps the surrogate and is seen')
  const { frame, utf8 } = decode(encode([`${'a'.repeat(100)}\ud800`]))
  t.ok(!utf8 || (frame[0] as string).endsWith('\ufffd'), 'a long one is seen or replaced')
})

t.test('undefined is nil in an array and left out of a map', async t => {
  t.strictSame(decode(encode([undefined, { a: undefined }])).frame, [null, {}])
})

t.test('8,000 bombs later the memory is where it was', async t => {
  const bombs = [
    'dd ff ff ff ff',
    'dd 01 ff ff ff 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00',
    '91 df 7f ff ff ff',
    '91 db ff ff ff ff',
    '91 c6 ff ff ff ff',
    '91 c9 ff ff ff ff 01',
    '91'.repeat(30),
    'dc ff ff '.repeat(10),
  ].map(hex)
  let refused = 0
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc') as () => void
  collect()
  const before = process.memoryUsage()
  const peakBeforeKb = process.resourceUsage().maxRSS
  for (let i = 0; i < 1_000; i++)
    for (const bomb of bombs) refused += Number(refusal(bomb) !== 'accepted')
  // What the smallest of the large arrays would take, were it made, is 256 MB.
  const peakKb = process.resourceUsage().maxRSS - peakBeforeKb
  t.ok(peakKb < 64 * 1024, `the peak rose by ${peakKb} KB`)
  collect()
  const after = process.memoryUsage()
  const grown = after.heapUsed + after.arrayBuffers - before.heapUsed - before.arrayBuffers
  t.equal(refused, 8_000)
  t.ok(grown < 1e6, `${grown} bytes`)
})
