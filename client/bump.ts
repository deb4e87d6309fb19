// A large chat's bump laid over the summary held of it. Pure; sync.ts decides what to do with the outcome.

import type { ChatEventBody, ControlBody } from '#shared/protocol/events.ts'
import type { Chat } from '#shared/protocol/models.ts'
import { asStored } from './calls.ts'

/**
 * The chat as it is at the bump's rev.
 * @returns undefined when the bump does not tell all that happened since `chat`: only the server knows then
 */
export function bumped(chat: Chat, bump: ControlBody<'bump'>): Chat | undefined {
  const { rev, seq, since, last, info } = bump
  // Between two revs that do not meet lies what neither the summary nor the bump has.
  if (since === undefined || since > chat.rev || rev <= chat.rev) return undefined
  return {
    ...chat,
    ...(info && ownRow(info)),
    rev,
    seq,
    ...(last && { last: asStored(last), at: Math.max(chat.at, last.at) }),
  }
}

/** What an `info` says of a chat, with what it no longer has set to undefined. */
export function ownRow(info: ChatEventBody<'info'>): Partial<Chat> & ChatEventBody<'info'> {
  const { kind, title, about, username, owner, rights, members, ...rules } = info
  const { signatures, linked, slowModeS, autoDeleteS, quarantineS, reactions, joinsPerMinute } =
    rules
  const own = { kind, title, about, username, owner, rights, members }
  return {
    ...own,
    signatures,
    linked,
    slowModeS,
    autoDeleteS,
    quarantineS,
    reactions,
    joinsPerMinute,
  }
}
