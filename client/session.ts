// Who is signed in: the tokens, kept in storage under one key so that a restart and other tabs share
// them, and their refresh, one at a time. What storage has is what counts: the server takes a refresh token
// that was exchanged before for a stolen one, and ends the session, so no older one may be used or stored.

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
    await this.#store(this.#held)
  }

  /** Own profile changed; the tokens stay, also those that another tab has stored since. */
  async update(user: Me): Promise<void> {
    const held = this.#held
    if (!held) return
    this.#held = { ...held, user }
    const stored = await this.#read()
    // Signed out or in again meanwhile, here or in another tab.
    if (this.#held?.session !== held.session || stored?.session !== held.session) return
    // Refreshed here while storage was read.
    const isOurs = this.#held.refreshToken !== held.refreshToken
    this.#held = { ...(isOurs ? this.#held : newerOf(held, stored)), user }
    if (JSON.stringify(this.#held) !== JSON.stringify(stored)) await this.#store(this.#held)
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
    const present = this.#held
    // Read at once: they are about to be deleted.
    const latest = present && this.#latest(present).catch(() => present)
    return async refused => {
      const held = await latest
      if (!held) throw new AppError('unauthorized')
      if (held.accessToken !== refused && this.#isFresh(held)) return held.accessToken
      const call = { ...refreshOf(held), keepalive: true } as const
      return (await callHttpFor(this.#http, call, tokensShape)).accessToken
    }
  }

  #isFresh(held: Held): boolean {
    return held.expiresAt - this.#http.clock.now() > freshMs
  }

  /**
   * Tabs may do it at once: for some seconds the server answers the same token with the same successor. They do not wait for
   * each other, as one that the browser has frozen would keep the others out.
   */
  async #refresh(before: Held): Promise<string> {
    const held = await this.#latest(before)
    if (held.refreshToken !== before.refreshToken && this.#isFresh(held)) return held.accessToken
    let fresh: Tokens
    try {
      fresh = await callHttpFor(this.#http, refreshOf(held), tokensShape)
    } catch (error) {
      if (!isRefused(error)) throw error
      // Another tab may have rotated the token while ours was on its way.
      const { refreshToken } = await this.#latest(held)
      if (refreshToken !== held.refreshToken) return this.#refresh(held)
      if (this.#held?.refreshToken === held.refreshToken) {
        await this.clear()
        this.#signedOut()
      }
      throw new AppError('unauthorized', { cause: error })
    }
    const { refreshToken } = await this.#latest(held)
    // Signed out or in again meanwhile: the answer belongs to nobody.
    if (this.#held?.session !== held.session) throw new AppError('unauthorized')
    // While this tab was frozen another one went on from the same answer.
    const isOvertaken = refreshToken !== held.refreshToken && refreshToken !== fresh.refreshToken
    if (isOvertaken) return this.#refresh(held)
    await this.keep(fresh)
    return fresh.accessToken
  }

  /** The tokens of this session as the tab that rotated them last has stored them. */
  async #latest(held: Held): Promise<Held> {
    const latest = newerOf(held, await this.#read())
    if (latest !== held && this.#held?.session === held.session) this.#held = latest
    return latest
  }

  /** What cannot be stored leaves nothing there: the tokens of before are used up. */
  async #store(held: Held): Promise<void> {
    try {
      await this.#storage.set(key, held)
    } catch (error) {
      await this.#storage.delete(key)
      throw error
    }
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

/** What is stored, if it is of the same session and another tab's. */
function newerOf(held: Held, stored: Held | null): Held {
  const isNewer = stored?.session === held.session && stored.refreshToken !== held.refreshToken
  return isNewer ? stored : held
}

function refreshOf({ refreshToken }: Held) {
  return { method: 'POST', path: '/auth/refresh', body: { refreshToken } } as const
}

function isRefused(error: unknown): boolean {
  return (
    error instanceof AppError && (error.code === 'unauthorized' || error.code === 'bad_credentials')
  )
}
