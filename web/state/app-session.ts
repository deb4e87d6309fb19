// Which person this window is, and the SDK client that stands for them. Owns the client's lifetime.
// A demo person lives in sessionStorage, so two windows of one browser can be two people and a reload keeps
// both; an ordinary account lives in localStorage and is shared by all windows.

import { PetrelClient } from '#client/index.ts'
import { beginAt, storageFor } from './demo-storage.ts'
import { keeping, type Profile } from './offline.ts'
import { transport } from './transport.ts'

export type Phase = 'starting' | 'ready'

export interface SessionState {
  client: PetrelClient
  phase: Phase
}

const profileKey = 'petrel-page:profile'
/** Where the SDK keeps the tokens of whoever is signed in. */
const tokensKey = 'petrel.tokens'

export class AppSession {
  readonly #listeners = new Set<() => void>()
  #state: SessionState

  constructor() {
    this.#state = { client: openClient(currentProfile()), phase: 'starting' }
    addEventListener('storage', event => this.#heard(event))
    const keep = () => {
      if (document.visibilityState === 'hidden') void this.#state.client.keep()
    }
    addEventListener('pagehide', () => void this.#state.client.keep())
    document.addEventListener('visibilitychange', keep)
  }

  subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  getSnapshot = (): SessionState => this.#state

  /**
   * Picks up the person of the last visit, or enters as a demo person at once.
   * @param demo username from `?demo=`, else null
   * @throws what `enterDemo` throws; the first page is usable then
   */
  async boot(demo: string | null): Promise<void> {
    try {
      if (demo === null) await this.#state.client.start()
      else await this.enterDemo(demo)
    } finally {
      this.#set({ ...this.#state, phase: 'ready' })
    }
  }

  async enterDemo(username: string): Promise<void> {
    const storage = await storageFor(username)
    try {
      await this.#replace('demo', storage).api.enterDemo(username)
    } catch (error) {
      // Whoever is signed in in this browser is so still, and no sign-in takes their place unseen.
      await this.#replace('own').start()
      throw error
    }
  }

  async signIn(input: { username: string; password: string }): Promise<void> {
    await this.#replace('own').api.login(input)
  }

  async register(input: { username: string; name: string; password: string }): Promise<void> {
    await this.#replace('own').api.register(input)
  }

  /**
   * Ends the session here at once, and on the server when it can be reached.
   * @param unsent `kept`: the person signs in here again and finds what they wrote
   */
  async signOut(unsent: 'forgotten' | 'kept'): Promise<void> {
    const wasDemo = currentProfile() === 'demo'
    const told = this.#state.client.api.logout(unsent)
    this.#replace('own')
    if (wasDemo) this.#showOwn()
    await told
  }

  /** The session of this window's person is over, whoever ended it. */
  ended(): void {
    if (currentProfile() === 'demo') this.#showOwn()
  }

  /** After a demo person the ordinary account of this browser is shown, which was signed in all the while. */
  #showOwn(): void {
    if (localStorage.getItem(tokensKey) === null) return
    this.#replace('own')
    this.#set({ ...this.#state, phase: 'starting' })
    this.boot(null).catch(() => {})
  }

  /**
   * A window opened by another one starts with a copy of its sessionStorage, so a new demo person begins with an
   * empty one. The copied session is forgotten, not signed out: the other window still uses it.
   * @param storage of a demo person
   */
  #replace(profile: Profile, storage?: string): PetrelClient {
    void this.#state.client.stop()
    sessionStorage.clear()
    if (profile === 'demo') sessionStorage.setItem(profileKey, profile)
    if (storage !== undefined) beginAt(storage)
    const client = openClient(profile)
    this.#set({ ...this.#state, client })
    return client
  }

  /** Another window signed this person out, or somebody else in: they are whom all windows show. */
  #heard({ key, newValue }: StorageEvent): void {
    const isOfTokens = key === tokensKey || key === null
    if (!isOfTokens || currentProfile() === 'demo') return
    const me = this.#state.client.getSnapshot().me?.id
    const now = newValue === null ? undefined : userOf(newValue)
    if (me === now) return
    void this.#replace('own').start()
  }

  #set(state: SessionState): void {
    this.#state = state
    for (const listener of this.#listeners) listener()
  }
}

function currentProfile(): Profile {
  return sessionStorage.getItem(profileKey) === 'demo' ? 'demo' : 'own'
}

function openClient(profile: Profile): PetrelClient {
  return new PetrelClient({
    api: '',
    transport,
    ...keeping(profile),
  })
}

/** Whose tokens these are. */
function userOf(tokens: string): number | undefined {
  try {
    return (JSON.parse(tokens) as { user?: { id?: number } }).user?.id
  } catch {
    return undefined
  }
}
