import {
  createHmac,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  sign,
} from 'node:crypto'
import t from 'tap'
import { AppError } from '#shared/protocol/codes.ts'
import { limits } from '#shared/protocol/limits.ts'
import {
  generateKeyRing,
  isTokenExpired,
  parsePrivateRing,
  parsePublicRing,
  publicRing,
  signAccessToken,
  verifyAccessToken,
} from './tokens.ts'

const { privateJwks, publicJwks } = generateKeyRing()
const ring = parsePrivateRing(privateJwks)
const open = parsePublicRing(publicJwks)
const kid = [...open.keys()][0] as string
const key = ring.get(kid)?.sign as KeyObject
const nowMs = 1_800_000_000_000
const clockAt = (ms: number) => ({ now: () => ms, monotonic: () => ms })
const clock = clockAt(nowMs)
const good = signAccessToken(ring, { user: 7, session: 9 }, clock)

const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')
const header = { alg: 'ES256', typ: 'at+jwt', kid }
const claims = {
  iss: 'petrel',
  aud: 'petrel',
  sub: '7',
  sid: 9,
  iat: nowMs / 1000,
  exp: nowMs / 1000 + 900,
}

function es256(head: object, body: object, by: KeyObject = key): string {
  const text = `${part(head)}.${part(body)}`
  return `${text}.${sign('sha256', Buffer.from(text), { key: by, dsaEncoding: 'ieee-p1363' }).toString('base64url')}`
}

function hs256(head: object, body: object, secret: string | Buffer): string {
  const text = `${part(head)}.${part(body)}`
  return `${text}.${createHmac('sha256', secret).update(text).digest('base64url')}`
}

t.test('a signed token names its user and session until it expires', async t => {
  t.same(verifyAccessToken(open, good, clock), { user: 7, session: 9, expiresAt: nowMs + 900_000 })
  t.same(verifyAccessToken(publicRing(ring), good, clock).user, 7)
  t.doesNotThrow(
    () => verifyAccessToken(open, es256(header, claims), clock),
    'the forger of these tests can sign',
  )
})

t.test('an expired token is told from all other bad ones', async t => {
  const verdict = (token: string, ms: number) => {
    try {
      return verifyAccessToken(open, token, clockAt(ms))
    } catch (error) {
      return error
    }
  }
  const lifeMs = limits.accessTokenS * 1000
  t.ok(isTokenExpired(verdict(good, nowMs + lifeMs)))
  t.match(verdict(good, nowMs + lifeMs), { code: 'unauthorized' })
  t.match(verdict(good, nowMs + lifeMs - 1_000), { user: 7 }, 'to its last second')
  t.notOk(isTokenExpired(verdict(`${good}x`, nowMs + 900_000)))
  t.notOk(isTokenExpired(new Error('something else')))
})

t.test('a token that is too long is not looked at', async t => {
  const longer = (by: number) => es256(header, { ...claims, pad: 'x'.repeat(by) })
  let by = 0
  while (longer(by + 1).length <= limits.tokenCharsMax) by++
  t.equal(verifyAccessToken(open, longer(by), clock).user, 7)
  t.throws(() => verifyAccessToken(open, longer(by + 1), clock), { code: 'unauthorized' })
})

t.test('forged tokens are refused', async t => {
  const stranger = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const pem = createPublicKey(key).export({ type: 'spki', format: 'pem' })
  const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey
  const rs256 = () => {
    const text = `${part({ ...header, alg: 'RS256' })}.${part(claims)}`
    return `${text}.${sign('sha256', Buffer.from(text), rsa).toString('base64url')}`
  }
  const { exp: _exp, ...endless } = claims
  const { sid: _sid, ...sessionless } = claims
  const jwk = stranger.publicKey.export({ format: 'jwk' })
  const forged: Record<string, string> = {
    'no signature, alg none': `${part({ ...header, alg: 'none' })}.${part(claims)}.`,
    'alg none with a signature': `${part({ ...header, alg: 'None' })}.${good.split('.').slice(1).join('.')}`,
    'signature cut off': `${good.split('.').slice(0, 2).join('.')}.`,
    'HS256 keyed with the public key as PEM': hs256({ ...header, alg: 'HS256' }, claims, pem),
    'HS256 keyed with the public JWK': hs256({ ...header, alg: 'HS256' }, claims, publicJwks),
    'HS256 keyed with nothing': hs256({ ...header, alg: 'HS256' }, claims, ''),
    'ES256 by another key under our kid': es256(header, claims, stranger.privateKey),
    'ES256 by a key that the header brings along': es256(
      { ...header, jwk },
      claims,
      stranger.privateKey,
    ),
    'a header that says where to fetch the key': es256(
      { ...header, jku: 'https://example.org' },
      claims,
      stranger.privateKey,
    ),
    RS256: rs256(),
    'unknown kid': es256({ ...header, kid: 'other' }, claims),
    'kid that is a path': es256({ ...header, kid: '../../../../dev/null' }, claims),
    'kid that is a property of every object': es256({ ...header, kid: '__proto__' }, claims),
    'kid that is no text': es256({ ...header, kid: 7 }, claims),
    'no kid': es256({ alg: 'ES256', typ: 'at+jwt' }, claims),
    'typ of another kind of token': es256({ ...header, typ: 'JWT' }, claims),
    'no typ': es256({ alg: 'ES256', kid }, claims),
    'another audience': es256(header, { ...claims, aud: 'else' }),
    'another issuer': es256(header, { ...claims, iss: 'else' }),
    'no expiry': es256(header, endless),
    'no session': es256(header, sessionless),
    'not valid yet': es256(header, { ...claims, nbf: nowMs / 1000 + 60 }),
    'subject that is no id': es256(header, { ...claims, sub: '7; drop' }),
    'subject zero': es256(header, { ...claims, sub: '0' }),
    'session that is text': es256(header, { ...claims, sid: '9' }),
    'payload swapped': [good.split('.')[0], part({ ...claims, sub: '1' }), good.split('.')[2]].join(
      '.',
    ),
    'payload that is no object': `${part(header)}.${part(null)}.${good.split('.')[2]}`,
    'a refresh token': 'qPJqBuTMnq35aEY7ARwmdVrBVaAxSO1XncXSQee1-rk',
    'an endless text': 'a.'.repeat(10_000),
    nothing: '',
    dots: '..',
  }
  for (const [what, token] of Object.entries(forged)) {
    t.throws(() => verifyAccessToken(open, token, clock), { code: 'unauthorized' }, what)
  }
})

t.test('each changed character of a token makes it invalid', async t => {
  let passed = 0
  for (let i = 0; i < good.length; i++) {
    // The last character of a base64 part carries bits that are not part of the value.
    if (good[i + 1] === '.' || i === good.length - 1) continue
    const changed = good.slice(0, i) + (good[i] === 'A' ? 'B' : 'A') + good.slice(i + 1)
    try {
      verifyAccessToken(open, changed, clock)
      passed += 1
    } catch (error) {
      if (!(error instanceof AppError)) throw error
    }
  }
  t.equal(passed, 0)
})

t.test('keys rotate: the first of the ring signs, all of it is accepted', async t => {
  const next = generateKeyRing()
  const both = JSON.stringify({
    keys: [...JSON.parse(next.privateJwks).keys, ...JSON.parse(privateJwks).keys],
  })
  const rotated = parsePrivateRing(both)
  const token = signAccessToken(rotated, { user: 1, session: 2 }, clock)
  t.equal(verifyAccessToken(parsePublicRing(next.publicJwks), token, clock).user, 1)
  t.equal(verifyAccessToken(publicRing(rotated), good, clock).user, 7)
  t.throws(() => verifyAccessToken(open, token, clock), { code: 'unauthorized' })
})

t.test('key files that are wrong are refused without showing what they hold', async t => {
  const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export({
    format: 'jwk',
  })
  const p384 = generateKeyPairSync('ec', { namedCurve: 'P-384' }).privateKey.export({
    format: 'jwk',
  })
  const keys = JSON.parse(privateJwks).keys as object[]
  const wrong = ['', '{', 'null', '{"keys":[]}', '[]', publicJwks]
  wrong.push(
    JSON.stringify({ keys: [{ kid: 'a', ...rsa }] }),
    JSON.stringify({ keys: [{ kid: 'a', ...p384 }] }),
  )
  wrong.push(
    JSON.stringify({ keys: [...keys, ...keys] }),
    JSON.stringify({ keys: [{ ...keys[0], kid: '../etc' }] }),
  )
  for (const text of wrong) {
    t.throws(() => parsePrivateRing(text), { message: /^a JWK set of private EC P-256 keys/ })
  }
  t.throws(
    () => parsePublicRing(privateJwks),
    { message: /public/ },
    'a gateway is not given private keys',
  )
  t.ok(createPrivateKey({ key: JSON.parse(privateJwks).keys[0], format: 'jwk' }))
})
