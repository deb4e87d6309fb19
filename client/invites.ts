// Links into groups and channels: making them, entering by one, and letting in who asked to.

import { type ChatId, type Rid, randomRid, type UserId } from '#shared/protocol/ids.ts'
import type { Chat } from '#shared/protocol/models.ts'
import type { OpIn, OpOut } from '#shared/protocol/ops.ts'
import type { Requests } from './requests.ts'

/** Every method throws AppError. */
export class Invites {
  readonly #requests: Requests

  constructor(requests: Requests) {
    this.#requests = requests
  }

  /** @returns the invite and its token, which is shown only here */
  create(
    chat: ChatId,
    options: Omit<OpIn<'createInvite'>, 'chat' | 'rid'> & { rid?: Rid } = {},
  ): Promise<OpOut<'createInvite'>> {
    const { rid = randomRid(), ...rest } = options
    return this.#requests.call('createInvite', { chat, ...rest, rid })
  }

  /** Newest first: all of them for owner and admins, else one's own. */
  list(chat: ChatId): Promise<OpOut<'invites'>> {
    return this.#requests.read('invites', { chat })
  }

  async revoke(chat: ChatId, invite: number): Promise<void> {
    await this.#requests.call('revokeInvite', { chat, invite })
  }

  /** What a link leads to, for a page that asks before joining. */
  preview(token: string): Promise<OpOut<'previewInvite'>> {
    return this.#requests.call('previewInvite', { token })
  }

  /** @returns null when joining needs an answer of those who run the chat, which was asked for */
  async join(token: string): Promise<Chat | null> {
    return (await this.#requests.enter('join', { token })).chat ?? null
  }

  /** A page of those who wait to be let in, longest first. @param after `next` of the page before */
  requests(chat: ChatId, after?: number): Promise<OpOut<'joinRequests'>> {
    return this.#requests.read('joinRequests', { chat, ...(after !== undefined && { after }) })
  }

  /** Lets somebody in who asked, or not. @returns how many still wait */
  async answer(chat: ChatId, user: UserId, accept: boolean): Promise<number> {
    const body = { chat, user, accept }
    return (await this.#requests.change('answerJoinRequest', chat, body)).count
  }

  /** Answers all who wait, a few hundred at a time. @returns how many still wait: call it again until 0 */
  async answerAll(chat: ChatId, accept: boolean): Promise<number> {
    return (await this.#requests.change('answerJoinRequest', chat, { chat, accept })).count
  }
}
