// Bodies of every operation that its shape allows and nobody honest sends: texts that PostgreSQL cannot store or LIKE reads,
// numbers at the ends of what there is, ids of others. Whatever is answered, it is never a fault of ours.

import { randomInt } from 'node:crypto'
import fc from 'fast-check'
import t from 'tap'
import * as z from 'zod'
import { type OpName, ops } from '#shared/protocol/ops.ts'
import { RawClient } from '#test/helpers/raw-client.ts'
import { startStack } from '#test/helpers/stack.ts'

const bodiesPerOp = 60

/** As much of JSON Schema as our shapes come to. */
interface Shape {
  const?: unknown
  enum?: unknown[]
  anyOf?: Shape[]
  type?: string
  minimum?: number
  maximum?: number
  minLength?: number
  maxLength?: number
  minItems?: number
  maxItems?: number
  items?: Shape
  properties?: Record<string, Shape>
  required?: string[]
}

const texts = [
  'a',
  'birds',
  '\0',
  'a\0b',
  '\ud83d',
  '\udca9x',
  '💩',
  '👍',
  '%_\\',
  `'"; select`,
  '{1,2}',
  ' ',
  '\u202e\u200f',
  '\ufdfa'.repeat(64),
  'https://a.example/%00',
  'e\u0301'.repeat(200),
]
const edges = [-1, 0, 1, 2, 3, 5, 2 ** 31 - 1, 2 ** 31, 2 ** 32, 2 ** 53 - 1]
const fractions = [0.5, 8.64e15, 1e300, 253_402_300_799_000.5]

/** Bodies of a shape, most of them good. @param known ids for keys that name something */
function bodiesOf(shape: Shape, known: Record<string, readonly number[]>): fc.Arbitrary<unknown> {
  const bounded = (all: readonly number[]) => {
    const { minimum = -(2 ** 53), maximum = 2 ** 53 } = shape
    const fit = all.filter(each => each >= minimum && each <= maximum)
    return fc.constantFrom(...fit, ...[minimum, maximum].filter(each => Math.abs(each) < 2 ** 53))
  }
  if (shape.const !== undefined) return fc.constant(shape.const)
  if (shape.enum) return fc.constantFrom(...shape.enum)
  if (shape.anyOf) return fc.oneof(...shape.anyOf.map(each => bodiesOf(each, known)))
  switch (shape.type) {
    case 'string': {
      const { minLength = 0, maxLength = 9_000 } = shape
      const long = 'x'.repeat(maxLength)
      return fc.constantFrom(
        ...[...texts, long]
          .map(text => text.slice(0, maxLength))
          .filter(text => text.length >= minLength),
      )
    }
    case 'integer':
      return bounded(edges)
    case 'number':
      return bounded([...edges, ...fractions])
    case 'boolean':
      return fc.boolean()
    case 'null':
      return fc.constant(null)
    case 'array': {
      const { items = {}, minItems: minLength = 0, maxItems = 3 } = shape
      return fc.array(bodiesOf(items, known), {
        minLength,
        maxLength: Math.max(minLength, Math.min(3, maxItems)),
      })
    }
    default: {
      const { properties = {}, required = [] } = shape
      const parts = Object.entries(properties).map(([key, part]) => {
        const ids = known[key]
        const others = bodiesOf(part, known)
        const isId = ids !== undefined && part.type === 'integer'
        const value = isId
          ? fc.oneof({ weight: 4, arbitrary: fc.constantFrom(...ids) }, others)
          : others
        return [key, value] as const
      })
      return fc.record(Object.fromEntries(parts), { requiredKeys: required })
    }
  }
}

/** These change who may ask for more, so they come last. */
const last: readonly OpName[] = ['restrict', 'removeMember', 'setRole', 'block', 'leave']
const names = (Object.keys(ops) as OpName[])
  .filter(name => name !== 'hello')
  .sort((a, b) => last.indexOf(a) - last.indexOf(b))

t.test('no body that its shape allows is a fault of ours', async t => {
  const stack = await startStack(t, { env: { SEARCHES_PER_USER: '1000000/1' } })
  const [alice, bob] = await Promise.all(['Alice', 'Bob'].map(name => stack.newUser(name)))
  if (!alice || !bob) return
  const a = await RawClient.join(t, stack.wsUrl, alice.accessToken)
  const rid = () => randomInt(2 ** 47)
  const users = [bob.user.id]
  const made = [
    await a.call('createGroup', { rid: rid(), title: 'Birds', users }),
    await a.call('createChannel', { rid: rid(), title: 'News' }),
    await a.call('createDirect', { user: bob.user.id }),
    await a.call('saved', {}),
  ]
  const chats = made.map(each => each.chat.id)
  for (const chat of chats) {
    for (let i = 0; i < 3; i++) await a.send(chat, `Hello ${i}`)
    const quiz = { correct: 1 }
    const poll = { chat, rid: rid(), question: 'Which?', options: ['Gull', 'Tern'], quiz }
    await a.call('createPoll', poll).catch(() => undefined)
  }
  const known = {
    chat: chats,
    from: chats,
    channel: chats.slice(1, 2),
    group: chats.slice(0, 1),
    user: [bob.user.id, alice.user.id],
    seq: [2, 3, 4],
    id: [1],
  }
  const seed = randomInt(2 ** 31)
  t.comment(`seed ${seed}`)
  for (const name of names) {
    const shape = z.toJSONSchema(ops[name].in, { io: 'input', unrepresentable: 'any' }) as Shape
    const bodies = fc.sample(bodiesOf(shape, known), { seed, numRuns: bodiesPerOp })
    const codes = await Promise.all(
      bodies.map(async body => ({ body, code: await a.refusal(ops[name].op, body) })),
    )
    const faults = codes.filter(({ code }) => code === 'internal' || code === 'timeout')
    t.same(faults, [], name)
    if (a.closed) break
  }
  t.equal(a.closed, null)
  t.same(stack.trouble, [])
})
