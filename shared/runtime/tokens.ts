// Access tokens: JWT, ES256 only, 15 minutes, signed with the first key of a ring and checked against all of it.
// The api holds the private ring and signs; the gateway holds the public ring and can only check.
// Never takes an algorithm, a key or a key's address from the token itself.

import {
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type JsonWebKey,
  type KeyObject,
  randomBytes,
} from 'node:crypto'
import jwt from 'jsonwebtoken'
import * as z from 'zod'
import { AppError } from '#shared/protocol/codes.ts'
import type { SessionId, UserId } from '#shared/protocol/ids.ts'
import { limits } from '#shared/protocol/limits.ts'
import { type Clock, systemClock } from './clock.ts'

const issuer = 'petrel'
const audience = 'petrel'
const type = 'at+jwt'
const algorithm = 'ES256'

/** kid → key that checks signatures. */
export type PublicRing = ReadonlyMap<string, KeyObject>
/** kid → both halves; the first entry signs. */
export type PrivateRing = ReadonlyMap<string, { sign: KeyObject; verify: KeyObject }>

export interface AccessClaims {
  user: UserId
  session: SessionId
  /** ms since 1970. */
  expiresAt: number
}

/**
 * A token for one session of one user, valid for `limits.accessTokenS`.
 * @throws Error when the ring is empty, which the parser of the configuration rules out
 */
export function signAccessToken(
  ring: PrivateRing,
  who: { user: UserId; session: SessionId },
  clock: Clock = systemClock,
): string {
  const first = ring.entries().next().value
  if (first === undefined) throw new Error('the key ring is empty')
  const [kid, { sign }] = first
  const iat = Math.floor(clock.now() / 1000)
  const claims = {
    iss: issuer,
    aud: audience,
    sub: String(who.user),
    sid: who.session,
    iat,
    exp: iat + limits.accessTokenS,
  }
  return jwt.sign(claims, sign, { algorithm, keyid: kid, header: { alg: algorithm, typ: type } })
}

const claimsShape = z.object({
  sub: z
    .string()
    .regex(/^[1-9]\d{0,15}$/)
    .transform(Number),
  sid: z.int().min(1),
  iat: z.int(),
  exp: z.int(),
})

/**
 * Who the bearer of this token is. About 0.2 ms.
 * @throws AppError unauthorized; `isTokenExpired(error)` tells a token that was good once from all others
 */
export function verifyAccessToken(
  ring: PublicRing,
  token: string,
  clock: Clock = systemClock,
): AccessClaims {
  if (token.length > limits.tokenCharsMax) throw new AppError('unauthorized')
  let payload: unknown
  try {
    const header = jwt.decode(token, { complete: true })?.header
    const key = header?.kid === undefined ? undefined : ring.get(header.kid)
    if (key === undefined || header?.typ !== type) throw new AppError('unauthorized')
    const clockTimestamp = Math.floor(clock.now() / 1000)
    payload = jwt.verify(token, key, { algorithms: [algorithm], audience, issuer, clockTimestamp })
  } catch (cause) {
    if (cause instanceof AppError) throw cause
    throw new AppError('unauthorized', { cause })
  }
  const claims = claimsShape.safeParse(payload)
  if (!claims.success) throw new AppError('unauthorized', { cause: claims.error })
  return { user: claims.data.sub, session: claims.data.sid, expiresAt: claims.data.exp * 1000 }
}

/** Whether `verifyAccessToken` refused a token only because its time is over: a refresh helps. */
export function isTokenExpired(error: unknown): boolean {
  return error instanceof AppError && error.cause instanceof jwt.TokenExpiredError
}

/** The halves of a private ring that may be given to anybody. */
export function publicRing(ring: PrivateRing): PublicRing {
  return new Map([...ring].map(([kid, { verify }]) => [kid, verify]))
}

/**
 * A new ring of one key, as the texts of the two JWK set files.
 * To rotate: put the new key behind the old one, restart the gateways, move it to the front, restart the api,
 * drop the old one after `limits.accessTokenS`.
 */
export function generateKeyRing(): { privateJwks: string; publicJwks: string } {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const more = { kid: randomBytes(9).toString('base64url'), alg: algorithm, use: 'sig' }
  const text = (key: KeyObject) =>
    `${JSON.stringify({ keys: [{ ...key.export({ format: 'jwk' }), ...more }] }, null, 2)}\n`
  return { privateJwks: text(privateKey), publicJwks: text(publicKey) }
}

const coordinate = z.string().regex(/^[\w-]{43}$/)
const publicJwk = z.object({
  kid: z.string().regex(/^[\w-]{1,64}$/),
  kty: z.literal('EC'),
  crv: z.literal('P-256'),
  x: coordinate,
  y: coordinate,
})
const publicJwks = z.object({
  keys: z
    .array(publicJwk.extend({ d: z.undefined().optional() }))
    .min(1)
    .max(16),
})
const privateJwks = z.object({
  keys: z
    .array(publicJwk.extend({ d: coordinate }))
    .min(1)
    .max(16),
})

/** @throws Error that says what is expected and shows nothing of the keys */
export function parsePrivateRing(text: string): PrivateRing {
  const { keys } = parseJwks(
    privateJwks,
    text,
    'a JWK set of private EC P-256 keys, each with a kid',
  )
  return new Map(
    keys.map(({ kid, ...jwk }) => [
      kid,
      {
        sign: createPrivateKey({ key: jwk as JsonWebKey, format: 'jwk' }),
        verify: createPublicKey({
          key: { kty: jwk.kty, crv: jwk.crv, x: jwk.x, y: jwk.y },
          format: 'jwk',
        }),
      },
    ]),
  )
}

/** @throws Error, also when the set holds a private half: a gateway must not have one */
export function parsePublicRing(text: string): PublicRing {
  const { keys } = parseJwks(
    publicJwks,
    text,
    'a JWK set of public EC P-256 keys (without "d"), each with a kid',
  )
  return new Map(
    keys.map(({ kid, kty, crv, x, y }) => [
      kid,
      createPublicKey({ key: { kty, crv, x, y }, format: 'jwk' }),
    ]),
  )
}

function parseJwks<Shape extends z.ZodType<{ keys: { kid: string }[] }>>(
  shape: Shape,
  text: string,
  expected: string,
): z.infer<Shape> {
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch {
    throw new Error(expected)
  }
  const parsed = shape.safeParse(json)
  if (!parsed.success) throw new Error(expected)
  if (new Set(parsed.data.keys.map(key => key.kid)).size < parsed.data.keys.length) {
    throw new Error(`${expected}; two keys have the same kid`)
  }
  return parsed.data
}
