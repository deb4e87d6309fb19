// Tells the sums of what members chose at a message: counts the rows, writes them into the message at a new rev, one
// `changed` event however many chose. The row in dirty_messages is held meanwhile, so no choice falls in between, and
// counting happens before the chat is locked: sends do not wait for it.

import { isDeepStrictEqual } from 'node:util'
import { type Message, type Poll, type Reaction, theChat } from '#shared/protocol/models.ts'
import { lockChat } from '#shared/store/chats.ts'
import type { Queryable } from '#shared/store/db.ts'
import { markTold, type Spot, takeDirty } from '#shared/store/dirty-messages.ts'
import { readMessages, updateSums } from '#shared/store/messages.ts'
import { deleteChoices } from '#shared/store/own-choices.ts'
import { countVotes, type PollRow, readPoll } from '#shared/store/polls.ts'
import { countReactions } from '#shared/store/reactions.ts'
import { ChatChange, commitChange } from './change-chat.ts'
import type { Services } from './services.ts'

interface Sums {
  reacts: Reaction[]
  /** What a poll is like and how it stands; undefined when the message is none. */
  poll: { row: PollRow; counts: ReadonlyMap<number, number>; voters: number } | undefined
}

/**
 * Tells a message's sums if they are due, and nothing when they are as they were.
 * @param options.skip whether to leave the message alone while somebody else holds it
 * @returns in how many ms it is due when that is not yet; null when nothing is left to do here
 */
export async function tellSums(
  deps: Services,
  spot: Spot,
  options: { skip: boolean },
): Promise<number | null> {
  return commitChange<number | null>(deps, async tx => {
    const dueInMs = await takeDirty(tx, spot, options.skip)
    if (dueInMs === undefined) return { change: null, result: null }
    if (dueInMs > 0) return { change: null, result: dueInMs }
    const sums = await readSums(tx, spot)
    const chat = await lockChat(tx, spot.chat)
    const change = chat ? new ChatChange(tx, chat, theChat, deps.clock.now()) : null
    const isTold = change ? await write(change, spot, sums) : false
    await markTold(tx, spot)
    return { change: isTold ? change : null, result: null }
  })
}

async function readSums(tx: Queryable, spot: Spot): Promise<Sums> {
  const reacts = await countReactions(tx, spot)
  const row = await readPoll(tx, spot)
  return { reacts, poll: row && { row, ...(await countVotes(tx, spot)) } }
}

/** @returns whether there was anything to tell */
async function write(change: ChatChange, { chat, seq }: Spot, sums: Sums): Promise<boolean> {
  const { tx } = change
  const [stored] = await readMessages(tx, chat, [seq])
  if (!stored || stored.message.deleted) {
    // Chosen while it was being deleted.
    await deleteChoices(tx, chat, [seq])
    return false
  }
  const { reacts: before, poll: pollBefore, ...rest } = stored.message
  const reacts = sums.reacts.length > 0 ? sums.reacts : undefined
  const poll = pollBefore && sums.poll && pollNow(pollBefore, sums.poll)
  if (isDeepStrictEqual([before, pollBefore], [reacts, poll])) return false
  const rev = change.nextRev()
  await updateSums(tx, chat, seq, { rev, reacts, poll })
  const message: Message = { ...rest, rev, ...(reacts && { reacts }), ...(poll && { poll }) }
  change.emit('changed', rev, message)
  return true
}

/** The right answer of a quiz is for everybody once it is closed. */
function pollNow(
  { options, multiple, public: isPublic, quiz, closesAt }: Poll,
  { row, counts, voters }: NonNullable<Sums['poll']>,
): Poll {
  return {
    options,
    ...(multiple && { multiple }),
    ...(isPublic && { public: isPublic }),
    ...(quiz && { quiz }),
    ...(closesAt !== undefined && { closesAt }),
    counts: options.map((_, option) => counts.get(option) ?? 0),
    voters,
    ...(row.closed && { closed: true as const }),
    ...(row.closed && row.correct !== null && { correct: row.correct }),
    ...(row.closed && row.explanation !== null && { why: row.explanation }),
  }
}
