// A push service as browsers have it (RFC 8030), on loopback: takes pushes, checks who sends them, and opens them with the
// keys of the browser that subscribed. Written after the RFCs, with nothing of what the server uses.

import {
  createDecipheriv,
  createECDH,
  createPublicKey,
  type ECDH,
  hkdfSync,
  randomBytes,
  verify,
} from 'node:crypto'
import { createServer, type IncomingHttpHeaders } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type PushInput, type PushPayload, pushPayload } from '#shared/protocol/http.ts'
import type { Teardown } from './pg.ts'

export interface Pushed {
  /** Of the subscription's endpoint. */
  path: string
  headers: IncomingHttpHeaders
  /** Length of the encrypted body. */
  bytes: number
  payload: PushPayload
}

export interface PushService {
  origin: string
  /** From whoever pushes; this end closes none of them. */
  connections: { made: number; open: number }
  /** What came so far, in order; what could not be read is an Error. */
  pushed: (Pushed | Error)[]
  /** A new browser of this service. */
  subscribe(previews?: boolean): PushInput
  /** What the next pushes to an endpoint are answered, one after the other; 201 after those. */
  answer(endpoint: string, ...statuses: (number | { status: number; retryAfter: string })[]): void
  /** The pushes that were opened. */
  payloads(): PushPayload[]
}

interface Browser {
  keys: ECDH
  auth: Buffer
}

/** @param key public VAPID key that pushes must be signed with; asked for when the first one comes */
export async function startPushService(t: Teardown, key: () => string): Promise<PushService> {
  const browsers = new Map<string, Browser>()
  const answers = new Map<string, (number | { status: number; retryAfter: string })[]>()
  const pushed: (Pushed | Error)[] = []
  const server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const path = request.url ?? ''
      const body = Buffer.concat(chunks)
      try {
        const browser = browsers.get(path)
        if (!browser) throw new Error(`nobody subscribed at ${path}`)
        checkVapid(request.headers, origin, key())
        const payload = pushPayload.parse(JSON.parse(open(body, browser).toString('utf8')))
        pushed.push({ path, headers: request.headers, bytes: body.length, payload })
      } catch (error) {
        pushed.push(error as Error)
      }
      const next = answers.get(path)?.shift() ?? 201
      const { status, retryAfter } =
        typeof next === 'number' ? { status: next, retryAfter: undefined } : next
      response.writeHead(status, retryAfter === undefined ? {} : { 'retry-after': retryAfter })
      response.end()
    })
  })
  const connections = { made: 0, open: 0 }
  server.keepAliveTimeout = 0
  server.on('connection', socket => {
    connections.made += 1
    connections.open += 1
    socket.once('close', () => {
      connections.open -= 1
    })
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  t.teardown(() => {
    server.close()
    server.closeAllConnections()
  })
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return {
    origin,
    connections,
    pushed,
    subscribe(previews = true) {
      const path = `/push/${randomBytes(12).toString('hex')}`
      const browser = newBrowser()
      browsers.set(path, browser)
      return { endpoint: origin + path, keys: publicKeys(browser), previews }
    },
    answer(endpoint, ...statuses) {
      answers.set(new URL(endpoint).pathname, statuses)
    },
    payloads: () => pushed.map(each => (each instanceof Error ? raise(each) : each.payload)),
  }
}

function newBrowser(): Browser {
  const keys = createECDH('prime256v1')
  keys.generateKeys()
  return { keys, auth: randomBytes(16) }
}

function publicKeys({ keys, auth }: Browser): PushInput['keys'] {
  return { p256dh: keys.getPublicKey('base64url'), auth: auth.toString('base64url') }
}

/** RFC 8292: a token for this service, of the key that the browser subscribed with, that ends within a day. */
function checkVapid(headers: IncomingHttpHeaders, origin: string, key: string): void {
  const match = /^vapid t=([\w.-]+), ?k=([\w-]+)$/.exec(headers.authorization ?? '')
  if (!match) throw new Error(`no VAPID: ${headers.authorization}`)
  const [, token = '', k] = match
  if (k !== key) throw new Error('another key')
  const [head = '', claims = '', signature = ''] = token.split('.')
  const point = Buffer.from(key, 'base64url')
  const jwk = {
    kty: 'EC',
    crv: 'P-256',
    x: point.subarray(1, 33).toString('base64url'),
    y: point.subarray(33).toString('base64url'),
  }
  const signed = verify(
    'sha256',
    Buffer.from(`${head}.${claims}`),
    { key: createPublicKey({ key: jwk, format: 'jwk' }), dsaEncoding: 'ieee-p1363' },
    Buffer.from(signature, 'base64url'),
  )
  if (!signed) throw new Error('a wrong signature')
  const { aud, exp, sub } = JSON.parse(Buffer.from(claims, 'base64url').toString('utf8')) as {
    aud: string
    exp: number
    sub: string
  }
  if (aud !== origin) throw new Error(`meant for ${aud}`)
  const left = exp - Date.now() / 1000
  if (!(left > 0 && left <= 24 * 3600)) throw new Error(`ends in ${left} s`)
  if (!/^(mailto:|https:)/.test(sub)) throw new Error(`sent by ${sub}`)
}

/** RFC 8188 and RFC 8291. */
function open(body: Buffer, { keys, auth }: Browser): Buffer {
  const salt = body.subarray(0, 16)
  const recordBytes = body.readUInt32BE(16)
  const sender = body.subarray(21, 21 + body.readUInt8(20))
  const record = body.subarray(21 + sender.length)
  if (record.length > recordBytes) throw new Error('more than one record')
  const about = Buffer.concat([Buffer.from('WebPush: info\0'), keys.getPublicKey(), sender])
  const secret = hkdfSync('sha256', keys.computeSecret(sender), auth, about, 32)
  const derive = (label: string, bytes: number) =>
    Buffer.from(
      hkdfSync('sha256', Buffer.from(secret), salt, `Content-Encoding: ${label}\0`, bytes),
    )
  const decipher = createDecipheriv('aes-128-gcm', derive('aes128gcm', 16), derive('nonce', 12))
  decipher.setAuthTag(record.subarray(-16))
  const padded = Buffer.concat([decipher.update(record.subarray(0, -16)), decipher.final()])
  const end = padded.lastIndexOf(2)
  if (end < 0) throw new Error('no last record')
  return padded.subarray(0, end)
}

function raise(error: Error): never {
  throw error
}
