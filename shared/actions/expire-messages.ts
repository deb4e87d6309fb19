// Messages that delete themselves: finds those whose time is over and deletes them for everybody, chat by chat. Runs as
// a job; several may run at once, and one that stops half-way has just done less.

import type { ChatId, Seq } from '#shared/protocol/ids.ts'
import { limits } from '#shared/protocol/limits.ts'
import { theChat } from '#shared/protocol/models.ts'
import { lockFreeChat } from '#shared/store/chats.ts'
import { eraseIfGone, readExpired } from '#shared/store/expiries.ts'
import { eraseSome } from '#shared/store/hidden-messages.ts'
import { readMessages } from '#shared/store/messages.ts'
import { ChatChange, commitChange } from './change-chat.ts'
import { dropMessages } from './drop-messages.ts'
import { dropEmptied } from './index-messages.ts'
import type { Services } from './services.ts'

const messagesPerSweep = 1_000
const erasedPerCommit = 1_000

/**
 * Deletes expired messages. A chat that somebody else holds just now is left for the next time.
 * @returns how many were deleted
 * @throws AggregateError of what failed, after everything else was done
 */
export async function expireMessages(deps: Services): Promise<number> {
  const expired = await readExpired(deps.db, deps.clock.now(), messagesPerSweep)
  const byChat = new Map<ChatId, Seq[]>()
  for (const { chat, seq } of expired) byChat.set(chat, [...(byChat.get(chat) ?? []), seq])
  const errors: unknown[] = []
  let count = 0
  for (const [chat, seqs] of byChat) {
    for (let from = 0; from < seqs.length; from += limits.expiredPerChangeMax) {
      const some = seqs.slice(from, from + limits.expiredPerChangeMax)
      count += await expireSome(deps, chat, some).catch(error => {
        errors.push(error)
        return 0
      })
    }
  }
  if (errors.length > 0) throw new AggregateError(errors, 'some messages could not be deleted')
  return count
}

async function expireSome(deps: Services, chat: ChatId, seqs: readonly Seq[]): Promise<number> {
  return commitChange(deps, async tx => {
    const locked = await lockFreeChat(tx, chat)
    if (!locked) {
      const erased = await eraseIfGone(tx, chat, seqs)
      if (erased) await dropEmptied(tx, chat, erased)
      return { change: null, result: erased ? seqs.length : 0 }
    }
    const change = new ChatChange(tx, locked, theChat, deps.clock.now())
    // Read anew under the lock: somebody may have deleted some of them.
    const expired = (await readMessages(tx, chat, seqs)).flatMap(({ message }) =>
      message.deleted || (message.expires ?? change.nowMs + 1) > change.nowMs ? [] : [message],
    )
    await dropMessages(change, expired)
    return { change, result: expired.length }
  })
}

/** Empties messages of histories that were cleared for both people of a chat. @returns how many batches were done */
export async function eraseCleared({ db }: Pick<Services, 'db'>): Promise<number> {
  for (let batches = 0; ; batches++) {
    const erased = await db.tx(async tx => {
      const range = await eraseSome(tx, erasedPerCommit)
      if (range) await dropEmptied(tx, range.chat, range)
      return range
    })
    if (!erased) return batches
  }
}
