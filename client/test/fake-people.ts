// Contacts, blocks and privacy as the reference server keeps them, and which of these parts changed when.

import type { UserId } from '#shared/protocol/ids.ts'
import type { User } from '#shared/protocol/models.ts'
import type { OpIn, OpName, OpOut } from '#shared/protocol/ops.ts'
import { completePrivacy } from '#shared/protocol/privacy.ts'

type Section = 'contacts' | 'blocks' | 'privacy'
type Handlers = {
  [Name in OpName]?: (connection: unknown, user: UserId, body: OpIn<Name>) => OpOut<Name>
}

/** So many in a page: few, so that lists take several. */
const pageMax = 2

export class FakePeople {
  /** What `users` alone tells of somebody. */
  readonly abouts = new Map<UserId, string>()
  readonly contacts = new Map<UserId, Map<UserId, string>>()
  readonly blocks = new Map<UserId, Map<UserId, number>>()
  readonly #privacy = new Map<UserId, object>()
  readonly #urevs = new Map<string, number>()
  readonly #user: (id: UserId) => User
  readonly #touch: (user: UserId, section: Section) => number

  /** @param deps.touch tells the user's devices and answers the urev of it */
  constructor(deps: {
    user: (id: UserId) => User
    touch: (user: UserId, section: Section) => number
  }) {
    this.#user = deps.user
    this.#touch = deps.touch
  }

  /** The parts of a user's state that changed after `since`. */
  changedSince(user: UserId, since: number): Section[] {
    const all: Section[] = ['contacts', 'blocks', 'privacy']
    return all.filter(section => (this.#urevs.get(`${user}:${section}`) ?? 0) > since)
  }

  about(user: UserId): Pick<User, 'about'> {
    const about = this.abouts.get(user)
    return about === undefined ? {} : { about }
  }

  readonly handlers: Handlers = {
    contacts: (_connection, user, { after }) => {
      const { page, ...more } = this.#page(this.contacts.get(user), after)
      const contacts = page.map(([id, name]) => ({ user: id, ...(name !== '' && { name }) }))
      return { contacts, ...more }
    },
    setContact: (_connection, user, { user: other, name = '', remove }) => {
      const contacts = this.contacts.get(user) ?? new Map<UserId, string>()
      this.contacts.set(user, contacts)
      if (remove) contacts.delete(other)
      else contacts.set(other, name)
      return this.#changed(user, 'contacts')
    },
    blocks: (_connection, user, { after }) => {
      const { page, ...more } = this.#page(this.blocks.get(user), after)
      return { blocks: page.map(([id, at]) => ({ user: id, at })), ...more }
    },
    block: (_connection, user, { user: other, blocked }) => {
      const blocks = this.blocks.get(user) ?? new Map<UserId, number>()
      this.blocks.set(user, blocks)
      if (blocked) blocks.set(other, 1)
      else blocks.delete(other)
      return this.#changed(user, 'blocks')
    },
    privacy: (_connection, user) => completePrivacy(this.#privacy.get(user)),
    setPrivacy: (_connection, user, rules) => {
      this.#privacy.set(user, { ...this.#privacy.get(user), ...rules })
      return this.#changed(user, 'privacy')
    },
  }

  #changed(user: UserId, section: Section): Record<string, never> {
    this.#urevs.set(`${user}:${section}`, this.#touch(user, section))
    return {}
  }

  #page<Value>(of: ReadonlyMap<UserId, Value> = new Map(), after = 0) {
    const rest = [...of].filter(([id]) => id > after).sort(([a], [b]) => a - b)
    const page = rest.slice(0, pageMax)
    const last = page.at(-1)
    const users = page.map(([id]) => this.#user(id))
    return { page, users, ...(rest.length > page.length && last && { next: last[0] }) }
  }
}
