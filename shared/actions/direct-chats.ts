// Direct chats from their begin to the first answer. One that a stranger begins arrives as a request: the other person
// sees it with the first message, and until they answer, nothing goes through the send path, the stranger writes a few
// plain messages at most, and neither learns of the other's typing, presence and marks. While somebody blocks the
// other it is the same, and nothing is written at all. Either way the chat's default_rights are 0, which the send
// function looks at anyway; sends that it refuses come here.

import { AppError } from '#shared/protocol/codes.ts'
import type { ChatId, UserId } from '#shared/protocol/ids.ts'
import { limits } from '#shared/protocol/limits.ts'
import { defaultRights, isActive } from '#shared/protocol/permissions.ts'
import { isBlocked } from '#shared/store/blocks.ts'
import { findPair, insertPair, readChatFor } from '#shared/store/chats.ts'
import { readContact } from '#shared/store/contacts.ts'
import type { Queryable } from '#shared/store/db.ts'
import {
  deleteMessageRequest,
  freezeMarks,
  insertAbsent,
  lockPair,
  type MessageRequest,
  readMessageRequest,
  storeMessageRequest,
  thawMarks,
} from '#shared/store/direct-chats.ts'
import { readMember } from '#shared/store/members.ts'
import { findByRid, messageKind, type NewMessage } from '#shared/store/messages.ts'
import { mayKnow } from '#shared/store/privacy.ts'
import { readLivingUsers } from '#shared/store/profiles.ts'
import { type ChatChange, changeChat, commitChange, openChange } from './change-chat.ts'
import { assertMayPost } from './may-post.ts'
import type { Sent } from './send-messages.ts'
import type { Services } from './services.ts'

/**
 * The direct chat of two people; made once, also when both ask at the same moment. Whoever comes to it second, or comes
 * back to it, thereby answers it.
 * @throws AppError bad_request (oneself), not_found, forbidden (one blocks the other, or does not want to be written to)
 */
export async function createDirect(deps: Services, actor: UserId, other: UserId): Promise<ChatId> {
  if (actor === other)
    throw new AppError('bad_request', { detail: 'The chat with oneself is `saved`.' })
  const known = await findPair(deps.db, actor, other)
  if (known !== undefined && (await readChatFor(deps.db, known, actor))) return known
  return commitChange(deps, async tx => {
    await lockPair(tx, actor, other)
    const existing = await findPair(tx, actor, other)
    const change =
      existing === undefined
        ? await begin(deps, tx, actor, other)
        : await enter(await openChange(deps, tx, existing, actor))
    return { change, result: change.chat.id }
  })
}

async function begin(
  deps: Services,
  tx: Queryable,
  actor: UserId,
  other: UserId,
): Promise<ChatChange> {
  if ((await readLivingUsers(tx, [actor, other])).length < 2) throw new AppError('not_found')
  if (!(await mayKnow(tx, actor, [other], 'messages')).has(other)) throw new AppError('forbidden')
  const isFriend = (await readContact(tx, other, actor)) !== undefined
  const rights = isFriend ? defaultRights.direct : 0
  const id = await insertPair(tx, { kind: 'direct', one: actor, other, rights })
  if (id === undefined) throw new AppError('timeout', { detail: 'Two begin this chat at once.' })
  const change = await openChange(deps, tx, id, actor)
  const move = (user: UserId) => ({
    user,
    role: 'member' as const,
    rights: 0,
    from: 'left' as const,
  })
  if (isFriend) {
    await change.moveMembers([move(actor), move(other)])
    return change
  }
  await insertAbsent(tx, id, other)
  await storeMessageRequest(tx, id, { from: actor, to: other, state: 'new' })
  // Both count from the begin, whether they see the chat or not.
  change.chat.members = 1
  await change.moveMembers([move(actor)])
  return change
}

/** Comes (back) to a chat that the other one began: that is an answer, too. */
async function enter(change: ChatChange): Promise<ChatChange> {
  const { tx, chat, actor } = change
  const me = await readMember(tx, chat.id, actor)
  if (me && isActive(me.role)) return change
  await change.moveAlone(actor, true)
  const request = await readMessageRequest(tx, chat.id)
  if (request?.to === actor) await acceptRequest(change, request)
  return change
}

/** A message that the send path refused, as it was given to it. */
export type RefusedMessage = Pick<
  NewMessage,
  'chat' | 'rid' | 'text' | 'ents' | 'reply' | 'silent' | 'extra' | 'need'
>

/**
 * Writes a message into a direct chat that waits for an answer: of whoever is asked it is the answer; the stranger has
 * a few. The same rid again gets the first result.
 * @throws AppError not_found, forbidden (blocked, not wanted, or enough was written), bad_reply
 */
export async function sendToQuiet(
  deps: Services,
  actor: UserId,
  message: RefusedMessage,
): Promise<Sent> {
  return changeChat(deps, message.chat, actor, async (change, me) => {
    const { tx, chat } = change
    if (chat.kind !== 'direct') throw new AppError('forbidden')
    const written = await findByRid(tx, chat.id, actor, message.rid)
    if (written) return written
    const request = await readMessageRequest(tx, chat.id)
    if (request?.to === actor) await acceptRequest(change, request)
    const isAsking = request?.from === actor && !(await showRequest(change, request))
    if (!isAsking) await assertMayPost(change, me, message.need)
    const { text, ents, reply, silent, extra, rid } = message
    if (reply !== undefined && reply > chat.seq) throw new AppError('bad_reply')
    const parts = { text, ents, reply, silent, extra, rid }
    const shown = await change.addMessage({ from: actor, kind: messageKind.text, ...parts })
    const { seq, rev, at, expires } = shown
    return { seq, rev, at, ...(expires !== undefined && { expires }) }
  })
}

/**
 * Shows the request to whoever is asked, with the first message; it is none any more when the stranger has become a contact.
 * @returns whether it was accepted
 * @throws AppError forbidden, the same whatever the reason: nobody is to learn that they are blocked
 */
async function showRequest(change: ChatChange, request: MessageRequest): Promise<boolean> {
  const { tx, chat } = change
  const { from, to } = request
  if (!(await mayKnow(tx, from, [to], 'messages')).has(to)) throw new AppError('forbidden')
  if ((await readContact(tx, to, from)) !== undefined) {
    await acceptRequest(change, request)
    return true
  }
  if (chat.seq >= limits.requestMessagesMax) throw new AppError('forbidden')
  if (request.state === 'new') {
    await storeMessageRequest(tx, chat.id, { from, to, state: 'pending' })
    await change.moveAlone(to, true)
  }
  return false
}

/** From here on it is a chat like any other, unless one of them blocks the other. */
export async function acceptRequest(change: ChatChange, request: MessageRequest): Promise<void> {
  const { tx, chat } = change
  const { from, to } = request
  await deleteMessageRequest(tx, chat.id)
  const place = await readMember(tx, chat.id, to)
  if (place && isActive(place.role)) await change.touchPlaces([to])
  else await change.moveAlone(to, true)
  await settleQuiet(change, from, to)
}

/** Takes the chat away from whoever is asked. The stranger goes on writing what they still may, to nobody. */
export async function declineRequest(change: ChatChange, request: MessageRequest): Promise<void> {
  await storeMessageRequest(change.tx, change.chat.id, { ...request, state: 'declined' })
  await change.moveAlone(request.to, false)
}

/** Makes the chat quiet, or ends that, as blocks and requests say now. */
export async function settleQuiet(change: ChatChange, one: UserId, other: UserId): Promise<void> {
  const { tx, chat } = change
  const waits = (await readMessageRequest(tx, chat.id)) !== undefined
  if (waits || (await isBlocked(tx, one, other))) {
    await freezeMarks(tx, chat.id)
    change.setQuiet(true, [one, other])
  } else {
    await thawMarks(tx, chat.id)
    change.setQuiet(false, [one, other])
  }
}
