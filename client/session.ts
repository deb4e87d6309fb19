// Who is signed in: the tokens, kept in storage under one key so that a restart and other tabs share
// them, and their refresh, one at a time.

import { AppError } from '#shared/protocol/codes.ts'
import { type Me, type Tokens, tokens as tokensShape } from '#shared/protocol/http.ts'
import type { SessionId } from '#shared/protocol/ids.ts'
import { callHttpFor, type HttpDeps } from './http.ts'
import type { Storage } from './types.ts'

const key = 'tokens'
/** An access token that ends sooner is refreshed before use. */
const freshMs = 30_000

/** What is stored. */
interface Held {
  accessToken: string
  refreshToken: string
  /** ms since 1970 of this device's clock. */
  expiresAt: number
  session: SessionId
  user: Me
}

export class Session {
  readonly #http: HttpDeps
  readonly #storage: Storage
  readonly #signedOut: () => void
  #held: Held | null = null
  #refreshing: Promise<string> | null = null

  /** @param deps.signedOut called when the server no longer accepts the refresh token */
  constructor(deps: { http: HttpDeps; storage: Storage; signedOut: () => void }) {
    this.#http = deps.http
    this.#storage = deps.storage
    this.#signedOut = deps.signedOut
  }

  get user(): Me | null {
    return this.#held?.user ?? null
  }

  /** Reads what an earlier run or another tab left. */
  async load(): Promise<Me | null> {
    this.#held = await this.#read()
    return this.user
  }

  async keep(tokens: Tokens): Promise<void> {
    this.#held = {
      accessToken: tokens.accessToken,
      refreshToken: tokens.refreshToken,
      expiresAt: this.#http.clock.now() + tokens.expiresIn * 1000,
      session: tokens.session,
      user: tokens.user,
    }
    await this.#storage.set(key, this.#held)
  }

  /** Own profile changed; the tokens stay. */
  async update(user: Me): Promise<void> {
    if (!this.#held) return
    this.#held = { ...this.#held, user }
    await this.#storage.set(key, this.#held)
  }

  /** Forgets the tokens; those of another session that another tab has put there stay. */
  async clear(): Promise<void> {
    const held = this.#held
    this.#held = null
    const stored = await this.#read()
    if (!stored || !held || stored.session === held.session) await this.#storage.delete(key)
  }

  /**
   * An access token that is valid for some time yet.
   * @param refused a token that the server has just refused: another one is got for it
   * @throws AppError `unauthorized` when signed out, `timeout` and others when a refresh did not work now
   */
  async accessToken(refused?: string): Promise<string> {
    const held = this.#held
    if (!held) throw new AppError('unauthorized')
    if (held.accessToken !== refused && this.#isFresh(held)) return held.accessToken
    this.#refreshing ??= this.#refresh(held).finally(() => {
      this.#refreshing = null
    })
    return this.#refreshing
  }

  /**
   * What `accessToken` gives, of the tokens of now and also after `clear`: to tell the server that their session is over.
   * What a refresh brings is kept nowhere.
   */
  farewell(): (refused?: string) => Promise<string> {
    const held = this.#held
    return async refused => {
      if (!held) throw new AppError('unauthorized')
      if (held.accessToken !== refused && this.#isFresh(held)) return held.accessToken
      const call = { ...refreshOf(held), keepalive: true } as const
      return (await callHttpFor(this.#http, call, tokensShape)).accessToken
    }
  }

  #isFresh(held: Held): boolean {
    return held.expiresAt - this.#http.clock.now() > freshMs
  }

  async #refresh(held: Held): Promise<string> {
    if (await this.#adoptFromOtherTab(held)) return this.accessToken()
    let fresh: Tokens
    try {
      fresh = await callHttpFor(this.#http, refreshOf(held), tokensShape)
    } catch (error) {
      if (!isRefused(error)) throw error
      // Another tab may have rotated the token while ours was on its way.
      if (await this.#adoptFromOtherTab(held)) return this.accessToken()
      if (this.#held === held) {
        await this.clear()
        this.#signedOut()
      }
      throw new AppError('unauthorized', { cause: error })
    }
    // Signed out or in again meanwhile: the answer belongs to nobody.
    if (this.#held?.session !== held.session) throw new AppError('unauthorized')
    await this.keep(fresh)
    return fresh.accessToken
  }

  /** @returns whether storage holds newer tokens of the same session than `held`, which are ours now */
  async #adoptFromOtherTab(held: Held): Promise<boolean> {
    const stored = await this.#read()
    if (!stored || stored.session !== held.session) return false
    if (stored.refreshToken === held.refreshToken || !this.#isFresh(stored)) return false
    this.#held = stored
    return true
  }

  async #read(): Promise<Held | null> {
    const stored = (await this.#storage.get(key)) as Partial<Held> | undefined | null
    const whole =
      typeof stored?.accessToken === 'string' &&
      typeof stored.refreshToken === 'string' &&
      typeof stored.expiresAt === 'number' &&
      typeof stored.user?.id === 'number'
    return whole ? (stored as Held) : null
  }
}

function refreshOf({ refreshToken }: Held) {
  return { method: 'POST', path: '/auth/refresh', body: { refreshToken } } as const
}

function isRefused(error: unknown): boolean {
  return (
    error instanceof AppError && (error.code === 'unauthorized' || error.code === 'bad_credentials')
  )
}
