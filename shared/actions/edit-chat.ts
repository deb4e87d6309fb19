// Changing what a group or channel says of itself.

import { AppError } from '#shared/protocol/codes.ts'
import { isStorable } from '#shared/protocol/entities.ts'
import type { ChatId, Rev, UserId } from '#shared/protocol/ids.ts'
import { can } from '#shared/protocol/permissions.ts'
import { changeChat } from './change-chat.ts'
import { assertRoom } from './members.ts'
import type { Services } from './services.ts'

/** Changes title or about text. @throws AppError forbidden, conflict, bad_text */
export async function editChat(
  deps: Services,
  actor: UserId,
  input: { chat: ChatId; title?: string | undefined; about?: string | undefined },
): Promise<{ rev: Rev }> {
  if (!isStorable(input.title ?? '') || !isStorable(input.about ?? ''))
    throw new AppError('bad_text')
  return changeChat(deps, input.chat, actor, async (change, me) => {
    assertRoom(change.chat)
    if (!can(me, 'changeInfo', { defaultRights: change.chat.rights }))
      throw new AppError('forbidden')
    const title = input.title ?? change.chat.title
    const about = input.about ?? change.chat.about
    const { title: oldTitle, about: oldAbout } = change.chat
    if (title !== oldTitle) change.record('title', { text: title ?? '', was: oldTitle ?? '' })
    if (about !== oldAbout) change.record('about', { text: about, was: oldAbout })
    if (title !== oldTitle || about !== oldAbout) {
      change.chat.title = title
      change.chat.about = about
      change.touchInfo()
    }
    if (title !== oldTitle) await change.addService({ t: 'title', text: title ?? '' })
    if (about !== oldAbout) await change.addService({ t: 'about', text: about })
    return { rev: change.chat.rev }
  })
}
