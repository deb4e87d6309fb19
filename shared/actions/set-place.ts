// How members keep their chats: mute, pin, archive, mark unread, drafts. Their own devices alone are told.

import { isDeepStrictEqual } from 'node:util'
import { AppError } from '#shared/protocol/codes.ts'
import { checkText, type Entity } from '#shared/protocol/entities.ts'
import type { ChatId, Seq, UserId } from '#shared/protocol/ids.ts'
import { limits, mutedForEver } from '#shared/protocol/limits.ts'
import type { Draft, Mine } from '#shared/protocol/models.ts'
import type { OpIn } from '#shared/protocol/ops.ts'
import { assert } from '#shared/runtime/assert.ts'
import { readChats } from '#shared/store/chat-views.ts'
import {
  countOwnPlaces,
  type LastMessage,
  type OwnPlace,
  readOwnPlace,
  storeOwnPlace,
} from '#shared/store/own-places.ts'
import { changeUser, type UserChange } from './change-user.ts'
import type { Services } from './services.ts'

/**
 * Changes what `input` names and leaves the rest.
 * @throws AppError not_found, quota_reached (more pins than `pinsMax`)
 */
export async function setPlace(
  deps: Services,
  user: UserId,
  pinsMax: number,
  input: OpIn<'setPlace'>,
): Promise<{ me: Mine }> {
  return changeOwnPlace(deps, user, input.chat, async (change, held, last) => {
    const isNewPin = input.pinned === true && !held.pinned
    if (isNewPin && (await countOwnPlaces(change.tx, user)).pins >= pinsMax)
      throw new AppError('quota_reached')
    return chosen(held, input, last, change.nowMs)
  })
}

export interface DraftInput {
  chat: ChatId
  text?: string | undefined
  ents?: Entity[] | undefined
  reply?: Seq | undefined
}

/**
 * Keeps a draft, or removes it when there is neither text nor reply; the same again changes nothing.
 * @throws AppError not_found, bad_reply, quota_reached (drafts in too many chats), text errors
 */
export async function setDraft(
  deps: Services,
  user: UserId,
  charsMax: number,
  { chat, text = '', ents, reply }: DraftInput,
): Promise<{ me: Mine }> {
  const isBlank = text.trim() === ''
  if (!isBlank) checkText(text, ents, charsMax)
  return changeOwnPlace(deps, user, chat, async (change, held, last) => {
    const { draft: before, ...rest } = held
    if (isBlank && reply === undefined) return rest
    if (reply !== undefined && reply > last.seq) throw new AppError('bad_reply')
    const draft: Draft = {
      text: isBlank ? '' : text,
      ...(!isBlank && ents?.length && { ents }),
      ...(reply !== undefined && { reply }),
      at: change.nowMs,
    }
    if (before && isDeepStrictEqual({ ...before, at: 0 }, { ...draft, at: 0 })) return held
    const count = before ? 0 : (await countOwnPlaces(change.tx, user)).drafts
    if (count >= limits.draftsPerUserMax) throw new AppError('quota_reached')
    return { ...rest, draft }
  })
}

/** Stores and tells what `choose` makes of a member's decisions, under their lock. @throws AppError not_found */
async function changeOwnPlace(
  deps: Services,
  user: UserId,
  chat: ChatId,
  choose: (change: UserChange, held: OwnPlace, last: LastMessage) => Promise<OwnPlace>,
): Promise<{ me: Mine }> {
  return changeUser(deps, user, async change => {
    await change.lock()
    const held = await readOwnPlace(change.tx, chat, user)
    if (!held) throw new AppError('not_found')
    const own = await choose(change, held.own, held.last)
    if (!isDeepStrictEqual(own, held.own)) {
      const urev = await change.nextUrev()
      await storeOwnPlace(change.tx, chat, user, own, urev)
      change.tell('place', urev, { chat, me: await readMine(change, chat) })
    }
    return { me: await readMine(change, chat) }
  })
}

/** The user's place without its count of mentions, which is true of one moment in the chat's history only. */
async function readMine({ tx, user }: UserChange, id: ChatId): Promise<Mine> {
  const [chat] = await readChats(tx, user, [id])
  assert(chat, 'the user was in the chat a moment ago')
  const { mentions: _, ...me } = chat.me
  return me
}

function chosen(
  held: OwnPlace,
  input: OpIn<'setPlace'>,
  last: LastMessage,
  nowMs: number,
): OwnPlace {
  const next: OwnPlace = { ...held }
  if (input.mutedUntil !== undefined) mute(next, input.mutedUntil, nowMs)
  if (input.mentionsMuted !== undefined) set(next, 'mentionsMuted', input.mentionsMuted)
  if (input.unread !== undefined) set(next, 'unread', input.unread)
  const archived = input.archived ?? held.archived ?? false
  set(next, 'archived', archived)
  delete next.archivedSeq
  // Nothing that came so far brings it back, also if the chat is no longer muted now.
  if (archived) next.archivedSeq = last.seq
  const pinned = input.pinned ?? (input.archived ? false : undefined)
  if (pinned !== undefined) {
    set(next, 'pinned', pinned)
    delete next.pinnedAt
    if (pinned) next.pinnedAt = nowMs
  }
  return next
}

/** @param until 0 for ever; null or a time in the past ends it */
function mute(next: OwnPlace, until: number | null, nowMs: number): void {
  delete next.mutedUntil
  if (until === 0) next.mutedUntil = mutedForEver
  // PostgreSQL keeps whole milliseconds exactly.
  else if (until !== null && until > nowMs) next.mutedUntil = Math.floor(until)
}

function set(
  next: OwnPlace,
  key: 'mentionsMuted' | 'unread' | 'archived' | 'pinned',
  on: boolean,
): void {
  if (on) next[key] = true
  else delete next[key]
}
