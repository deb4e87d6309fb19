// People as the user has them: contacts with own names, whom they block, who may know what of them, and what to do with
// strangers. The lists are loaded whole when somebody asks for them first, and anew when they change on any device.

import type { ChatId, Seq, UserId } from '#shared/protocol/ids.ts'
import type { User } from '#shared/protocol/models.ts'
import type { OpIn } from '#shared/protocol/ops.ts'
import type { PrivacySettings, ReportReason } from '#shared/protocol/privacy.ts'
import type { ChatStore } from './chat-store.ts'
import type { Profiles } from './profiles.ts'
import type { Rpc } from './rpc.ts'
import type { Sections, SectionView } from './sections.ts'

export interface PeopleDeps {
  store: ChatStore
  rpc: Rpc
  sections: Sections
  profiles: Profiles
  /** The chat is none of the user's any more. */
  removed(chat: ChatId): void
}

/** Every method that asks the server throws AppError. */
export class People {
  /** The user's own name of each contact; empty where they have none of their own. Load it once, so that chats are titled by them. */
  readonly contacts: SectionView<ReadonlyMap<UserId, string>>
  /** Since when each of them is blocked, ms since 1970. Load it once, so that chats say so. */
  readonly blocks: SectionView<ReadonlyMap<UserId, number>>
  readonly privacy: SectionView<PrivacySettings>
  readonly #deps: PeopleDeps

  constructor(deps: PeopleDeps) {
    this.#deps = deps
    const { sections, rpc } = deps
    this.contacts = sections.define(
      'contacts',
      () => this.#loadContacts(),
      contacts => deps.store.putContacts(contacts),
    )
    this.blocks = sections.define(
      'blocks',
      () => this.#loadBlocks(),
      blocks => deps.store.putBlocks(blocks),
    )
    this.privacy = sections.define('privacy', () => rpc.request('privacy', {}))
  }

  /** Adds a contact or names one anew. @param name own name for them; left out: theirs */
  async setContact(user: UserId, name?: string): Promise<void> {
    await this.#deps.rpc.call('setContact', { user, ...(name !== undefined && { name }) })
  }

  async removeContact(user: UserId): Promise<void> {
    await this.#deps.rpc.call('setContact', { user, remove: true })
  }

  async block(user: UserId): Promise<void> {
    await this.#deps.rpc.call('block', { user, blocked: true })
  }

  async unblock(user: UserId): Promise<void> {
    await this.#deps.rpc.call('block', { user, blocked: false })
  }

  /** Replaces the rules that are given. */
  async setPrivacy(rules: OpIn<'setPrivacy'>): Promise<void> {
    await this.#deps.rpc.call('setPrivacy', rules)
  }

  /** Answers a request (`snapshot.requests`). @param report with decline or block: also reports it, for this reason */
  async answer(
    chat: ChatId,
    answer: 'accept' | 'decline' | 'block',
    report?: ReportReason,
  ): Promise<void> {
    await this.#deps.rpc.call('answerRequest', { chat, answer, ...(report && { report }) })
    if (answer !== 'accept') this.#deps.removed(chat)
  }

  /** People by the beginning of a name or username; see the operation for who is found. */
  async search(query: string, limit?: number): Promise<User[]> {
    const { users } = await this.#deps.rpc.call('searchUsers', {
      query,
      ...(limit !== undefined && { limit }),
    })
    this.#deps.store.putUsers(users)
    return users
  }

  /** Reports messages, a person or, with neither, the chat. */
  async report(
    chat: ChatId,
    reason: ReportReason,
    what: { seqs?: Seq[]; user?: UserId; text?: string } = {},
  ): Promise<void> {
    await this.#deps.rpc.call('report', { chat, reason, ...what })
  }

  /** Loads all that the user may see of somebody, the about text among it, into `snapshot.users`. */
  look(user: UserId): void {
    this.#deps.profiles.load(user)
  }

  /** Somebody else may sign in next. */
  clear(): void {
    this.#deps.store.putContacts(new Map())
    this.#deps.store.putBlocks(new Map())
  }

  async #loadContacts(): Promise<ReadonlyMap<UserId, string>> {
    const contacts = new Map<UserId, string>()
    let after: UserId | undefined
    do {
      const page = await this.#deps.rpc.request('contacts', after === undefined ? {} : { after })
      for (const { user, name = '' } of page.contacts) contacts.set(user, name)
      this.#deps.store.putUsers(page.users)
      after = page.next
    } while (after !== undefined)
    this.#deps.store.putContacts(contacts)
    return contacts
  }

  async #loadBlocks(): Promise<ReadonlyMap<UserId, number>> {
    const blocks = new Map<UserId, number>()
    let after: UserId | undefined
    do {
      const page = await this.#deps.rpc.request('blocks', after === undefined ? {} : { after })
      for (const { user, at } of page.blocks) blocks.set(user, at)
      this.#deps.store.putUsers(page.users)
      after = page.next
    } while (after !== undefined)
    this.#deps.store.putBlocks(blocks)
    return blocks
  }
}
