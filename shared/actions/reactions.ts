// Who reacted to a message, and which reactions a chat allows. Choosing them is in choose.ts.

import { AppError } from '#shared/protocol/codes.ts'
import { isStorable } from '#shared/protocol/entities.ts'
import type { ChatId, Rev, UserId } from '#shared/protocol/ids.ts'
import type { Reactor, User } from '#shared/protocol/models.ts'
import { can } from '#shared/protocol/permissions.ts'
import { readChatFor } from '#shared/store/chats.ts'
import type { Db } from '#shared/store/db.ts'
import type { Spot } from '#shared/store/dirty-messages.ts'
import { readSubject } from '#shared/store/own-choices.ts'
import { readProfiles } from '#shared/store/profiles.ts'
import { readReactors } from '#shared/store/reactions.ts'
import { changeChat } from './change-chat.ts'
import { assertRoom } from './members.ts'
import { showsMembers } from './read-chats.ts'
import type { Services } from './services.ts'

/**
 * A page of those who reacted, newest first; subscribers of a channel do not learn of each other.
 * @throws AppError not_found, forbidden, bad_text
 */
export async function listReactors(
  { db }: { db: Db },
  user: UserId,
  spot: Spot,
  page: { emoji?: string | undefined; after?: Reactor | undefined; limit: number },
): Promise<{ reactors: Reactor[]; users: User[]; next?: Reactor }> {
  if (![page.emoji ?? '', page.after?.e ?? ''].every(isStorable)) throw new AppError('bad_text')
  const chat = await readChatFor(db, spot.chat, user)
  if (!chat) throw new AppError('not_found')
  if (!showsMembers(chat)) throw new AppError('forbidden')
  if (!(await readSubject(db, spot))) throw new AppError('not_found')
  const rows = await readReactors(db, spot, { ...page, limit: page.limit + 1 })
  const reactors = rows.slice(0, page.limit)
  const users = await readProfiles(
    db,
    reactors.map(each => each.user),
  )
  const next = reactors.at(-1)
  return rows.length > page.limit && next ? { reactors, users, next } : { reactors, users }
}

/**
 * Sets which emojis members may choose from now on; what they chose before stays.
 * @param allowed null for the standard ones, an empty list for none
 * @throws AppError not_found, forbidden, conflict (no group or channel)
 */
export async function setReactions(
  deps: Services,
  actor: UserId,
  chat: ChatId,
  allowed: readonly string[] | null,
): Promise<{ rev: Rev }> {
  const wanted = allowed && [...new Set(allowed)]
  return changeChat(deps, chat, actor, async (change, me) => {
    assertRoom(change.chat)
    if (!can(me, 'changeInfo', { defaultRights: change.chat.rights }))
      throw new AppError('forbidden')
    const { reactions: before } = change.chat
    if (nameOf(wanted) !== nameOf(before)) {
      change.record('rules', { rule: 'reactions', text: nameOf(wanted), was: nameOf(before) })
      change.chat.reactions = wanted
      change.touchInfo()
    }
    return { rev: change.chat.rev }
  })
}

function nameOf(allowed: readonly string[] | null): string {
  return allowed ? allowed.join(' ') : 'all'
}
