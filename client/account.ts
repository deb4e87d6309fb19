// Calls of the REST api: accounts, sessions, people. Each signed call is repeated once with a new token
// when the server no longer takes the one it had.

import * as z from 'zod'
import { AppError } from '#shared/protocol/codes.ts'
import {
  type ClientConfig,
  clientConfig,
  type deviceName,
  type loginIn,
  type Me,
  type meIn,
  meOut,
  type PushInput,
  type PushResult,
  type PushState,
  pushState,
  pushTest,
  type registerIn,
  sessionPage,
  type Tokens,
  tokens,
  userOut,
} from '#shared/protocol/http.ts'
import type { ChatId, SessionId, UserId } from '#shared/protocol/ids.ts'
import type { User } from '#shared/protocol/models.ts'
import { callHttp, callHttpFor, type HttpCall, type HttpDeps } from './http.ts'
import type { Session } from './session.ts'
import type { ClientClock } from './types.ts'

export interface AccountDeps {
  http: HttpDeps
  session: Session
  /** These tokens are ours from now on. */
  signedIn(tokens: Tokens): Promise<void>
  /** @param user who was signed in when the call began; perhaps the session has ended by itself since */
  signedOut(user: UserId | undefined, unsent: Unsent): Promise<void>
  profile(me: Me): Promise<void>
}

/** What becomes of the messages and drafts of this device that the server does not have. */
export type Unsent = 'forgotten' | 'kept'

/** So long a sign-out tries to tell the server. */
const farewellMs = 10_000

export type SessionPage = z.infer<typeof sessionPage>
export type RegisterInput = z.infer<typeof registerIn>
export type LoginInput = z.infer<typeof loginIn> & { device?: z.infer<typeof deviceName> }

/** Every method throws AppError: what the api says, `timeout` when it was not reached. */
export class Account {
  readonly #deps: AccountDeps

  constructor(deps: AccountDeps) {
    this.#deps = deps
  }

  /** What a page needs to know before anybody signs in. */
  config(): Promise<ClientConfig> {
    return callHttpFor(this.#deps.http, { method: 'GET', path: '/config' }, clientConfig)
  }

  /** Makes an account and signs in. */
  register(input: RegisterInput): Promise<Me> {
    return this.#enter('/auth/register', input)
  }

  login(input: LoginInput): Promise<Me> {
    return this.#enter('/auth/login', input)
  }

  /** Signs in as one of the demo people that `config` lists. */
  enterDemo(username: string): Promise<Me> {
    return this.#enter('/demo/enter', { username })
  }

  /**
   * Ends this session. The device forgets it at once; the server is told, if it is reached within 10 s.
   * @param unsent `kept`: this person finds them again when they sign in here
   */
  async logout(unsent: Unsent = 'forgotten'): Promise<void> {
    const { http, session, signedOut } = this.#deps
    const token = session.farewell()
    const forgotten = signedOut(session.user?.id, unsent)
    const call = { method: 'POST', path: '/auth/logout', keepalive: true } as const
    await Promise.all([
      forgotten,
      atMost(http.clock, farewellMs, this.#signed(call, z.unknown(), token)),
    ])
  }

  /** Ends all sessions of the account, this one included. */
  async logoutAll(): Promise<void> {
    const user = this.#deps.session.user?.id
    await this.#signed({ method: 'POST', path: '/auth/logout-all' }, z.unknown())
    await this.#deps.signedOut(user, 'forgotten')
  }

  async me(): Promise<Me> {
    const { user } = await this.#signed({ method: 'GET', path: '/me' }, meOut)
    await this.#deps.profile(user)
    return user
  }

  async updateMe(body: z.infer<typeof meIn>): Promise<Me> {
    const { user } = await this.#signed({ method: 'PATCH', path: '/me', body }, meOut)
    await this.#deps.profile(user)
    return user
  }

  async changePassword(current: string, next: string): Promise<void> {
    const body = { current, next }
    await this.#signed({ method: 'POST', path: '/me/password', body }, z.unknown())
  }

  async deleteAccount(password: string): Promise<void> {
    const user = this.#deps.session.user?.id
    await this.#signed({ method: 'DELETE', path: '/me', body: { password } }, z.unknown())
    await this.#deps.signedOut(user, 'forgotten')
  }

  /** The devices that are signed in. @param after `next` of the page before */
  sessions(after?: SessionId): Promise<SessionPage> {
    const query = after === undefined ? '' : `?after=${after}`
    return this.#signed({ method: 'GET', path: `/sessions${query}` }, sessionPage)
  }

  async revokeSession(id: SessionId): Promise<void> {
    await this.#signed({ method: 'DELETE', path: `/sessions/${id}` }, z.unknown())
  }

  /** Whether the server pushes, and what this session has subscribed. */
  pushState(): Promise<PushState> {
    return this.#signed({ method: 'GET', path: '/push' }, pushState)
  }

  /** Tells this session's browser of messages while no page is open. @throws AppError conflict, not_found */
  async subscribePush(body: PushInput): Promise<void> {
    await this.#signed({ method: 'PUT', path: '/push/subscription', body }, z.unknown())
  }

  async unsubscribePush(): Promise<void> {
    await this.#signed({ method: 'DELETE', path: '/push/subscription' }, z.unknown())
  }

  /** Pushes a test to this browser. @returns how its push service took it */
  async testPush(): Promise<PushResult> {
    return (await this.#signed({ method: 'POST', path: '/push/test' }, pushTest)).result
  }

  /** Hands a group or channel of the user's over to one of its members. @throws AppError bad_credentials, forbidden, conflict, quota_reached */
  async transferOwner(chat: ChatId, user: UserId, password: string): Promise<void> {
    const body = { user, password }
    await this.#signed({ method: 'POST', path: `/chats/${chat}/owner`, body }, z.unknown())
  }

  /** The user with exactly this name. @throws AppError not_found */
  async lookup(username: string): Promise<User> {
    const path = `/users/by-username/${encodeURIComponent(username)}`
    const { user } = await this.#signed({ method: 'GET', path }, userOut)
    return user
  }

  async #enter(path: string, body: unknown): Promise<Me> {
    const fresh = await callHttpFor(this.#deps.http, { method: 'POST', path, body }, tokens)
    await this.#deps.signedIn(fresh)
    return fresh.user
  }

  async #signed<Out>(
    call: HttpCall,
    out: z.ZodType<Out>,
    tokenFor = (refused?: string) => this.#deps.session.accessToken(refused),
  ): Promise<Out> {
    const { http } = this.#deps
    const token = await tokenFor()
    try {
      return await callHttpFor(http, { ...call, token }, out)
    } catch (error) {
      if (!(error instanceof AppError && error.code === 'unauthorized')) throw error
      const again = await tokenFor(token)
      return out.parse(await callHttp(http, { ...call, token: again }))
    }
  }
}

/** Waits for the work, but no longer than so many ms; what the server says against it does not matter. */
function atMost(clock: ClientClock, ms: number, work: Promise<unknown>): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = clock.setTimeout(resolve, ms)
    const end = () => {
      clock.clearTimeout(timer)
      resolve()
    }
    work.then(end, error => (error instanceof AppError ? end() : reject(error)))
  })
}
