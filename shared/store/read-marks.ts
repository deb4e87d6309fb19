// Read and delivered marks, in batches, and what counts as read because its author wrote it. Called by the actions on
// marks and by whatever writes messages for somebody.

import type { ChatId, Seq, Urev, UserId } from '#shared/protocol/ids.ts'
import { limits } from '#shared/protocol/limits.ts'
import type { Queryable } from './db.ts'

export interface ReadMark {
  user: UserId
  chat: ChatId
  seq: Seq
}

/** A mark as it is now. */
export interface MovedMark extends ReadMark {
  urev: Urev
  /** The chat's last message just then, and how many unread ones up to it call the user. */
  top: Seq
  mentions: number
  /** False where it only ended `unread`. */
  moved: boolean
  outbox_id: number
}

/** HOT: per batch. Moves read marks forward; answers those that changed anything, with the user's new urev. */
export function markRead(db: Queryable, marks: readonly ReadMark[]): Promise<MovedMark[]> {
  return db.query<MovedMark>({
    name: 'mark-read',
    text: `select "user", chat, seq, urev, top, mentions, moved, outbox_id
           from mark_read($1::bigint[], $2::bigint[], $3::bigint[], $4, $5)`,
    values: [...columnsOf(marks), limits.readMarksMembersMax, limits.mentionsCountedMax],
  })
}

/** HOT: per batch. Moves delivered marks of direct chats forward; answers those that moved. */
export function markDelivered(db: Queryable, marks: readonly ReadMark[]): Promise<ReadMark[]> {
  return db.query<ReadMark>({
    name: 'mark-delivered',
    text: 'select "user", chat, seq from mark_delivered($1::bigint[], $2::bigint[], $3::bigint[])',
    values: columnsOf(marks),
  })
}

function columnsOf(marks: readonly ReadMark[]): number[][] {
  return [marks.map(mark => mark.user), marks.map(mark => mark.chat), marks.map(mark => mark.seq)]
}

/** Messages `from` to `seq` of one person in one chat, without a hole. */
export interface OwnRun {
  user: UserId
  chat: ChatId
  from: Seq
  seq: Seq
}

/** Those that are their authors' only unread ones in a chat; not in saved messages, where they are reminders. */
export function readOwnUnread(db: Queryable, runs: readonly OwnRun[]): Promise<OwnRun[]> {
  if (runs.length === 0) return Promise.resolve([])
  return db.query<OwnRun>({
    name: 'scheduled-own-unread',
    text: `select r."user", r.chat, r."from", r.seq
           from unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::bigint[]) as r ("user", chat, "from", seq)
           join members m on m.chat_id = r.chat and m.user_id = r."user" and m.read_seq = r."from" - 1 and not m.unread
           join chats c on c.id = r.chat and c.kind <> 'saved'`,
    values: [
      runs.map(run => run.user),
      runs.map(run => run.chat),
      runs.map(run => run.from),
      runs.map(run => run.seq),
    ],
  })
}
