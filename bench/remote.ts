// A running server that is measured from outside: people are those whose access tokens we were given, chats are
// made by the protocol's own operations. Every way in which it can be the wrong server, or a token the wrong one,
// is one clear sentence.

import { createHash } from 'node:crypto'
import { readFile, stat } from 'node:fs/promises'
import { type IncomingMessage, request } from 'node:http'
import { request as requestSecurely } from 'node:https'
import { setTimeout as sleep } from 'node:timers/promises'
import * as z from 'zod'
import { decodeAll, encode, frameType } from '#shared/protocol/codec.ts'
import { limits } from '#shared/protocol/limits.ts'
import { type OpIn, type OpName, type OpOut, ops } from '#shared/protocol/ops.ts'
import { hello, petrel } from './generator/dialects/petrel.ts'
import { type Address, clientFrame, Wire, WireError } from './generator/wire.ts'
import type { Members } from './members.ts'
import type { Place } from './place.ts'
import { causeText } from './report/write.ts'

/** The server or a token is not what it should be; the message is for people. */
export class RemoteError extends Error {
  override readonly name = 'RemoteError'
}

interface RemoteOptions {
  /** `ws://HOST:PORT` or `wss://HOST` */
  url: string
  tokenFile: string
  /** How long the server may take to answer a handshake. */
  waitMs?: number
}

/** Somebody whose token we were given. */
interface Person {
  token: string
  user: number
  /** Of the token file. */
  line: number
}

const patienceMs = 5_000
const tokenFileBytesMax = 16 * 1024 * 1024
/** Half of what the server's defaults allow one person in the long run. */
const messagesPerPersonPerS = limits.messagesPerS / 2
/** The server lets one address make 20 handshakes a second. */
const atOnce = 4
/** What a server sends during a sync is larger than any request. */
const syncScan = { depthMax: 16, itemsMax: 1_000_000 }
const joinAttemptsMax = 20
const joinPauseMs = 500

export class Remote {
  readonly url: string
  readonly address: Address
  readonly #people: readonly Person[]
  /** Chats made in this run, by what they are for. */
  readonly #made = new Map<string, Promise<Members>>()

  private constructor(url: string, address: Address, people: readonly Person[]) {
    this.url = url
    this.address = address
    this.#people = people
  }

  /**
   * Reads the tokens, sees whether a gateway of ours answers at `url`, and signs in once. At most 15 s.
   * @throws RemoteError
   */
  static async open({ url, tokenFile, waitMs = patienceMs }: RemoteOptions): Promise<Remote> {
    const people = await readPeople(tokenFile)
    const { protocol, hostname, port } = new URL(url)
    const secure = protocol === 'wss:'
    const host = hostname.replace(/^\[|\]$/g, '')
    const address = { host, port: Number(port || (secure ? 443 : 80)), secure }
    await probe(url, address, waitMs)
    const remote = new Remote(url, address, people)
    const client = await remote.#join(people[0] as Person)
    client.leave()
    return remote
  }

  /** How many people there are. */
  get people(): number {
    return this.#people.length
  }

  /** @param note told where the place has less than was asked for */
  place(note: (text: string) => void): Place {
    return {
      address: this.address,
      atOnce,
      pairs: count => {
        const possible = Math.min(count, Math.floor(this.people / 2))
        if (possible < count)
          note(`${possible} direct chats instead of ${count}: there are ${this.people} tokens`)
        return this.#once(`pairs ${possible}`, () => this.#pairs(possible))
      },
      groups: (count, size) => {
        const possibleSize = Math.min(size, this.people)
        const possible = Math.min(count, Math.floor(this.people / possibleSize))
        if (possible * possibleSize < count * size)
          note(
            `${possible} × a group of ${possibleSize} instead of ${count} × ${size}: there are ${this.people} tokens`,
          )
        return this.#once(`groups ${possible} ${possibleSize}`, () =>
          this.#groups(possible, possibleSize),
        )
      },
      ratePerS: (wanted, people) => {
        const possible = Math.min(wanted, people * messagesPerPersonPerS)
        if (possible < wanted)
          note(
            `${possible} messages a second instead of ${wanted}: ${messagesPerPersonPerS} from each of ${people} people, as the server's limits allow`,
          )
        return possible
      },
    }
  }

  #once(key: string, make: () => Promise<Members>): Promise<Members> {
    const made = this.#made.get(key) ?? make()
    this.#made.set(key, made)
    return made
  }

  async #pairs(count: number): Promise<Members> {
    const talkers = this.#people.slice(0, count * 2)
    const ones = talkers.filter((_, i) => i % 2 === 0)
    const chats = await fewAtOnce(ones, async (one, i) => {
      const other = talkers[i * 2 + 1] as Person
      const { chat } = await this.#as(one, client =>
        client.ask('createDirect', { user: other.user }),
      )
      // They do not know each other: the second one's coming is the answer.
      await this.#as(other, client => client.ask('createDirect', { user: one.user }))
      return chat.id
    })
    return membersOf(talkers, i => chats[Math.floor(i / 2)] as number)
  }

  async #groups(count: number, size: number): Promise<Members> {
    const talkers = this.#people.slice(0, count * size)
    const owners = talkers.filter((_, i) => i % size === 0)
    const chats = await fewAtOnce(owners, (owner, i) => {
      const users = talkers.slice(i * size + 1, (i + 1) * size).map(({ user }) => user)
      return this.#as(owner, client => makeGroup(client, owner, users))
    })
    return membersOf(talkers, i => chats[Math.floor(i / size)] as number)
  }

  async #as<Result>(person: Person, work: (client: Client) => Promise<Result>): Promise<Result> {
    const client = await this.#join(person)
    try {
      return await work(client)
    } finally {
      client.leave()
    }
  }

  /** Signs in; the server may ask for patience. @throws RemoteError that names the token's line */
  async #join(person: Person): Promise<Client> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await Client.join(this.address, person.token)
      } catch (error) {
        const code = error instanceof WireError ? error.code : ''
        const busy = code === 'HTTP 429' || code === 'HTTP 503' || code === 'closed 4013'
        if (!busy || attempt === joinAttemptsMax) {
          const why = error instanceof Error ? error.message : String(error)
          throw new RemoteError(`the token on line ${person.line} does not work: ${why}`)
        }
        await sleep(joinPauseMs)
      }
    }
  }
}

/** Always the same group for the same people, so that every run meets it again. */
async function makeGroup(client: Client, owner: Person, users: number[]): Promise<number> {
  const digest = createHash('sha256')
    .update([owner.user, ...users].join())
    .digest()
  const rid = digest.readUIntBE(0, 6) + 1
  const first = users.slice(0, limits.addMembersMax)
  const { chat } = await client.ask('createGroup', { rid, title: 'Bench', users: first })
  for (let from = first.length; from < users.length; from += limits.addMembersMax) {
    const next = users.slice(from, from + limits.addMembersMax)
    await client.ask('addMembers', { chat: chat.id, users: next })
  }
  return chat.id
}

function membersOf(people: readonly Person[], roomOf: (i: number) => number): Members {
  return { tokens: people.map(({ token }) => token), rooms: people.map((_, i) => roomOf(i)) }
}

/** A connection for requests that are not counted. */
class Client {
  readonly #wire: Wire
  #lastRef = 0

  private constructor(wire: Wire) {
    this.#wire = wire
  }

  /** @throws WireError */
  static async join(address: Address, token: string): Promise<Client> {
    const wire = await Wire.open(address, petrel)
    const late = setTimeout(() => wire.destroy(), patienceMs)
    try {
      await hello(wire, { token, device: 'bench' })
    } catch (error) {
      // Our own cut has no close code either.
      if (error instanceof WireError && error.code === 'closed 1006')
        throw new WireError('HELLO was not answered', error.code)
      throw error
    } finally {
      clearTimeout(late)
    }
    return new Client(wire)
  }

  /** @throws RemoteError with the server's words */
  ask<Name extends OpName>(name: Name, body: OpIn<Name>): Promise<OpOut<Name>> {
    const ref = ++this.#lastRef
    const wire = this.#wire
    return new Promise((resolve, reject) => {
      const fail = (why: string) => {
        clearTimeout(late)
        reject(new RemoteError(`${name} failed: ${why}`))
      }
      const late = setTimeout(() => fail('no answer'), patienceMs)
      wire.onClose = code => fail(`the server closed the connection (${code})`)
      wire.onFrame = (bytes, start, end) => {
        for (const [type, to, result] of framesOf(bytes.subarray(start, end))) {
          if (to !== ref) continue
          if (type === frameType.error) fail(JSON.stringify(result))
          if (type !== frameType.result) continue
          clearTimeout(late)
          resolve(result as OpOut<Name>)
        }
      }
      wire.write(clientFrame(encode([ops[name].op, ref, body]), 'binary'))
    })
  }

  leave(): void {
    this.#wire.destroy()
  }
}

/** What is no frame answers nothing. */
function framesOf(bytes: Uint8Array): unknown[][] {
  try {
    return decodeAll(bytes, syncScan)
  } catch {
    return []
  }
}

/** Works through a list with a few hands. */
async function fewAtOnce<Item, Result>(
  items: readonly Item[],
  work: (item: Item, i: number) => Promise<Result>,
): Promise<Result[]> {
  const results: Result[] = []
  let next = 0
  const hand = async () => {
    for (let i = next++; i < items.length; i = next++) results[i] = await work(items[i] as Item, i)
  }
  await Promise.all(Array.from({ length: atOnce }, hand))
  return results
}

/** One person for each user with a token in the file. @throws RemoteError */
async function readPeople(path: string): Promise<Person[]> {
  const lines = (await tokenText(path)).split('\n').map(line => line.trim())
  const people = new Map<number, Person>()
  for (const [i, token] of lines.entries()) {
    if (token === '' || token.startsWith('#')) continue
    const line = i + 1
    const claims = claimsOf(token)
    if (!claims) throw new RemoteError(`${path}, line ${line}: this is no access token`)
    const overS = Math.round(Date.now() / 1000 - claims.exp)
    if (overS >= 0)
      throw new RemoteError(
        `${path}, line ${line}: the token expired ${overS} s ago; they live ${limits.accessTokenS / 60} minutes`,
      )
    if (!people.has(claims.sub)) people.set(claims.sub, { token, user: claims.sub, line })
  }
  if (people.size < 2) throw new RemoteError(`${path} has tokens of fewer than 2 users`)
  return [...people.values()]
}

async function tokenText(path: string): Promise<string> {
  try {
    const file = await stat(path)
    // A pipe without a writer would keep us for ever, a device give us no end.
    if (!file.isFile()) throw new Error('it is no file')
    if (file.size > tokenFileBytesMax) throw new Error('it is too large')
    return await readFile(path, 'utf8')
  } catch (error) {
    throw new RemoteError(`cannot read the token file ${path}: ${causeText(error)}`)
  }
}

const claimsShape = z.object({ sub: z.string().regex(/^\d+$/).transform(Number), exp: z.number() })

/** What a token says of itself; only the server can tell whether it is true. */
function claimsOf(token: string): z.infer<typeof claimsShape> | null {
  try {
    const payload = Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()
    return claimsShape.safeParse(JSON.parse(payload)).data ?? null
  } catch {
    return null
  }
}

/**
 * Makes one handshake as a client would, to see who answers.
 * @throws RemoteError when it is not a gateway of ours
 */
async function probe(url: string, address: Address, waitMs: number): Promise<void> {
  const answer = await handshake(address, waitMs).catch((error: NodeJS.ErrnoException) => {
    throw new RemoteError(`${url}: ${connectionText(error)}`)
  })
  const { statusCode = 0, headers } = answer
  if (statusCode === 101) {
    if (headers['sec-websocket-protocol'] === petrel.subprotocol) return
    throw new RemoteError(
      `${url}: a WebSocket server, but not one that speaks ${petrel.subprotocol}`,
    )
  }
  const busy = statusCode === 429 || statusCode === 503
  throw new RemoteError(
    `${url}: the server answered HTTP ${statusCode}${busy ? ', it takes no more connections now' : ': not a gateway of Petrel?'}`,
  )
}

function handshake({ host, port, secure }: Address, waitMs: number): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const asked = (secure ? requestSecurely : request)({
      host,
      port,
      path: petrel.path,
      headers: {
        connection: 'Upgrade',
        upgrade: 'websocket',
        'sec-websocket-version': '13',
        'sec-websocket-key': 'cGV0cmVsIGJlbmNoIDEuMA==',
        'sec-websocket-protocol': petrel.subprotocol,
      },
    })
    const end = (settle: () => void) => {
      clearTimeout(late)
      asked.destroy()
      settle()
    }
    const late = setTimeout(
      () => end(() => reject(new Error(`nothing was said in ${waitMs / 1000} s`))),
      waitMs,
    )
    asked.on('upgrade', answer => end(() => resolve(answer)))
    asked.on('response', answer => end(() => resolve(answer)))
    asked.on('error', error => end(() => reject(error)))
    asked.end()
  })
}

const connectionTexts: Record<string, string> = {
  ECONNREFUSED: 'nobody listens there',
  ECONNRESET: 'the connection was cut',
  EHOSTUNREACH: 'the machine cannot be reached',
  ENETUNREACH: 'the network cannot be reached',
  ENOTFOUND: 'there is no such machine',
  EAI_AGAIN: 'the name cannot be looked up',
}

function connectionText({ code = '', message }: NodeJS.ErrnoException): string {
  if (code.startsWith('HPE_')) return 'what answers there is no HTTP server'
  const text = connectionTexts[code]
  return text ? `${text} (${code})` : message
}
