// The op table itself, and what becomes of odd numbers and texts between the bytes and a handler.

import t from 'tap'
import { decode, encode } from './codec.ts'
import { closeCodes, errorCodes } from './codes.ts'
import { chatEvents, controls, ephemerals, userEvents } from './events.ts'
import { limits } from './limits.ts'
import { type OpName, opNames, ops, reservedOps } from './ops.ts'

const hex = (text: string) => Buffer.from(text.replaceAll(' ', ''), 'hex')

/** The input of an op as a handler gets it, or null when the request is refused. */
function received(name: OpName, body: Buffer): unknown {
  const { frame } = decode(Buffer.concat([hex('93'), Buffer.from([ops[name].op, 1]), body]))
  const parsed = ops[name].in.safeParse(frame[2])
  return parsed.success ? parsed.data : null
}

t.test('numbers are unique, positive, and none is reserved', async t => {
  const numbers = Object.values(ops).map(op => op.op)
  t.equal(new Set(numbers).size, numbers.length)
  for (const number of numbers) t.notOk(number in reservedOps, `${number}`)
  for (const [name, { op }] of Object.entries(ops)) t.equal(opNames[op], name)
  t.equal(opNames.filter(Boolean).length, numbers.length)
  for (const table of [chatEvents, userEvents, ephemerals, controls]) {
    const kinds = Object.values(table).map(event => event.kind)
    t.equal(new Set(kinds).size, kinds.length)
  }
})

t.test('close codes say by their number whether to come back', async t => {
  for (const [name, { code, reconnect }] of Object.entries(closeCodes)) {
    t.equal(code >= 4000 && code < 4500, reconnect !== null, name)
    t.ok(code < 5000)
  }
  t.equal(
    new Set(Object.values(closeCodes).map(row => row.code)).size,
    Object.keys(closeCodes).length,
  )
  for (const [code, { http, retry }] of Object.entries(errorCodes)) {
    t.ok(http >= 400 && http < 600, code)
    t.equal(retry, http >= 500 || http === 429, code)
  }
})

t.test('64-bit integers: below 2^53 they are ids, above they are refused', async t => {
  const chat = (number: string) => hex(`81 a4 63686174 ${number}`)
  t.same(received('chat', chat('cf 00 00 00 00 00 00 00 0c')), { chat: 12 }, 'uint64 12')
  t.same(received('chat', chat('d3 00 00 00 00 00 00 00 0c')), { chat: 12 }, 'int64 12')
  t.same(received('chat', chat('cb 40 28 00 00 00 00 00 00')), { chat: 12 }, 'float64 12')
  t.same(received('chat', chat('ca 41 40 00 00')), { chat: 12 }, 'float32 12')
  const max = Number.MAX_SAFE_INTEGER
  t.same(received('chat', chat('cf 00 1f ff ff ff ff ff ff')), { chat: max }, '2^53 − 1')
  const refused = {
    '2^53': 'cf 00 20 00 00 00 00 00 00',
    '2^53 + 1, which is 2^53 as a double': 'cf 00 20 00 00 00 00 00 01',
    '2^63': 'cf 80 00 00 00 00 00 00 00',
    '2^64 − 1': 'cf ff ff ff ff ff ff ff ff',
    'int64 −1': 'd3 ff ff ff ff ff ff ff ff',
    'int64 smallest': 'd3 80 00 00 00 00 00 00 00',
    'int8 −1': 'ff',
    zero: '00',
    'float64 0.5': 'cb 3f e0 00 00 00 00 00 00',
    'float64 NaN': 'cb 7f f8 00 00 00 00 00 00',
    'float64 infinity': 'cb 7f f0 00 00 00 00 00 00',
    nil: 'c0',
    'text 12': 'a2 31 32',
    true: 'c3',
    'an array': '91 0c',
    'binary 12': 'c4 01 0c',
  }
  for (const [name, bytes] of Object.entries(refused))
    t.equal(received('chat', chat(bytes)), null, name)
})

t.test('an id never becomes another id on the way', async t => {
  for (const chat of [
    1,
    127,
    128,
    2 ** 31,
    2 ** 32,
    2 ** 32 + 1,
    2 ** 52 + 1,
    Number.MAX_SAFE_INTEGER,
  ]) {
    t.same(received('chat', Buffer.from(encode([{ chat }])).subarray(1)), { chat })
  }
})

t.test('unknown keys are ignored, missing and foreign ones refused', async t => {
  const body = (value: unknown) => Buffer.from(encode([value])).subarray(1)
  t.same(received('read', body({ chat: 1, seq: 2, new: { deep: [1] } })), { chat: 1, seq: 2 })
  t.equal(received('read', body({ chat: 1 })), null)
  t.equal(received('read', body({ chat: 1, seq: '2' })), null)
  t.equal(received('read', body([1, 2])), null)
  t.equal(received('read', body(null)), null)
  t.equal(received('ping', body('')), null)
  t.same(received('ping', body({ a: 1 })), {})
})

t.test('times are numbers of this world', async t => {
  const invite = (expiresAt: number) =>
    ops.createInvite.in.safeParse({ chat: 1, rid: 1, expiresAt }).success
  t.ok(invite(1.5))
  t.ok(invite(8.64e15))
  for (const at of [-1, 8.64e15 + 2, Number.NaN, Number.POSITIVE_INFINITY])
    t.notOk(invite(at), `${at}`)
})

t.test('a public name has the form of a username, of a user or a chat alike', async t => {
  const fits = (name: OpName, username: unknown) =>
    ops[name].in.safeParse({ chat: 1, username }).success
  const { usernameCharsMin, usernameCharsMax } = limits
  for (const name of ['setUsername', 'resolve', 'joinPublic'] as const) {
    for (const length of [usernameCharsMin, usernameCharsMax])
      t.ok(fits(name, 'a'.repeat(length)), `${name} ${length}`)
    for (const length of [0, usernameCharsMin - 1, usernameCharsMax + 1])
      t.notOk(fits(name, 'a'.repeat(length)), `${name} ${length}`)
    for (const odd of ['1abc', '_abc', 'a-bc', 'аbcd', 'ab c', '@abc', 'abc\n', 7])
      t.notOk(fits(name, odd), `${name} ${JSON.stringify(odd)}`)
  }
  t.ok(fits('setUsername', null), 'null makes it private')
})

t.test('a device names itself in plain letters', async t => {
  const fits = (device: string) => ops.hello.in.safeParse({ token: 'x', device }).success
  for (const device of ['a', 'web-3f.9_c', 'A'.repeat(64)]) t.ok(fits(device))
  for (const device of ['', 'a b', 'ä', 'a\n', 'a/b', 'A'.repeat(65), 'a\0']) {
    t.notOk(fits(device), JSON.stringify(device))
  }
})

t.test('roles that a member may be given: admin and member', async t => {
  for (const role of ['owner', 'restricted', 'banned', 'left', 'root', '']) {
    t.notOk(ops.setRole.in.safeParse({ chat: 1, user: 2, role }).success, role)
  }
})
