// What of a person's chats survives a restart, and the seam behind which it lies: IndexedDB in a browser, RAM in tests.
// keeping.ts writes and reads it; indexed-db.ts and memory-archive.ts are two of them.

import type { ChatId, Rev, Seq, Urev } from '#shared/protocol/ids.ts'
import type { Chat, Message, Own, PostCounts, User } from '#shared/protocol/models.ts'
import type { Calls } from '../calls.ts'

/** A chat without its history. */
export interface KeptChat {
  /** The summary as of `chat.rev`. */
  chat: Chat
  calls: Omit<Calls, 'later'> & { later: Seq[] }
  /** A part of the summary may be old. */
  stale?: true
}

/** The newest stretch of a chat's history, without holes; whole by itself, so the one that was written last counts. */
export interface KeptRows {
  chat: ChatId
  /** Everything up to this rev is in it. */
  at: Rev
  from: Seq
  to: Seq
  atStart: boolean
  messages: readonly Message[]
  /** What the user chose at these messages. */
  own: Own[]
  counts: PostCounts[]
  /** Posts among them that the user wrote. */
  mine: Seq[]
}

/** Where the chat list goes on that the server has and the client has not. */
export interface ListEnd {
  at: number
  chat: ChatId
}

/** Everything but the stretches, which are read one by one. */
export interface Kept {
  epoch: number
  /** Every change of the user's own state up to here is in all of it. */
  urev: Urev
  next?: ListEnd | undefined
  chats: KeptChat[]
  /** Chats with a stretch. */
  withRows: ChatId[]
  users: User[]
  /** Parts of the user's state that are loaded whole. */
  sections: [name: string, value: unknown][]
  /** Read marks that the server may not have. */
  reads: [ChatId, Seq][]
}

/** What changed since the batch before. */
export interface Batch extends Omit<Kept, 'withRows'> {
  /** Nothing kept so far counts any more. */
  clear: boolean
  gone: ChatId[]
  rows: KeptRows[]
  /** Chats whose stretch does not count any more. */
  withoutRows: ChatId[]
}

/** Every method may reject; whoever uses it goes on in memory then. */
export interface Archive {
  /** @returns undefined when nothing is kept */
  read(): Promise<Kept | undefined>
  rows(chat: ChatId): Promise<KeptRows | undefined>
  /**
   * Writes all of a batch or nothing of it.
   * @returns false when another tab is ahead of it, so that it would take back what is kept
   */
  write(batch: Batch): Promise<boolean>
  /** Forgets everything of this person. */
  forget(): Promise<void>
}

/** Whether a batch may be written over what is kept: own state never goes back, and another epoch starts anew. */
export function mayWrite(
  kept: Pick<Kept, 'epoch' | 'urev'> | undefined,
  batch: Pick<Batch, 'epoch' | 'urev' | 'clear'>,
): boolean {
  if (!kept || batch.clear) return true
  return batch.epoch === kept.epoch && batch.urev >= kept.urev
}

/**
 * The read marks of all tabs: none knows those that another one has not told the server yet.
 * @param kept marks of before
 * @param chats those of `kept`, as they are kept from now on; a mark that their own has reached is told
 */
export function mergedReads(
  kept: Batch['reads'],
  batch: Pick<Batch, 'reads' | 'clear'>,
  chats: ReadonlyMap<ChatId, Chat>,
): Batch['reads'] {
  const reads = new Map(batch.reads)
  for (const [id, seq] of batch.clear ? [] : kept) {
    const chat = chats.get(id)
    const isTold = !chat || Math.min(seq, chat.seq) <= chat.me.read
    if (!isTold && seq > (reads.get(id) ?? 0)) reads.set(id, seq)
  }
  return [...reads]
}
