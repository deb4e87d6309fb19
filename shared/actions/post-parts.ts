// What a page of a channel's posts shows beside the messages: counts, and which posts without signature are one's own.

import type { ChatId, Seq, UserId } from '#shared/protocol/ids.ts'
import type { PostCounts } from '#shared/protocol/models.ts'
import { type ChatKind, type Role, runsChat } from '#shared/protocol/permissions.ts'
import type { Queryable } from '#shared/store/db.ts'
import { readOwnUnsigned, readPostCounts } from '#shared/store/post-counts.ts'

export interface PostParts {
  counts?: PostCounts[]
  mine?: Seq[]
}

/** Empty for chats that are no channels. Their author is told of unsigned posts, and nobody else, admins included. */
export async function readPostParts(
  db: Queryable,
  user: UserId,
  chat: { id: ChatId; kind: ChatKind; me: { role: Role } },
  seqs: readonly Seq[],
): Promise<PostParts> {
  if (chat.kind !== 'channel') return {}
  const [counts, mine] = await Promise.all([
    readPostCounts(db, chat.id, seqs),
    runsChat(chat.me.role) ? readOwnUnsigned(db, chat.id, user, seqs) : [],
  ])
  return { ...(counts.length > 0 && { counts }), ...(mine.length > 0 && { mine }) }
}

/** Who commented last on these posts. */
export function commentersOf({ counts = [] }: PostParts): UserId[] {
  return counts.flatMap(({ by = [] }) => by)
}
