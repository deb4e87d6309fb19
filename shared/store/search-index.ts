// The index of messages' texts, as its job writes it: which chats are behind, what changed in them, and the rows.
// Reading it is in message-search.ts.

import type { Entity } from '#shared/protocol/entities.ts'
import type { ChatId, Rev, Seq, UserId } from '#shared/protocol/ids.ts'
import type { MessageExtra } from '#shared/protocol/models.ts'
import type { Queryable } from './db.ts'

/** Where a chat's index stands, and where the chat does. */
export interface Cursor {
  chat: ChatId
  rev: Rev
  /** Older messages up to here are not in the index yet; 0 when all are. */
  back: Seq
  lastRev: Rev
  /** Nobody is in the chat any more. */
  gone: boolean
}

/** What the index takes from a message. */
export interface Source {
  chat: ChatId
  seq: Seq
  rev: Rev
  sender: UserId
  asChat: boolean
  kind: number
  text: string
  ents: Entity[] | null
  hasMedia: boolean
  extra: MessageExtra | null
  /** ms since 1970. */
  at: number
  deleted: boolean
}

/** One message in the index. */
export interface SearchRow {
  chat: ChatId
  seq: Seq
  /** 0 for the chat itself. */
  sender: UserId
  at: number
  kinds: number
  lexemes: readonly string[]
  words: string
}

/** Bits in `kinds`. */
export const kindBit = { text: 1, link: 2, media: 4, poll: 8 } as const

/**
 * Chats whose index is behind, in no order, at most `limit`. Reads every chat's row: for a start, and now and then in
 * case that news was lost. Index: primary keys of both.
 */
export async function readUnindexed(db: Queryable, limit: number): Promise<ChatId[]> {
  const rows = await db.query<{ id: ChatId }>({
    name: 'search-behind',
    text: `select c.id from chats c left join search_cursors s on s.chat_id = c.id
           where case when c.deleted_at is null then s.chat_id is null or s.rev < c.last_rev or s.back_seq > 0
                 else s.chat_id is not null end
           limit $1`,
    values: [limit],
  })
  return rows.map(row => row.id)
}

/**
 * Takes those of the chats that are behind, locked against other indexers until the transaction ends; those that
 * another one holds are left out. A chat that comes for the first time begins with its newest messages.
 */
export async function takeCursors(tx: Queryable, chats: readonly ChatId[]): Promise<Cursor[]> {
  await beginCursors(tx, chats)
  return tx.query<Cursor>({
    name: 'search-cursors-take',
    text: `select s.chat_id as chat, s.rev, s.back_seq as back, c.last_rev as "lastRev", c.deleted_at is not null as gone
           from search_cursors s join chats c on c.id = s.chat_id
           where s.chat_id = any ($1) and (s.rev < c.last_rev or s.back_seq > 0 or c.deleted_at is not null)
           order by s.chat_id for update of s skip locked`,
    values: [chats],
  })
}

async function beginCursors(tx: Queryable, chats: readonly ChatId[]): Promise<void> {
  await tx.query({
    name: 'search-cursors-begin',
    text: `insert into search_cursors (chat_id, rev, back_seq)
           select id, last_rev, last_seq from chats where id = any ($1) and deleted_at is null order by id
           on conflict do nothing`,
    values: [chats],
  })
}

const sourceColumns = `m.chat_id as chat, m.seq, m.rev, m.sender_id as sender, m.as_chat as "asChat", m.kind, m.text,
  m.entities as ents, m.media is not null as "hasMedia", m.extra, m.created_at as at, m.deleted_at is not null as deleted`

/** Of each chat the first `limit` messages that changed after its rev, by rev. Index: messages_rev. */
export function readNews(
  tx: Queryable,
  cursors: readonly Pick<Cursor, 'chat' | 'rev'>[],
  limit: number,
): Promise<Source[]> {
  return tx.query<Source>({
    name: 'search-news',
    text: `select found.* from unnest($1::bigint[], $2::bigint[]) as w (chat, rev)
           cross join lateral (
             select ${sourceColumns} from messages m where m.chat_id = w.chat and m.rev > w.rev order by m.rev limit $3
           ) found`,
    values: [cursors.map(each => each.chat), cursors.map(each => each.rev), limit],
  })
}

/** Of each chat the `limit` messages up to its `back`, the newest first. Index: primary key (chat_id, seq). */
export function readOlder(
  tx: Queryable,
  cursors: readonly Pick<Cursor, 'chat' | 'back'>[],
  limit: number,
): Promise<Source[]> {
  return tx.query<Source>({
    name: 'search-older',
    text: `select found.* from unnest($1::bigint[], $2::bigint[]) as w (chat, back)
           cross join lateral (
             select ${sourceColumns} from messages m where m.chat_id = w.chat and m.seq <= w.back
             order by m.seq desc limit $3
           ) found`,
    values: [cursors.map(each => each.chat), cursors.map(each => each.back), limit],
  })
}

/** A message in the index, as far as it is compared. */
export interface StoredRow {
  chat: ChatId
  seq: Seq
  kinds: number
  words: string
}

/** Those of the messages that are in the index, in no order. The caller holds the cursors of their chats. */
export function readStoredRows(
  tx: Queryable,
  rows: readonly { chat: ChatId; seq: Seq }[],
): Promise<StoredRow[]> {
  return tx.query<StoredRow>({
    name: 'search-rows-read',
    text: `select s.chat_id as chat, s.seq, s.kinds, s.words
           from unnest($1::bigint[], $2::bigint[]) as w (chat, seq)
           cross join lateral (
             select chat_id, seq, kinds, words from message_search where chat_id = w.chat and seq = w.seq offset 0
           ) s`,
    values: [rows.map(row => row.chat), rows.map(row => row.seq)],
  })
}

/** Writes new rows, and those that changed anew. */
export async function storeSearchRows(tx: Queryable, rows: readonly SearchRow[]): Promise<void> {
  if (rows.length === 0) return
  await tx.query({
    name: 'search-rows-store',
    text: `insert into message_search as s (chat_id, seq, sender_id, at, kinds, stems, words)
           select chat, seq, sender, at, kinds, stems::tsvector, words
           from unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::bigint[], $5::int[], $6::text[], $7::text[])
             as n (chat, seq, sender, at, kinds, stems, words)
           on conflict (chat_id, seq) do update set kinds = excluded.kinds, stems = excluded.stems, words = excluded.words`,
    values: [
      rows.map(row => row.chat),
      rows.map(row => row.seq),
      rows.map(row => row.sender),
      rows.map(row => row.at),
      rows.map(row => row.kinds),
      rows.map(row => row.lexemes.map(quoteLexeme).join(' ')),
      rows.map(row => row.words),
    ],
  })
}

/** A lexeme as tsvector and tsquery read it. */
export function quoteLexeme(lexeme: string): string {
  return `'${lexeme.replaceAll('\\', '\\\\').replaceAll("'", "''")}'`
}

/** Takes messages out of the index. */
export async function deleteSearchRows(
  tx: Queryable,
  rows: readonly { chat: ChatId; seq: Seq }[],
): Promise<void> {
  if (rows.length === 0) return
  await tx.query({
    name: 'search-rows-delete',
    text: `delete from message_search s using unnest($1::bigint[], $2::bigint[]) as d (chat, seq)
           where s.chat_id = d.chat and s.seq = d.seq`,
    values: [rows.map(row => row.chat), rows.map(row => row.seq)],
  })
}

/** Takes messages of a chat out of the index: those after `from` up to `to`, at most `limit`. @returns their words */
export async function takeOutRows(
  tx: Queryable,
  chat: ChatId,
  range: { from: Seq; to: Seq },
  limit: number,
): Promise<string[]> {
  const rows = await tx.query<{ words: string }>({
    name: 'search-rows-take-out',
    text: `delete from message_search where chat_id = $1 and seq in (
             select seq from message_search where chat_id = $1 and seq > $2 and seq <= $3 order by seq limit $4
           ) returning words`,
    values: [chat, range.from, range.to, limit],
  })
  return rows.map(row => row.words)
}

/** In how many more (or fewer) messages words are now. Words that are in none go. */
export async function countWords(
  tx: Queryable,
  changes: ReadonlyMap<string, number>,
): Promise<void> {
  const words = [...changes.keys()].filter(word => changes.get(word) !== 0)
  if (words.length === 0) return
  // Everywhere in the same order, so that two indexers wait for each other but never both.
  words.sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)))
  await tx.query({
    name: 'search-words-count',
    text: `insert into search_words as w (word, messages)
           select word, change from unnest($1::text[], $2::bigint[]) as n (word, change)
           on conflict (word) do update set messages = w.messages + excluded.messages`,
    values: [words, words.map(word => changes.get(word))],
  })
  const fewer = words.filter(word => (changes.get(word) as number) < 0)
  if (fewer.length === 0) return
  await tx.query({
    name: 'search-words-forget',
    text: 'delete from search_words where word = any ($1) and messages <= 0',
    values: [fewer],
  })
}

/** Notes how far chats are. The caller holds their cursors. */
export async function moveCursors(
  tx: Queryable,
  cursors: readonly Pick<Cursor, 'chat' | 'rev' | 'back'>[],
): Promise<void> {
  await tx.query({
    name: 'search-cursors-move',
    text: `update search_cursors s set rev = n.rev, back_seq = n.back
           from unnest($1::bigint[], $2::bigint[], $3::bigint[]) as n (chat, rev, back) where s.chat_id = n.chat`,
    values: [
      cursors.map(each => each.chat),
      cursors.map(each => each.rev),
      cursors.map(each => each.back),
    ],
  })
}

/** Forgets a chat that is not in the index any more. The caller holds its cursor. */
export async function deleteCursor(tx: Queryable, chat: ChatId): Promise<void> {
  await tx.query({ text: 'delete from search_cursors where chat_id = $1', values: [chat] })
}

/** Waits for an indexer that is at this chat, and keeps others from it until the transaction ends. */
export async function lockCursor(tx: Queryable, chat: ChatId): Promise<void> {
  await beginCursors(tx, [chat])
  await tx.query({
    name: 'search-cursor-lock',
    text: 'select from search_cursors where chat_id = $1 for update',
    values: [chat],
  })
}
