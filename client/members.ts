// Who is in a group or channel, and what each of them may do.

import type { ChatId, UserId } from '#shared/protocol/ids.ts'
import type { OpIn, OpOut } from '#shared/protocol/ops.ts'
import type { Requests } from './requests.ts'

/** Every method throws AppError. */
export class Members {
  readonly #requests: Requests

  constructor(requests: Requests) {
    this.#requests = requests
  }

  /** A page of members, all or those found. @param page.after `next` of the page before */
  list(chat: ChatId, page: Omit<OpIn<'members'>, 'chat'> = {}): Promise<OpOut<'members'>> {
    return this.#requests.read('members', { chat, ...page })
  }

  /** @returns `refused`: who does not let the user add them; an invite link can be offered to them */
  async add(chat: ChatId, users: UserId[]): Promise<{ added: UserId[]; refused: UserId[] }> {
    const { added, refused = [] } = await this.#requests.change('addMembers', chat, { chat, users })
    return { added, refused }
  }

  async remove(chat: ChatId, user: UserId): Promise<void> {
    await this.#requests.change('removeMember', chat, { chat, user })
  }

  /** Makes a member an admin or an admin a member. @param rights of an admin: bits of `right` */
  async setRole(
    chat: ChatId,
    user: UserId,
    role: 'admin' | 'member',
    rights?: number,
  ): Promise<void> {
    const body = { chat, user, role, ...(rights !== undefined && { rights }) }
    await this.#requests.change('setRole', chat, body)
  }

  /** Restricts or bans somebody, or lifts that with the role `member`. @param change.untilAt ms since 1970, for ever without it */
  async restrict(
    chat: ChatId,
    user: UserId,
    change: Omit<OpIn<'restrict'>, 'chat' | 'user'>,
  ): Promise<void> {
    await this.#requests.change('restrict', chat, { chat, user, ...change })
  }
}
