import { createHmac } from 'node:crypto'
import { readFileSync } from 'node:fs'
import jwt from 'jsonwebtoken'
import t from 'tap'
import { encode } from '#shared/protocol/codec.ts'
import { closeCodes } from '#shared/protocol/codes.ts'
import { limits } from '#shared/protocol/limits.ts'
import { ops } from '#shared/protocol/ops.ts'
import {
  generateKeyRing,
  type PrivateRing,
  parsePrivateRing,
  signAccessToken,
} from '#shared/runtime/tokens.ts'
import type { Teardown } from '#test/helpers/pg.ts'
import { type ConnectOptions, type HandshakeRefused, RawClient } from '#test/helpers/raw-client.ts'
import { type Stack, startStack } from '#test/helpers/stack.ts'
import { until } from '#test/helpers/until.ts'

const code = {
  badFrame: closeCodes.bad_frame.code,
  badOrder: closeCodes.bad_order.code,
  tooLarge: closeCodes.frame_too_large.code,
  authFailed: closeCodes.auth_failed.code,
  expired: closeCodes.token_expired.code,
  revoked: closeCodes.session_revoked.code,
}
/** The connection was cut without a close frame. */
const cut = 1006

t.test('whatever comes in, the process lives and its neighbours notice nothing', async t => {
  const keys = generateKeyRing()
  const keyFiles = t.testdir({ 'private.json': keys.privateJwks, 'public.json': keys.publicJwks })
  const stack = await startStack(t, {
    env: {
      JWT_KEYS_FILE: `${keyFiles}/private.json`,
      JWT_PUBLIC_KEYS_FILE: `${keyFiles}/public.json`,
    },
  })
  const ring = parsePrivateRing(keys.privateJwks)
  const gateway = stack.gateways[0]
  const pid = gateway?.pid() as number
  const mallory = await stack.newUser('Mallory')
  const neighbours = await chatter(t, stack)

  const open = (options?: ConnectOptions) => RawClient.open(t, stack.wsUrl, options)
  const join = () => RawClient.join(t, stack.wsUrl, mallory.accessToken)

  t.test('frames that no client sends close the socket with the code of the table', async t => {
    for (const [what, bytes, expected] of [...malformed(), ...oversize()]) {
      const client = await join()
      client.sendBytes(bytes)
      t.ok(expected.includes(await client.untilClosed()), `${what}: ${client.closed?.code}`)
    }
  })

  t.test('the same before HELLO, where less is allowed', async t => {
    const token = 'x'.repeat(limits.helloBytesMax)
    const hello = Buffer.from(encode([ops.hello.op, 1, { token, device: 'test' }]))
    const cases: [string, Uint8Array, number[]][] = [
      ...malformed(),
      ...oversize(),
      ['a HELLO over 16 KB', hello, [code.tooLarge]],
      ['another operation', Buffer.from(encode([ops.ping.op, 1, {}])), [code.badOrder]],
      ['an unknown operation', Buffer.from(encode([999, 1, {}])), [code.badOrder]],
    ]
    for (const [what, bytes, codes] of cases) {
      const expected = bytes.length > limits.helloBytesMax ? [code.tooLarge, cut] : codes
      const client = await open()
      client.sendBytes(bytes)
      t.ok(expected.includes(await client.untilClosed()), `${what}: ${client.closed?.code}`)
    }
  })

  t.test('text frames close the socket, before and after HELLO', async t => {
    for (const client of [await open(), await join()]) {
      client.socket.send('{"op":1}')
      t.equal(await client.untilClosed(), code.badFrame)
    }
  })

  t.test('a HELLO of the wrong shape, or a second one, closes the socket', async t => {
    const token = mallory.accessToken
    const device = 'test'
    const resume = { epoch: 1, urev: 0, chats: [] }
    const bodies: [string, unknown][] = [
      ['nothing', null],
      ['an array', []],
      ['no token', { device }],
      ['a number as token', { token: 5, device }],
      ['no device', { token }],
      ['a device with spaces', { token, device: 'a b' }],
      ['a negative urev', { token, device, resume: { ...resume, urev: -1 } }],
      ['a chat without rev', { token, device, resume: { ...resume, chats: [[1]] } }],
      ['a fraction as rev', { token, device, resume: { ...resume, chats: [[1, 0.5]] } }],
      ['too many open chats', { token, device, resume: { ...resume, open: Array(21).fill(1) } }],
    ]
    for (const [what, body] of bodies) {
      const client = await open()
      client.say(ops.hello.op, body)
      t.equal(await client.untilClosed(), code.badFrame, what)
    }
    const twice = await join()
    twice.say(ops.hello.op, { token, device })
    t.equal(await twice.untilClosed(), code.badOrder)
    const pipelined = await open()
    pipelined.say(ops.hello.op, { token, device })
    pipelined.say(ops.hello.op, { token, device })
    t.equal(await pipelined.untilClosed(), code.badOrder)
  })

  t.test('tokens that are not good for this: the code says which', async t => {
    const good = jwt.decode(mallory.accessToken, { complete: true })
    const session = mallory.session
    const user = mallory.user.id
    const strangers = parsePrivateRing(generateKeyRing().privateJwks)
    const past = { now: () => Date.now() - 16 * 60_000, monotonic: () => 0 }
    const claims = { ...(good?.payload as object) }
    const body = (part: unknown) => Buffer.from(JSON.stringify(part)).toString('base64url')
    const [head, payload, signature] = mallory.accessToken.split('.') as [string, string, string]
    const flipped = signature.startsWith('A') ? `B${signature.slice(1)}` : `A${signature.slice(1)}`
    const cases: [string, string, number][] = [
      ['empty', '', code.authFailed],
      ['no token at all', 'hello', code.authFailed],
      ['expired', signAccessToken(ring, { user, session }, past), code.expired],
      ['expired and forged', signAccessToken(strangers, { user, session }, past), code.authFailed],
      ['signed by a stranger', signAccessToken(strangers, { user, session }), code.authFailed],
      ['a broken signature', `${head}.${payload}.${flipped}`, code.authFailed],
      ['no signature', `${head}.${payload}.`, code.authFailed],
      [
        'other claims',
        `${head}.${body({ ...claims, sub: `${user + 1}` })}.${signature}`,
        code.authFailed,
      ],
      ['algorithm none', `${body({ ...good?.header, alg: 'none' })}.${payload}.`, code.authFailed],
      ['the public key as an HMAC secret', hmacForgery(ring, claims), code.authFailed],
      ['another type', resigned(ring, claims, 'JWT'), code.authFailed],
      ['another audience', resigned(ring, { ...claims, aud: 'x' }), code.authFailed],
      ['another issuer', resigned(ring, { ...claims, iss: 'x' }), code.authFailed],
      ['a refresh token', mallory.refreshToken, code.authFailed],
      ['of a session that never was', signAccessToken(ring, { user, session: 1e9 }), code.revoked],
      ['of another’s session', signAccessToken(ring, { user: user + 1, session }), code.revoked],
    ]
    for (const [what, token, expected] of cases) {
      const client = await open()
      client.say(ops.hello.op, { token, device: 'test' })
      t.equal(await client.untilClosed(), expected, what)
      t.same(client.controls('helloOk'), [], `${what}: nothing was told`)
    }
  })

  t.test('a revoked session’s token, still unexpired, opens nothing and sends nothing', async t => {
    const victim = await stack.newUser('Carol')
    const client = await RawClient.join(t, stack.wsUrl, victim.accessToken)
    const { chat } = await client.call('saved', {})
    const response = await fetch(`${stack.apiUrl}/auth/logout`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${victim.accessToken}`,
        'content-type': 'application/json',
      },
      body: '{}',
    })
    t.equal(response.ok, true, `logout: ${response.status}`)
    t.equal(await client.untilClosed(), code.revoked)
    const thief = await open()
    thief.say(ops.hello.op, { token: victim.accessToken, device: 'test' })
    thief.say(ops.send.op, { chat: chat.id, rid: 5, text: 'sent before HELLO was answered' })
    t.match(await thief.untilClosed(), new RegExp(`${code.revoked}|${code.badOrder}`))
    t.same(
      thief.frames.filter(([type]) => type === 0),
      [],
      'no request was answered',
    )
  })

  t.test('the handshake: origin, subprotocol, path', async t => {
    const statusOf = (url: string, options: ConnectOptions) =>
      RawClient.open(t, url, options).then(
        () => 101,
        error => (error as HandshakeRefused).status,
      )
    const page = stack.url
    const cases: [string, number, ConnectOptions][] = [
      ['the page', 101, { origin: page }],
      ['no browser', 101, {}],
      ['foreign', 403, { origin: 'https://example.com' }],
      ['null', 403, { origin: 'null' }],
      ['the page as prefix', 403, { origin: `${page}.example.com` }],
      ['the page as suffix', 403, { origin: `http://evil-${page.slice(7)}` }],
      ['another scheme', 403, { origin: page.replace('http:', 'https:') }],
      ['no subprotocol', 400, { protocols: [] }],
      ['another subprotocol', 400, { protocols: ['petrel.v2'] }],
      ['ours among others', 101, { protocols: ['chat', 'petrel.v1'] }],
    ]
    for (const [what, status, options] of cases) {
      t.equal(await statusOf(stack.wsUrl, options), status, what)
    }
    for (const path of ['/', '/ws/', '/ws2', '/api/v1/ws']) {
      t.equal(await statusOf(stack.wsUrl.replace('/ws', path), {}), 404, path)
    }
    const withToken = `${stack.wsUrl}?token=${mallory.accessToken}`
    const client = await RawClient.open(t, withToken)
    client.say(ops.ping.op, {})
    t.equal(await client.untilClosed(), code.badOrder, 'a token in the URL counts for nothing')
  })

  t.test('requests that are only wrong are answered, and the socket stays open', async t => {
    const client = await join()
    const cases: [string, number, unknown, string][] = [
      ['an unknown operation', 999, {}, 'unknown_op'],
      ['a reserved operation', 64, {}, 'unknown_op'],
      ['operation 0', 0, {}, 'unknown_op'],
      ['no body', ops.ping.op, null, 'bad_request'],
      ['an array as body', ops.ping.op, [], 'bad_request'],
      ['a text as chat', ops.history.op, { chat: '1' }, 'bad_request'],
      ['a fraction as chat', ops.history.op, { chat: 1.5 }, 'bad_request'],
      ['a chat past 2^53', ops.history.op, { chat: 2 ** 60 }, 'bad_request'],
      ['chat 0', ops.history.op, { chat: 0 }, 'bad_request'],
      ['a map as text', ops.send.op, { chat: 1, rid: 1, text: {} }, 'bad_request'],
      ['binary as text', ops.send.op, { chat: 1, rid: 1, text: Buffer.from('x') }, 'bad_request'],
      ['NaN as seq', ops.read.op, { chat: 1, seq: Number.NaN }, 'bad_request'],
      ['too many users', ops.users.op, { users: Array(201).fill(1) }, 'bad_request'],
    ]
    for (const [what, op, body, expected] of cases) {
      t.equal(await client.refusal(op, body), expected, what)
    }
    const now = await client.ask(ops.ping.op, { now: 5, __unknown: [1, { deep: true }] })
    t.match(now, { now: Number }, 'unknown fields are ignored')
    t.equal(client.closed, null)
  })

  t.test('a flood of frames is answered, then closed, and never queued without end', async t => {
    const client = await join()
    for (let i = 0; i < 2_000; i++) client.say(999, {})
    await client.settle()
    t.equal(client.frames.filter(([type]) => type === 1).length, 2_000)
  })

  t.test('silent and half-open connections cost next to nothing', async t => {
    const before = rss(pid)
    const silent = await Promise.all(Array.from({ length: 300 }, () => open()))
    t.ok(rss(pid) - before < 32 * 1024 * 1024, `${rss(pid) - before} bytes for 300`)
    for (const client of silent) client.cut()
  })

  t.test('afterwards', async t => {
    t.equal(gateway?.pid(), pid, 'the same process')
    t.ok(process.kill(pid, 0))
    await neighbours.check(t)
    t.same(stack.trouble, [], 'nothing that it calls an error')
    const bytes = rss(pid)
    t.ok(bytes < 400 * 1024 * 1024, `${bytes} bytes of memory`)
  })
})

t.test('one address may not knock without end', async t => {
  const stack = await startStack(t, {
    env: { HANDSHAKES_PER_IP_BURST: '3', HANDSHAKES_PER_IP_PER_S: '1' },
  })
  const begunMs = performance.now()
  const knocks = await Promise.allSettled(
    Array.from({ length: 100 }, () => RawClient.open(t, stack.wsUrl)),
  )
  const allowed = 4 + Math.floor((performance.now() - begunMs) / 1_000)
  const refused = knocks.filter(knock => knock.status === 'rejected')
  t.ok(refused.length >= knocks.length - allowed, `${refused.length} refused`)
  t.ok(refused.every(({ reason }) => (reason as HandshakeRefused).status === 429))
  const later = await until(() => RawClient.open(t, stack.wsUrl).catch(() => null))
  t.ok(later, 'and is let in again')
})

type Test = Pick<typeof t, 'same' | 'equal'>

/** Two people who talk all the while, on the same process. */
async function chatter(t: Teardown, stack: Stack) {
  const [alice, bob] = await Promise.all([stack.newUser('Alice'), stack.newUser('Bob')])
  const a = await RawClient.join(t, stack.wsUrl, alice.accessToken)
  const b = await RawClient.join(t, stack.wsUrl, bob.accessToken)
  const { chat } = await a.call('createDirect', { user: bob.user.id })
  await b.call('createDirect', { user: alice.user.id })
  const said: string[] = []
  let talking = true
  const talk = async () => {
    while (talking) {
      const text = `${said.length}`
      await a.send(chat.id, text)
      said.push(text)
    }
  }
  const done = talk()
  return {
    async check(t: Test) {
      talking = false
      await done
      await until(() => b.texts(chat.id).length >= said.length)
      t.same(b.texts(chat.id), said, `all ${said.length} messages, each once, in order`)
      t.equal(a.closed, null)
      t.equal(b.closed, null)
    },
  }
}

/** Frames that are no frames. */
function malformed(): [what: string, bytes: Uint8Array, codes: number[]][] {
  const bytes = (...values: number[]) => Uint8Array.from(values)
  const head = [0x93, ops.ping.op, 1]
  const good = Buffer.from(encode([ops.ping.op, 1, { text: 'hello' }]))
  const cases: [string, Uint8Array][] = [
    ['empty', bytes()],
    ['noise', Buffer.from('c1ffdeadbeef', 'hex')],
    ['a map', bytes(0x80)],
    ['one element', bytes(0x91, 1)],
    ['a fourth element', bytes(0x94, ops.ping.op, 1, 0x80, 0x80)],
    ['a text as operation', bytes(0x93, 0xa1, 0x61, 1, 0x80)],
    ['a negative ref', bytes(0x93, ops.ping.op, 0xff, 0x80)],
    ['trailing bytes', Buffer.concat([good, bytes(0)])],
    ['4 billion array items declared', bytes(...head, 0xdd, 0xff, 0xff, 0xff, 0xff)],
    ['4 billion map items declared', bytes(...head, 0xdf, 0xff, 0xff, 0xff, 0xff)],
    ['a 4 GB text declared', bytes(...head, 0xdb, 0xff, 0xff, 0xff, 0xff)],
    ['a 4 GB binary declared', bytes(...head, 0xc6, 0xff, 0xff, 0xff, 0xff)],
    ['a bomb in a bomb', bytes(...[0, 1, 2, 3, 4, 5].flatMap(() => [0xdd, 1, 0xff, 0xff, 0xff]))],
    ['60,000 arrays in each other', new Uint8Array(60_000).fill(0x91)],
    ['9 maps in each other', Buffer.from(encode([2, 1, nested(9)]))],
    ['5,000 items', Buffer.from(encode([2, 1, Array(5_000).fill(0)]))],
    ['an extension type', bytes(...head, 0xd4, 0x00, 0x00)],
    ['a revived Error', bytes(...head, 0xc7, 1, 0x65, 0x90)],
    ['a timestamp', bytes(...head, 0xd6, 0xff, 0, 0, 0, 0)],
    ['a number as key', bytes(...head, 0x81, 1, 1)],
    ['__proto__', Buffer.from([...head, 0x81, 0xa9, ...Buffer.from('__proto__'), 0x80])],
    ['constructor', Buffer.from([...head, 0x81, 0xab, ...Buffer.from('constructor'), 0x80])],
  ]
  for (let end = 1; end < good.length; end++) cases.push([`cut at ${end}`, good.subarray(0, end)])
  return cases.map(([what, frame]) => [what, frame, [code.badFrame]])
}

function oversize(): [what: string, bytes: Uint8Array, codes: number[]][] {
  const text = (size: number) => Buffer.from(encode([ops.ping.op, 1, { text: 'x'.repeat(size) }]))
  return [
    ['a little over 64 KB', text(limits.frameBytesMax), [code.tooLarge]],
    ['100 KB', text(100_000), [code.tooLarge]],
    ['1 MB', text(1_000_000), [cut]],
    ['16 MB', text(16_000_000), [cut]],
  ]
}

function nested(depth: number): unknown {
  return depth === 0 ? {} : { a: nested(depth - 1) }
}

/** The well-known trick against a verifier that takes the algorithm from the token. */
function hmacForgery(ring: PrivateRing, claims: object): string {
  const { kid, verify } = firstKey(ring)
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
  const signed = `${part({ alg: 'HS256', typ: 'at+jwt', kid })}.${part(claims)}`
  const secret = verify.export({ type: 'spki', format: 'pem' })
  return `${signed}.${createHmac('sha256', secret).update(signed).digest('base64url')}`
}

/** Our own signature over other claims. */
function resigned(ring: PrivateRing, claims: object, typ = 'at+jwt'): string {
  const { kid, sign } = firstKey(ring)
  return jwt.sign(claims, sign, { algorithm: 'ES256', header: { alg: 'ES256', kid, typ } })
}

function firstKey(ring: PrivateRing) {
  for (const [kid, key] of ring) return { kid, ...key }
  throw new Error('the ring has a key')
}

/** Resident bytes of a process. */
function rss(pid: number): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8')
  return Number(/VmRSS:\s+(\d+) kB/.exec(status)?.[1]) * 1024
}
