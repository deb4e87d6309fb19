// REST requests over connections that are kept: one route again and again in a closed loop, and many people who
// sign in at the same moment. Runs in the generator's process; mixed.ts uses the client for its own requests.

import { Agent, request } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { Latencies, type Latency } from './latency.ts'
import type { OnMark } from './load.ts'

/** One request, as plain data. */
export interface Call {
  method: 'GET' | 'POST' | 'PATCH'
  /** Behind the base, like `/me`. */
  path: string
  token?: string | undefined
  json?: object | undefined
}

export interface Reply {
  /** 0 when no answer came. */
  status: number
  /** The answer's text; the system's code when none came. */
  text: string
  /** Seconds of Retry-After, null without one. */
  retryAfterS: number | null
}

const timeoutMs = 30_000

/** An HTTP client with a bounded number of kept connections. */
export class Rest {
  readonly #base: string
  readonly #agent: Agent

  constructor(base: string, connections: number) {
    this.#base = base
    this.#agent = new Agent({ keepAlive: true, maxSockets: connections })
  }

  /** Never rejects: what went wrong is a reply with status 0. */
  call({ method, path, token, json }: Call): Promise<Reply> {
    const body = json === undefined ? undefined : Buffer.from(JSON.stringify(json))
    const headers = {
      ...(token !== undefined && { authorization: `Bearer ${token}` }),
      ...(body && { 'content-type': 'application/json', 'content-length': body.length }),
    }
    return new Promise(resolve => {
      const failed = (error: NodeJS.ErrnoException) =>
        resolve({ status: 0, text: error.code ?? error.message, retryAfterS: null })
      const sent = request(
        `${this.#base}${path}`,
        { method, headers, agent: this.#agent, timeout: timeoutMs },
        answer => {
          const parts: Buffer[] = []
          answer.on('data', (part: Buffer) => parts.push(part))
          answer.on('error', failed)
          answer.on('end', () => {
            const retryAfter = answer.headers['retry-after']
            resolve({
              status: answer.statusCode ?? 0,
              text: Buffer.concat(parts).toString(),
              retryAfterS: retryAfter === undefined ? null : Number(retryAfter),
            })
          })
        },
      )
      sent.on('timeout', () => sent.destroy(new Error('timeout')))
      sent.on('error', failed)
      sent.end(body)
    })
  }

  close(): void {
    this.#agent.destroy()
  }
}

export interface RestLoop {
  /** Like `http://127.0.0.1:8080/api/v1`. */
  base: string
  call: Call
  /** One for each connection; access tokens, or for `refresh` the refresh tokens to begin with. */
  tokens: string[]
  /** Each answer carries the token of the connection's next request. */
  refresh?: true
  warmUpS: number
  seconds: number
}

export interface RestOutcome {
  answers: number
  perS: number
  latency: Latency
  /** Other statuses than 2xx, by status and code. */
  refused: Record<string, number>
}

/** Keeps one request on its way on each connection. */
export async function restLoop(options: RestLoop, onMark: OnMark): Promise<RestOutcome> {
  const { base, tokens, warmUpS, seconds } = options
  const rest = new Rest(base, tokens.length)
  const latencies = new Latencies()
  const refused: Record<string, number> = {}
  const beginMs = performance.now() + warmUpS * 1000
  const endMs = beginMs + seconds * 1000
  const work = async (first: string) => {
    let token = first
    for (let sentMs = performance.now(); sentMs < endMs; ) {
      const reply = await rest.call(withToken(options, token))
      const nowMs = performance.now()
      if (!isOk(reply)) count(refused, reply)
      else if (options.refresh)
        token = (JSON.parse(reply.text) as { refreshToken: string }).refreshToken
      if (sentMs >= beginMs && nowMs < endMs) latencies.add(nowMs - sentMs)
      sentMs = nowMs
    }
  }
  const begin = setTimeout(() => onMark('begin'), warmUpS * 1000)
  await Promise.all(tokens.map(work))
  clearTimeout(begin)
  onMark('end')
  rest.close()
  const latency = latencies.summary
  return { answers: latency.count, perS: latency.count / seconds, latency, refused }
}

function withToken({ call, refresh }: RestLoop, token: string): Call {
  return refresh ? { ...call, json: { refreshToken: token } } : { ...call, token }
}

export interface LoginStorm {
  base: string
  usernames: string[]
  password: string
}

export interface StormOutcome {
  /** Signed in, at last. */
  done: number
  /** From the first request until the last one was in. */
  tookS: number
  /** 503 answers that said when to come again, and people who got one. */
  refusals: number
  people: number
  /** From the first attempt until the person was in. */
  latency: Latency
  /** Any other answer, by status and code. */
  errors: Record<string, number>
}

/** A client spreads its return over this time, so that the refused do not meet again. */
const jitterMs = 1_000

/** Everybody signs in at once; who is told to come again does, after the time that they were told. */
export async function loginStorm({ base, usernames, password }: LoginStorm): Promise<StormOutcome> {
  const rest = new Rest(base, Number.POSITIVE_INFINITY)
  const latencies = new Latencies()
  const found = { done: 0, refusals: 0, people: 0, errors: {} as Record<string, number> }
  const beganMs = performance.now()
  const signIn = async (username: string) => {
    for (let attempt = 1; ; attempt++) {
      const reply = await rest.call(loginCall(username, password))
      if (reply.status === 503 && reply.retryAfterS !== null) {
        found.refusals++
        if (attempt === 1) found.people++
        await sleep(reply.retryAfterS * 1000 + Math.random() * jitterMs)
        continue
      }
      if (isOk(reply)) found.done++
      else count(found.errors, reply)
      latencies.add(performance.now() - beganMs)
      return
    }
  }
  await Promise.all(usernames.map(signIn))
  const tookS = (performance.now() - beganMs) / 1000
  rest.close()
  return { ...found, tookS, latency: latencies.summary }
}

export function loginCall(username: string, password: string): Call {
  return { method: 'POST', path: '/auth/login', json: { username, password, device: 'bench' } }
}

export function isOk({ status }: Reply): boolean {
  return status >= 200 && status < 300
}

/** Counts a refusal under its status and code, like `429 rate_limited`. */
export function count(into: Record<string, number>, { status, text }: Reply): void {
  const code = /"code":"(\w+)"/.exec(text)?.[1] ?? text.slice(0, 80)
  const why = `${status} ${code}`
  into[why] = (into[why] ?? 0) + 1
}
