// Deleting for oneself alone: single messages, or everything up to one of them. In direct chats the latter may be done
// for both; then nobody sees the messages any more, and a job empties them.

import { AppError } from '#shared/protocol/codes.ts'
import type { ChatId, Seq, UserId } from '#shared/protocol/ids.ts'
import { assert } from '#shared/runtime/assert.ts'
import { readChats } from '#shared/store/chat-views.ts'
import {
  hideUpTo,
  noteErasure,
  readClearing,
  readVisible,
  hideMessages as storeHidden,
} from '#shared/store/hidden-messages.ts'
import { lockUsers } from '#shared/store/members.ts'
import { touchSection } from '#shared/store/user-sections.ts'
import { changeUser, UserChange } from './change-user.ts'
import type { Services } from './services.ts'

/**
 * Deletes messages for the user alone; those that are deleted already stay so and do not count.
 * @throws AppError not_found when one is not there for the user; then none is hidden
 */
export async function hideMessages(
  deps: Services,
  user: UserId,
  chat: ChatId,
  seqs: readonly Seq[],
): Promise<void> {
  const wanted = [...new Set(seqs)]
  await changeUser(deps, user, async change => {
    await change.lock()
    const there = await readVisible(change.tx, user, chat, wanted)
    if (there?.length !== wanted.length) throw new AppError('not_found')
    const shown = there.flatMap(({ message }) => (message.deleted ? [] : [message.seq]))
    if (shown.length === 0) return
    const urev = await change.emit('hidden', { chat, seqs: shown })
    await storeHidden(change.tx, user, chat, shown, urev)
    // Live devices have it from the event; those that were away load their windows anew.
    await touchSection(change.tx, user, 'rows', urev)
  })
}

export interface ClearInput {
  chat: ChatId
  /** The last message to go; the chat's last one when left out. */
  upTo?: Seq | undefined
  /** For both people of a direct chat. */
  forAll?: true | undefined
}

/**
 * Deletes a chat's history up to a message, for the user alone or for both; it counts as read.
 * @returns up to where it is cleared now
 * @throws AppError not_found; for `forAll` conflict in a group or channel, forbidden where nothing may be said
 */
export async function clearHistory(
  deps: Services,
  user: UserId,
  { chat, upTo = Number.MAX_SAFE_INTEGER, forAll }: ClearInput,
): Promise<{ upTo: Seq }> {
  const { batches, seq } = await deps.db.tx(async tx => {
    const seen = await readClearing(tx, user, chat)
    if (!seen) throw new AppError('not_found')
    if (forAll && !seen.people) {
      throw new AppError('conflict', { detail: 'Only a direct chat can be cleared for all.' })
    }
    // Who may not write to somebody does not take away what they have, either.
    if (forAll && seen.quiet) throw new AppError('forbidden')
    const people = [...new Set((forAll && seen.people) || [user])]
    await lockUsers(tx, people)
    const seq = Math.min(upTo, seen.lastSeq)
    const batches = []
    for (const person of people) {
      const change = new UserChange(tx, person, deps.clock.now())
      await clearFor(change, chat, seq)
      batches.push(await change.store())
    }
    if (forAll && seq > 0) await noteErasure(tx, chat, seq)
    return { batches, seq: Math.max(seq, seen.hiddenUpTo) }
  })
  for (const batch of batches) deps.publish(batch)
  return { upTo: seq }
}

async function clearFor(change: UserChange, chat: ChatId, seq: Seq): Promise<void> {
  const { tx, user } = change
  const before = await readClearing(tx, user, chat)
  if (!before || before.hiddenUpTo >= seq) return
  const urev = await change.nextUrev()
  await hideUpTo(tx, user, chat, seq, urev)
  const [seen] = await readChats(tx, user, [chat])
  assert(seen, 'a chat that one is in is there')
  const { mentions: _, ...me } = seen.me
  change.tell('place', urev, { chat, me: { ...me, urev } })
}
