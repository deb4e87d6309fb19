// The timer of a chat: new messages delete themselves after so many seconds.

import { AppError } from '#shared/protocol/codes.ts'
import type { ChatId, Rev, UserId } from '#shared/protocol/ids.ts'
import { can, isRoom } from '#shared/protocol/permissions.ts'
import { changeChat } from './change-chat.ts'
import type { Services } from './services.ts'

/** Sets the timer, 0 for none; the same again changes nothing. @throws AppError not_found, forbidden */
export async function setAutoDelete(
  deps: Services,
  actor: UserId,
  { chat, s }: { chat: ChatId; s: number },
): Promise<{ rev: Rev }> {
  return changeChat(deps, chat, actor, async (change, me) => {
    const { kind, rights, autoDeleteS: was } = change.chat
    // In a direct chat whoever may write there at all.
    const needed = isRoom(kind) ? 'changeInfo' : 'post'
    if (!can(me, needed, { defaultRights: rights })) throw new AppError('forbidden')
    if (s !== was) {
      change.chat.autoDeleteS = s
      change.touchInfo()
      if (isRoom(kind)) change.record('autoDelete', { n: s, wasN: was })
      await change.addService({ t: 'autoDelete', n: s })
    }
    return { rev: change.chat.rev }
  })
}
