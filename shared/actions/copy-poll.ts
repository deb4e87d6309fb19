// A poll that is forwarded: the copy is a poll of its own, in which nobody has voted yet.

import { AppError } from '#shared/protocol/codes.ts'
import type { Poll } from '#shared/protocol/models.ts'
import { right } from '#shared/protocol/permissions.ts'
import { messageKind } from '#shared/store/messages.ts'
import { insertPoll, readPoll, readVotesOf } from '#shared/store/polls.ts'
import type { Carrier } from './forward-messages.ts'

export const carryPoll: Carrier = {
  need: right.post | right.polls,
  kind: messageKind.poll,
  async prepare({ tx, chat, actor }, { from, source }) {
    const { seq, poll: shown } = source.message
    const spot = { chat: from, seq }
    const stored = await readPoll(tx, spot)
    if (!stored || !shown || stored.closed) {
      throw new AppError('conflict', { detail: 'A poll that has ended cannot be forwarded.' })
    }
    // In a copy of their own anybody could vote, or end it, and read what is right in the original.
    const knowsAnswer =
      stored.correct === null ||
      source.sender === actor ||
      (await readVotesOf(tx, spot, [actor])).length > 0
    if (!knowsAnswer) {
      throw new AppError('conflict', { detail: 'Answer the quiz before you forward it.' })
    }
    const { public: isPublic, ...rest } = shown
    // Subscribers of a channel do not learn of each other.
    const stays = isPublic === true && chat.kind !== 'channel'
    const poll: Poll = {
      ...rest,
      ...(stays && { public: true }),
      counts: shown.options.map(() => 0),
      voters: 0,
    }
    return {
      extra: { poll },
      placed: copy => insertPoll(tx, { chat: chat.id, seq: copy }, { ...stored, public: stays }),
    }
  },
}
