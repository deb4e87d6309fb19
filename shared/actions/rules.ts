// The rules of a group or channel: what its members may do, how fast they write, how fast new ones come.

import { AppError } from '#shared/protocol/codes.ts'
import type { ChatId, Rev, UserId } from '#shared/protocol/ids.ts'
import { can, effectiveRights, memberRights } from '#shared/protocol/permissions.ts'
import { shortenTurns } from '#shared/store/members.ts'
import { type ChatChange, changeChat, type LockedPlace } from './change-chat.ts'
import { assertRoom } from './members.ts'
import type { Services } from './services.ts'

/**
 * What members of a group may do. Bits that no plain member can have are left out.
 * @throws AppError forbidden (also when the actor gives a right that they do not have), conflict (not a group)
 */
export async function setDefaultRights(
  deps: Services,
  actor: UserId,
  input: { chat: ChatId; rights: number },
): Promise<{ rev: Rev }> {
  return changeChat(deps, input.chat, actor, async (change, me) => {
    const { chat } = change
    assertGroup(change)
    assertModerates(change, me)
    const rights = input.rights & memberRights
    const given = rights & ~chat.rights
    if ((given & ~effectiveRights(me, chat.rights)) !== 0) throw new AppError('forbidden')
    if (rights === chat.rights) return { rev: chat.rev }
    change.record('rights', { n: rights, wasN: chat.rights })
    chat.rights = rights
    change.touchInfo()
    return { rev: chat.rev }
  })
}

const ruleNames = ['slowModeS', 'quarantineS', 'joinsPerMinute'] as const

export type Rules = { [Rule in (typeof ruleNames)[number]]?: number | undefined }

/** Changes the rules given. @throws AppError forbidden, conflict (in a channel: members of it do not write) */
export async function setRules(
  deps: Services,
  actor: UserId,
  { chat: id, ...rules }: Rules & { chat: ChatId },
): Promise<{ rev: Rev }> {
  return changeChat(deps, id, actor, async (change, me) => {
    const { chat } = change
    if (rules.slowModeS !== undefined || rules.quarantineS !== undefined) assertGroup(change)
    assertRoom(chat)
    assertModerates(change, me)
    const changed = ruleNames.filter(
      name => rules[name] !== undefined && rules[name] !== chat[name],
    )
    if (changed.length === 0) return { rev: chat.rev }
    // Nobody waits an hour because they wrote a moment before slow mode became shorter.
    const shorter = rules.slowModeS !== undefined && rules.slowModeS < chat.slowModeS
    if (shorter) await shortenTurns(change.tx, chat.id, rules.slowModeS ?? 0)
    for (const rule of changed) {
      const n = rules[rule] ?? 0
      change.record('rules', { rule, n, wasN: chat[rule] })
      chat[rule] = n
    }
    change.touchInfo()
    return { rev: chat.rev }
  })
}

function assertGroup({ chat }: ChatChange): void {
  if (chat.kind !== 'group') throw new AppError('conflict', { detail: 'Only groups have that.' })
}

function assertModerates({ chat }: ChatChange, me: LockedPlace): void {
  if (!can(me, 'ban', { defaultRights: chat.rights })) throw new AppError('forbidden')
}
