// Asks a foreign server for a page, without ever reaching into our own network: the name is resolved once, every address
// of it is judged as a number, and the connection goes to the very address that was judged. Redirects are judged like
// links. Runs in a worker thread; bounded in time by the caller's signal, in bytes here.

import { Resolver } from 'node:dns/promises'
import { type IncomingMessage, request as requestHttp } from 'node:http'
import { request as requestHttps } from 'node:https'
import { isIP } from 'node:net'
import { pipeline, type Readable, Transform } from 'node:stream'
import { createBrotliDecompress, createGunzip, createInflate } from 'node:zlib'
import { isPublicAddress } from './public-address.ts'

const redirectsMax = 3
/** Of a page, packed and unpacked. */
export const pageBytesMax = 1024 * 1024

/** There is no preview here, and asking again would not help. */
export class Refused extends Error {
  override readonly name = 'Refused'
}

/** What may be reached, and how names become addresses; tests reach their own servers by another one. */
export interface Reach {
  /** All addresses of a name. @throws Refused when it has none */
  resolve(name: string): Promise<string[]>
  isAllowed(address: string): boolean
  ports: ReadonlySet<number>
}

export interface Page {
  /** After redirects. */
  url: URL
  /** Of the content type, if it says one. */
  charset: string | undefined
  /** Unpacked; ends after pageBytesMax at the latest, and ends the connection when it is left. */
  body: AsyncIterable<Uint8Array>
}

/** The public internet. Asks name servers themselves: the system's resolver would block threads that others need. */
export function publicReach(): Reach {
  const resolver = new Resolver({ timeout: 1_500, tries: 2 })
  return {
    async resolve(name) {
      const found = await Promise.allSettled([resolver.resolve4(name), resolver.resolve6(name)])
      const addresses = found.flatMap(each => (each.status === 'fulfilled' ? each.value : []))
      if (addresses.length > 0) return addresses
      const codes = found.map(each => (each as PromiseRejectedResult).reason?.code)
      const isNobody = codes.every(code => code === 'ENOTFOUND' || code === 'ENODATA')
      throw isNobody ? new Refused('the name has no address') : new Error('no name server answers')
    },
    isAllowed: isPublicAddress,
    ports: new Set([80, 443]),
  }
}

/**
 * Opens a page of HTML.
 * @throws Refused where there is none to see; any other Error for what may pass
 */
export async function openPage(link: string, reach: Reach, signal: AbortSignal): Promise<Page> {
  let url = new URL(link)
  for (let hops = 0; ; hops++) {
    const response = await ask(url, reach, signal)
    try {
      const next = redirectOf(response, url)
      if (next === undefined) return pageOf(response, url)
      url = next
    } catch (error) {
      response.destroy()
      throw error
    }
    response.destroy()
    if (hops === redirectsMax) throw new Refused('too many redirects')
  }
}

async function ask(url: URL, reach: Reach, signal: AbortSignal): Promise<IncomingMessage> {
  const { address, port, host } = await placeOf(url, reach)
  signal.throwIfAborted()
  const request = url.protocol === 'https:' ? requestHttps : requestHttp
  return new Promise((resolve, reject) => {
    const asked = request({
      host: address,
      port,
      path: url.pathname + url.search,
      // Its certificate must be that of the name, though we connect to a number.
      servername: isIP(host) ? '' : host,
      agent: false,
      signal,
      maxHeaderSize: 16 * 1024,
      headers: {
        host: url.host,
        'user-agent': 'PetrelPreview/1.0 (link preview)',
        accept: 'text/html,application/xhtml+xml',
        'accept-encoding': 'gzip, br',
      },
    })
    asked.once('response', resolve)
    // Stays: after the response, too, an error must not be one that nobody hears.
    asked.on('error', reject)
    asked.end()
  })
}

/** Where to connect to. @throws Refused when any address of the host is not public */
async function placeOf(
  url: URL,
  reach: Reach,
): Promise<{ address: string; port: number; host: string }> {
  if (url.protocol !== 'http:' && url.protocol !== 'https:') throw new Refused('no web address')
  if (url.username !== '' || url.password !== '') throw new Refused('a password in the address')
  const port = Number(url.port || (url.protocol === 'https:' ? 443 : 80))
  if (!reach.ports.has(port)) throw new Refused('another port')
  const host = url.hostname.replace(/^\[(.*)\]$/, '$1')
  const addresses = isIP(host) ? [host] : await reach.resolve(host)
  const [address] = addresses
  if (address === undefined || !addresses.every(each => isIP(each) && reach.isAllowed(each)))
    throw new Refused('no public address')
  return { address, port, host }
}

function redirectOf({ statusCode = 0, headers }: IncomingMessage, from: URL): URL | undefined {
  if (![301, 302, 303, 307, 308].includes(statusCode)) return undefined
  const { location } = headers
  if (location === undefined || !URL.canParse(location, from.href))
    throw new Refused('leads nowhere')
  return new URL(location, from)
}

function pageOf(response: IncomingMessage, url: URL): Page {
  const { statusCode = 0, headers } = response
  if (statusCode >= 500 || statusCode === 429) throw new Error(`answered ${statusCode}`)
  if (statusCode !== 200) throw new Refused(`answered ${statusCode}`)
  const [type = '', ...parameters] = (headers['content-type'] ?? '').toLowerCase().split(';')
  if (!['text/html', 'application/xhtml+xml'].includes(type.trim())) throw new Refused('no HTML')
  const charset = parameters
    .map(parameter => /^\s*charset\s*=\s*"?([\w:.-]{1,40})"?\s*$/.exec(parameter)?.[1])
    .find(found => found !== undefined)
  return { url, charset, body: capped(response, unpack(response)) }
}

/** @throws Refused for a packing that nobody asked for */
function unpack(response: IncomingMessage): Readable {
  const packing = (response.headers['content-encoding'] ?? 'identity').trim().toLowerCase()
  if (packing === 'identity' || packing === '') return response
  const unpackers = {
    gzip: createGunzip,
    'x-gzip': createGunzip,
    br: createBrotliDecompress,
    deflate: createInflate,
  }
  const create = Object.hasOwn(unpackers, packing)
    ? unpackers[packing as keyof typeof unpackers]
    : undefined
  if (!create) throw new Refused('packed in another way')
  // Packed bytes that unpack to nothing are bounded as well.
  let left = pageBytesMax
  const cap = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      left -= chunk.length
      if (left < 0) done(new Refused('too large'))
      else done(null, chunk)
    },
  })
  // Its errors are those of the stream returned.
  return pipeline(response, cap, create(), () => undefined)
}

async function* capped(response: IncomingMessage, body: Readable): AsyncGenerator<Uint8Array> {
  let left = pageBytesMax
  try {
    for await (const chunk of body as AsyncIterable<Buffer>) {
      yield chunk.subarray(0, left)
      left -= chunk.length
      if (left <= 0) return
    }
  } finally {
    body.destroy()
    response.destroy()
  }
}
