// Sends one push to a browser's push service: encrypted for that browser (RFC 8291), signed for that service (RFC 8292).
// Where it goes is said by browsers, and so by anybody: only public addresses by https are reached, each judged as a number
// before the connection goes to that very one; redirects are not followed and answers are not read.

import { Agent as HttpAgent, request as requestHttp } from 'node:http'
import { Agent as HttpsAgent, request as requestHttps } from 'node:https'
import { isIP, type LookupFunction } from 'node:net'
import webPush from 'web-push'
import type { PushPayload } from '#shared/protocol/http.ts'
import { limits } from '#shared/protocol/limits.ts'
import type { Config } from '#shared/runtime/config.ts'
import type { VapidKeys } from '#shared/runtime/vapid.ts'
import type { PushAddress } from '#shared/store/push-subscriptions.ts'
import { publicReach, type Reach, Refused } from '../previews/fetch-page.ts'

/** `gone`: the browser is no longer there. `later`: try again, after so long if the service says it. */
export type PushOutcome =
  | { result: 'sent' | 'gone' | 'refused' }
  | { result: 'later'; afterMs?: number }

export interface PushManner {
  /** How long the service keeps it for a browser that is away. */
  ttlS: number
  /** Replaces an earlier one of the same topic that still waits there; at most 32 characters of base64url. */
  topic?: string
}

export interface Pusher {
  /** What browsers subscribe with. */
  readonly publicKey: string
  /** Whether an endpoint has the shape of a push service's. */
  accepts(endpoint: string): boolean
  /** Never throws; ends within `timeoutMs`. */
  push(to: PushAddress, payload: PushPayload, manner: PushManner): Promise<PushOutcome>
  close(): void
}

export interface PusherOptions {
  keys: VapidKeys
  contact: string
  /** Reached although they are not public. */
  origins: readonly string[]
  /** Replaced in tests. */
  reach?: Pick<Reach, 'resolve' | 'isAllowed'>
  /** How long an open connection waits for the next push. */
  idleMs?: number
}

const timeoutMs = 10_000
/** At once, to one service. */
const socketsPerServiceMax = 8
/** That stay open for the next push. */
const idlePerServiceMax = 2
/** Any number of names may be one's own server: each would hold its connections for as long as it likes. */
const usualIdleMs = 15_000
/** The same for all: another one for direct chats would tell the push service which pushes are of those. */
const urgency = 'high'
const answerBytesMax = 16 * 1024
const afterMsMax = 3_600_000
/** The length of what is encrypted can be seen; it tells less in steps. */
const stepBytes = 256

/** As the settings say; null where nothing is pushed. */
export function openPusher(
  config: Pick<Config<'api'>, 'webPush' | 'vapidKeys' | 'pushContact' | 'pushOrigins'>,
): Pusher | null {
  const { webPush: wanted, vapidKeys: keys, pushContact: contact, pushOrigins: origins } = config
  return wanted && keys ? createPusher({ keys, contact, origins }) : null
}

export function createPusher(options: PusherOptions): Pusher {
  const { keys, contact, origins, reach = publicReach(), idleMs = usualIdleMs } = options
  const pool = {
    keepAlive: true,
    maxSockets: socketsPerServiceMax,
    maxFreeSockets: idlePerServiceMax,
    timeout: idleMs,
  }
  const agents = {
    public: new HttpsAgent({ ...pool, lookup: lookupIn(reach) } as object),
    https: new HttpsAgent(pool),
    http: new HttpAgent(pool),
  }
  const vapidDetails = { subject: contact, ...keys }
  const isListed = ({ origin }: URL) => origins.includes(origin)
  return {
    publicKey: keys.publicKey,
    accepts(endpoint) {
      if (endpoint.length > limits.pushEndpointCharsMax || !URL.canParse(endpoint)) return false
      const url = new URL(endpoint)
      // As browsers write them: no other spelling of an endpoint that is taken already.
      if (url.href !== endpoint || url.username !== '' || url.hash !== '') return false
      return isListed(url) || isPublicShape(url)
    },
    async push(to, payload, manner) {
      const url = new URL(to.endpoint)
      const listed = isListed(url)
      const details = encrypted(to, payload, manner, vapidDetails)
      if (!details || !(listed || isPublicShape(url))) return { result: 'refused' }
      const plain = url.protocol === 'http:' ? agents.http : agents.https
      return post(url, listed ? plain : agents.public, details).catch(error => ({
        result: error instanceof Refused ? ('refused' as const) : ('later' as const),
      }))
    },
    close() {
      for (const agent of Object.values(agents)) agent.destroy()
    },
  }
}

/** @returns null for keys that are none */
function encrypted(
  { endpoint, p256dh, auth }: PushAddress,
  payload: PushPayload,
  { ttlS, topic }: PushManner,
  vapidDetails: NonNullable<webPush.RequestOptions['vapidDetails']>,
): webPush.RequestDetails | null {
  const keys = { p256dh: p256dh.toString('base64url'), auth: auth.toString('base64url') }
  try {
    return webPush.generateRequestDetails({ endpoint, keys }, padded(payload), {
      vapidDetails,
      TTL: ttlS,
      urgency,
      contentEncoding: 'aes128gcm',
      ...(topic !== undefined && { topic }),
    })
  } catch {
    return null
  }
}

/** A name on the usual port: numbers are no push services, and would pass by the judging of names. */
function isPublicShape({ protocol, port, hostname }: URL): boolean {
  return (
    protocol === 'https:' &&
    port === '' &&
    isIP(hostname.replace(/^\[(.*)\]$/, '$1')) === 0 &&
    /^[a-z\d-]+(\.[a-z\d-]+)+$/.test(hostname)
  )
}

/** Resolves names as link previews do; refuses one with any address that is not public. */
function lookupIn(reach: Pick<Reach, 'resolve' | 'isAllowed'>): LookupFunction {
  return (name, options, done) => {
    reach.resolve(name).then(
      found => {
        const [first] = found
        if (first === undefined || !found.every(each => isIP(each) && reach.isAllowed(each)))
          return done(new Refused('no public address'), '')
        if (!options.all) return done(null, first, isIP(first))
        done(
          null,
          found.map(address => ({ address, family: isIP(address) })),
        )
      },
      (error: Error) => done(error, ''),
    )
  }
}

function padded(payload: PushPayload): string {
  const text = JSON.stringify(payload)
  return text + ' '.repeat(stepBytes - (Buffer.byteLength(text) % stepBytes))
}

function post(
  url: URL,
  agent: HttpAgent,
  { headers, body }: webPush.RequestDetails,
): Promise<PushOutcome> {
  const request = url.protocol === 'https:' ? requestHttps : requestHttp
  return new Promise((resolve, reject) => {
    const asked = request(url, {
      method: 'POST',
      agent,
      headers: headers as Record<string, string>,
      signal: AbortSignal.timeout(timeoutMs),
    })
    asked.once('response', response => {
      let bytes = 0
      // Taken off the socket, so that the next push can use it.
      response.on('data', (chunk: Buffer) => {
        bytes += chunk.length
        if (bytes > answerBytesMax) response.destroy()
      })
      response.on('error', () => undefined)
      resolve(outcomeOf(response.statusCode ?? 0, response.headers['retry-after']))
    })
    // Stays: after the response, too, an error must not be one that nobody hears.
    asked.on('error', reject)
    asked.end(body)
  })
}

function outcomeOf(status: number, retryAfter: string | undefined): PushOutcome {
  if (status >= 200 && status < 300) return { result: 'sent' }
  if (status === 404 || status === 410) return { result: 'gone' }
  if (status !== 429 && status < 500) return { result: 'refused' }
  const afterMs = Number(retryAfter) * 1_000
  if (!(afterMs > 0)) return { result: 'later' }
  return { result: 'later', afterMs: Math.min(afterMs, afterMsMax) }
}
