// Golden frames: what every implementation of the protocol must read and write, byte for byte.

import t from 'tap'
import type * as z from 'zod'
import { readVectors, type Vector } from '#deploy/vectors.ts'
import { decode, encode, frameType } from './codec.ts'
import { AppError, type ErrorCode, errorCodes } from './codes.ts'
import { chatEvents, controls, ephemerals, userEvents } from './events.ts'
import {
  chatFrame,
  controlFrame,
  ephemeralFrame,
  errorFrame,
  resultFrame,
  userFrame,
} from './frames.ts'
import { limits } from './limits.ts'
import { ops } from './ops.ts'

const vectors = readVectors()
const within = { depthMax: limits.frameLevelsMax, itemsMax: limits.frameItemsMax }

const hexOf = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex')
const bytesOf = (vector: Vector) => Buffer.from(vector.hex, 'hex')

/** Each file, the table that it must cover completely, and where in its frames the body lies. */
const tables = {
  requests: { names: Object.keys(ops), body: 2 },
  results: { names: Object.keys(ops), body: 2 },
  errors: { names: Object.keys(errorCodes), body: 2 },
  'chat-events': { names: Object.keys(chatEvents), body: 4 },
  'user-events': { names: Object.keys(userEvents), body: 3 },
  ephemerals: { names: Object.keys(ephemerals), body: 2 },
  controls: { names: Object.keys(controls), body: 2 },
} as const

function bodyOf(file: keyof typeof tables, name: string): unknown {
  return vectors[file]?.[name]?.frame[tables[file].body]
}

t.test('every op, event and error code has its golden frame, and nothing else has', async t => {
  t.same(Object.keys(vectors), Object.keys(tables).sort())
  for (const [file, { names }] of Object.entries(tables)) {
    t.same(Object.keys(vectors[file] ?? {}).sort(), [...names].sort(), file)
  }
})

t.test('golden bytes decode to the frame, and the frame encodes to the bytes', async t => {
  for (const [file, frames] of Object.entries(vectors)) {
    for (const [name, vector] of Object.entries(frames)) {
      const { frame, utf8 } = decode(bytesOf(vector), within)
      t.strictSame(frame, vector.frame, `${file} ${name} decodes`)
      t.ok(utf8)
      t.equal(hexOf(encode(vector.frame)), vector.hex, `${file} ${name} encodes`)
    }
  }
})

t.test('golden bodies pass the checks of their table unchanged', async t => {
  const passes = (schema: z.ZodType, body: unknown, what: string) => {
    t.strictSame(schema.parse(body), body, what)
  }
  for (const [name, op] of Object.entries(ops)) {
    t.equal(vectors.requests?.[name]?.frame[0], op.op)
    passes(op.in, bodyOf('requests', name), `${name} request`)
    t.equal(vectors.results?.[name]?.frame[0], frameType.result)
    passes(op.out, bodyOf('results', name), `${name} result`)
  }
  const events = { 'chat-events': chatEvents, 'user-events': userEvents, ephemerals, controls }
  for (const [file, table] of Object.entries(events)) {
    for (const [name, { kind, body }] of Object.entries(table)) {
      t.equal(vectors[file]?.[name]?.frame[1], kind)
      passes(body, bodyOf(file as keyof typeof tables, name), `${file} ${name}`)
    }
  }
})

t.test('the builders of server frames give the golden bytes', async t => {
  const built: Record<string, (name: string, frame: unknown[]) => Uint8Array> = {
    results: (_, [, ref, body]) => resultFrame(ref as number, body),
    errors: (code, [, ref, body]) => {
      const { retryMs } = body as { retryMs?: number }
      // A fraction of a millisecond is rounded up, never down.
      const more = retryMs === undefined ? {} : { retryMs: retryMs - 0.5 }
      return errorFrame(ref as number, new AppError(code as ErrorCode, more))
    },
    'chat-events': (name, [, , chat, rev, body]) =>
      chatFrame(name as 'message', chat as number, rev as number, body as never),
    'user-events': (name, [, , urev, body]) =>
      userFrame(name as 'read', urev as number, body as never),
    ephemerals: (name, [, , body]) => ephemeralFrame(name as 'typing', body as never),
    controls: (name, [, , body]) => controlFrame(name as 'bump', body as never),
  }
  for (const [file, build] of Object.entries(built)) {
    for (const [name, { frame, hex }] of Object.entries(vectors[file] ?? {})) {
      t.equal(hexOf(build(name, frame)), hex, `${file} ${name}`)
    }
  }
})

t.test('an error says its detail instead of the sentence of the table', async t => {
  const { frame } = decode(errorFrame(9, new AppError('bad_reply', { detail: 'Gone.' })), within)
  t.strictSame(frame, [frameType.error, 9, { code: 'bad_reply', message: 'Gone.' }])
})
