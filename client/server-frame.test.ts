import fc from 'fast-check'
import { Packr } from 'msgpackr'
import t from 'tap'
import { encode } from '#shared/protocol/codec.ts'
import { AppError } from '#shared/protocol/codes.ts'
import { chatFrame, controlFrame, errorFrame } from '#shared/protocol/frames.ts'
import { readChatChange, readControl, readServerFrames } from './server-frame.ts'

/** The only frame of a message. */
function readOne(bytes: Uint8Array) {
  const frames = readServerFrames(bytes)
  t.equal(frames.length, 1)
  return frames[0] ?? null
}

const message = { seq: 1, rev: 2, from: 3, rid: 4, at: 5, text: 'x' }

t.test('frames of the protocol are read', async t => {
  const event = readOne(chatFrame('message', 7, 2, message))
  t.match(event, { type: 'chat', kind: 1, chat: 7, rev: 2 })
  t.same(readChatChange(1, message), { name: 'message', body: message })
  const error = readOne(errorFrame(3, new AppError('rate_limited', { retryMs: 5 })))
  t.match(error, { type: 'error', ref: 3, error: { code: 'rate_limited', retryMs: 5 } })
})

t.test('a sync page with more items than a request may have is read', async t => {
  const chats = Array.from({ length: 100 }, (_, index) => ({
    id: index + 1,
    kind: 'group' as const,
    rev: 1,
    seq: 1,
    title: 'Title',
    rights: 15,
    members: 2,
    at: 1,
    me: { role: 'member' as const, rights: 0, read: 0 },
    last: { ...message, ents: [{ t: 'bold' as const, o: 0, l: 1 }] },
  }))
  const frame = readOne(controlFrame('sync', { chats, users: [], gone: [], diffs: [] }))
  t.equal(frame?.type, 'control')
  const control = frame?.type === 'control' ? readControl(frame.kind, frame.body) : undefined
  t.equal(control?.name === 'sync' && control.body.chats.length, 100)
})

t.test(
  'later versions: unknown kinds are unknown, unknown keys left out, unknown codes an inner error',
  async t => {
    t.same(readChatChange(99, { any: 'thing' }), { name: 'unknown' })
    t.same(readChatChange(1, { ...message, shiny: true }), { name: 'message', body: message })
    const frame = readOne(encode([1, 2, { code: 'no_such_code', message: 'm' }]))
    t.match(frame, { type: 'error', error: { code: 'internal', detail: 'm' } })
  },
)

t.test('bodies that do not fit are bad', async t => {
  t.same(readChatChange(1, { ...message, seq: 'one' }), { name: 'bad' })
  t.same(readChatChange(1, null), { name: 'bad' })
})

t.test('whatever else comes is null and never throws', async () => {
  for (const frame of [
    [],
    [9, 1],
    [2, 1, 'x', 1, {}],
    [2, -1, 1, 1, {}],
    [3, 1],
    [0, 1.5],
    ['0', 1],
  ]) {
    t.equal(readOne(encode(frame)), null, JSON.stringify(frame))
  }
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 64 }), bytes => {
      readServerFrames(bytes)
    }),
  )
})

const one = Buffer.from(chatFrame('message', 7, 2, message))
const two = Buffer.from(chatFrame('message', 7, 3, { ...message, seq: 2, rev: 3 }))

t.test('a message may carry several frames', async t => {
  const frames = readServerFrames(Buffer.concat([one, two]))
  t.match(frames, [
    { type: 'chat', chat: 7, rev: 2 },
    { type: 'chat', chat: 7, rev: 3, body: { seq: 2 } },
  ])
  t.equal(frames.length, 2)
})

t.test('a frame that cannot be read spoils none of the others', async t => {
  const deep = Array.from({ length: 40 }, () => 0x91)
  const unreadable = {
    'no array': [0x07],
    'an extension type inside': [0x93, 0x02, 0xd6, 0x01, 1, 2, 3, 4, 0x01],
    'a long extension': [0x92, 0xc7, 0x03, 0x01, 1, 2, 3, 0xc0],
    'a map whose key is no string': [0x91, 0x81, 0x01, 0x02],
    'a poisoned key': encode([2, 1, 1, 1, JSON.parse('{"__proto__": 1}')]),
    'too deep': [...deep, 0x01],
  }
  for (const [why, bytes] of Object.entries(unreadable)) {
    const frames = readServerFrames(Buffer.concat([one, Buffer.from(bytes), two]))
    t.match(frames, [{ rev: 2 }, null, { rev: 3 }], why)
    t.equal(frames.length, 3, why)
  }
})

t.test('behind a frame of unknown length nothing can be read, before it everything', async t => {
  const endless = {
    'cut off': two.subarray(0, -1),
    'more items than there are bytes': [0xdd, 0xff, 0xff, 0xff, 0xff, 0x01],
    'a byte that is never used': [0x92, 0xc1, 0x01],
    'a string that is too long': [0x91, 0xda, 0xff],
    'an extension that is too long': [0x91, 0xc9, 0xff, 0xff],
  }
  for (const [why, bytes] of Object.entries(endless)) {
    const frames = readServerFrames(Buffer.concat([one, Buffer.from(bytes)]))
    t.match(frames, [{ rev: 2 }, null], why)
    t.equal(frames.length, 2, why)
  }
  t.same(readServerFrames(new Uint8Array()), [null])
})

t.test('no frame is found that was not sent', async () => {
  const packr = new Packr({ useRecords: false, moreTypes: true })
  const frame = fc.oneof(
    fc.constantFrom(one, two),
    // Dates and sets are extension types.
    fc
      .anything({ maxDepth: 3, withDate: true, withSet: true })
      .map(value => Buffer.from(packr.pack([2, value]))),
  )
  fc.assert(
    fc.property(fc.array(frame, { minLength: 1, maxLength: 6 }), frames => {
      const read = readServerFrames(Buffer.concat(frames))
      const alone = frames.flatMap(bytes => readServerFrames(bytes))
      return JSON.stringify(read) === JSON.stringify(alone)
    }),
  )
})
