// What channels have of their own: signatures, statistics.

import { AppError } from '#shared/protocol/codes.ts'
import type { ChatId, Rev, UserId } from '#shared/protocol/ids.ts'
import type { ChannelDay } from '#shared/protocol/models.ts'
import { can, runsChat } from '#shared/protocol/permissions.ts'
import type { Clock } from '#shared/runtime/clock.ts'
import { readDays } from '#shared/store/chat-days.ts'
import { readChatFor } from '#shared/store/chats.ts'
import type { Db } from '#shared/store/db.ts'
import { changeChat } from './change-chat.ts'
import type { Services } from './services.ts'

/** @throws AppError conflict: the chat is no channel */
export function assertChannel({ kind }: { kind: string }): void {
  if (kind !== 'channel') throw new AppError('conflict', { detail: 'Only channels have this.' })
}

/**
 * Whether new posts name their author; earlier ones stay as they are.
 * @throws AppError not_found, forbidden (without changeInfo), conflict (no channel)
 */
export async function setSignatures(
  deps: Services,
  actor: UserId,
  { chat, on }: { chat: ChatId; on: boolean },
): Promise<{ rev: Rev }> {
  return changeChat(deps, chat, actor, async (change, me) => {
    assertChannel(change.chat)
    if (!can(me, 'changeInfo', { defaultRights: change.chat.rights })) {
      throw new AppError('forbidden')
    }
    if (change.chat.signatures !== on) {
      change.record('signatures', { n: Number(on) })
      change.chat.signatures = on
      change.touchInfo()
    }
    return { rev: change.chat.rev }
  })
}

const dayMs = 24 * 3600 * 1000

/**
 * A channel's figures of the last days, today included; days without any are there too.
 * @throws AppError not_found, forbidden (does not run the channel), conflict (no channel)
 */
export async function readStats(
  { db, clock }: { db: Db; clock: Pick<Clock, 'now'> },
  actor: UserId,
  { chat, days }: { chat: ChatId; days: number },
): Promise<{ members: number; days: ChannelDay[] }> {
  const found = await readChatFor(db, chat, actor)
  if (!found) throw new AppError('not_found')
  assertChannel(found)
  if (!runsChat(found.me.role)) throw new AppError('forbidden')
  const today = Math.floor(clock.now() / dayMs) * dayMs
  const first = today - (days - 1) * dayMs
  const counted = new Map((await readDays(db, chat, first)).map(day => [day.at, day]))
  const rows: ChannelDay[] = []
  let { members } = found
  // Backwards: how many there are now is known, and so is who came and went since.
  for (let at = today; at >= first; at -= dayMs) {
    const { joined = 0, left = 0, posts = 0, views = 0 } = counted.get(at) ?? {}
    rows.push({ at, members, joined, left, posts, views })
    members -= joined - left
  }
  return { members: found.members, days: rows.reverse() }
}
