// Answers to strangers who have begun a direct chat.

import { AppError } from '#shared/protocol/codes.ts'
import type { ChatId, UserId } from '#shared/protocol/ids.ts'
import type { OpIn } from '#shared/protocol/ops.ts'
import { findPair, readChatFor } from '#shared/store/chats.ts'
import { readMessageRequest } from '#shared/store/direct-chats.ts'
import { changeChat } from './change-chat.ts'
import { acceptRequest, declineRequest } from './direct-chats.ts'
import { report } from './report.ts'
import type { Services } from './services.ts'
import { setBlock } from './set-block.ts'

/**
 * Accepts, declines or blocks. Accepting what is no request any more changes nothing.
 * @throws AppError not_found, conflict (there is nothing to decline)
 */
export async function answerRequest(
  deps: Services,
  actor: UserId,
  { chat, answer, report: reason }: OpIn<'answerRequest'>,
): Promise<void> {
  if (answer === 'accept') return accept(deps, actor, chat)
  const from = await strangerOf(deps, actor, chat)
  // While the chat still is the actor's to see.
  if (reason !== undefined) await report(deps, actor, { chat, user: from, reason })
  if (answer === 'block') return setBlock(deps, actor, from, true)
  await changeChat(deps, chat, actor, async change => {
    const request = await readMessageRequest(change.tx, chat)
    if (request?.to !== actor) throw noRequest()
    await declineRequest(change, request)
  })
}

async function accept(deps: Services, actor: UserId, chat: ChatId): Promise<void> {
  await changeChat(deps, chat, actor, async change => {
    const request = await readMessageRequest(change.tx, chat)
    if (request?.to === actor) await acceptRequest(change, request)
    else if (request || change.chat.kind !== 'direct') throw noRequest()
  })
}

/** Accepts what somebody wrote whom the actor now knows; does nothing when nothing waits. */
export async function acceptFrom(deps: Services, actor: UserId, from: UserId): Promise<void> {
  const chat = await findPair(deps.db, actor, from)
  const request = chat === undefined ? undefined : await readMessageRequest(deps.db, chat)
  if (chat === undefined || request?.to !== actor || request.state !== 'pending') return
  await accept(deps, actor, chat).catch((error: unknown) => {
    // Answered otherwise in the meantime.
    if (!(error instanceof AppError && ['not_found', 'conflict'].includes(error.code))) throw error
  })
}

async function strangerOf({ db }: Services, actor: UserId, chat: ChatId): Promise<UserId> {
  if (!(await readChatFor(db, chat, actor))) throw new AppError('not_found')
  const request = await readMessageRequest(db, chat)
  if (request?.to !== actor) throw noRequest()
  return request.from
}

function noRequest(): AppError {
  return new AppError('conflict', { detail: 'Nobody waits for an answer here.' })
}
