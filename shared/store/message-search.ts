// Reading the index of messages' texts. Every statement that answers what was found looks at the membership itself;
// those that only say where to look take chats that another one gave, and nothing of theirs leaves the server.
// The index is one GIN over slices of chats, senders and stems; parts of words are looked up in the list of all words
// first (migrations/0010_search.sql).

import type { ChatId, Seq, UserId } from '#shared/protocol/ids.ts'
import type { Queryable, Statement } from './db.ts'
import { activeRolesSql } from './members.ts'
import {
  hiddenSql,
  type MessageRow,
  messageColumns,
  messageKind,
  type StoredMessage,
  toStored,
} from './messages.ts'
import { quoteLexeme } from './search-index.ts'

/** Messages of a chat that one scan of the index can look at by themselves. */
export const sliceMessages = 32_768
/** As in the index: more slices than any chat will have. */
const slicesMax = 16_777_216

/** A chat that somebody may search. */
export interface SearchedChat {
  chat: ChatId
  lastSeq: Seq
  /** Time of its last message, ms since 1970. */
  at: number
  /** Everything up to here is deleted for them. */
  hiddenUpTo: Seq
}

/** All chats of a user in which there is something, or the one asked for; the latest activity first. Index: members_user. */
export function readSearchedChats(
  tx: Queryable,
  user: UserId,
  chat: ChatId | null,
): Promise<SearchedChat[]> {
  return tx.query<SearchedChat>({
    name: 'search-chats',
    text: `select m.chat_id as chat, c.last_seq as "lastSeq", c.last_at as at, m.hidden_up_to as "hiddenUpTo"
           from members m join chats c on c.id = m.chat_id
           where m.user_id = $1 and m.role in ${activeRolesSql} and c.deleted_at is null
             and ($2::bigint is null or m.chat_id = $2)
           order by c.last_at desc`,
    values: [user, chat],
  })
}

/** The times of some messages, ms since 1970, in no order. Index: primary key (chat_id, seq). */
export function readTimes(
  tx: Queryable,
  wanted: readonly { chat: ChatId; seq: Seq }[],
): Promise<{ chat: ChatId; seq: Seq; at: number }[]> {
  return tx.query<{ chat: ChatId; seq: Seq; at: number }>({
    name: 'search-times',
    text: `select w.chat, w.seq, m.at from unnest($1::bigint[], $2::bigint[]) as w (chat, seq)
           cross join lateral (
             select created_at as at from messages where chat_id = w.chat and seq = w.seq offset 0
           ) m`,
    values: [wanted.map(each => each.chat), wanted.map(each => each.seq)],
  })
}

/** Of each chat the first message that is not older than `at` (ms since 1970). */
export function readFirstSince(
  tx: Queryable,
  chats: readonly ChatId[],
  at: number,
): Promise<{ chat: ChatId; seq: Seq }[]> {
  return tx.query<{ chat: ChatId; seq: Seq }>({
    name: 'search-first-since',
    text: `select chat, first_seq_since(chat, to_timestamp($2::float8 / 1000)) as seq from unnest($1::bigint[]) as chat`,
    values: [chats, at],
  })
}

/** All lexemes are there, and all parts stand in the words. */
export interface SearchCondition {
  lexemes: readonly string[]
  parts: readonly string[]
}

/** What is looked for: one of some conditions holds, and none of the others. */
export interface SearchMatch {
  anyOf: readonly SearchCondition[]
  noneOf: readonly SearchCondition[]
}

/** Where a message stands in what was found: by `place` (its seq or its time), chat and seq, the highest first. */
export interface Spot {
  place: number
  chat: ChatId
  seq: Seq
}

/** What is asked of messages beside their words. */
export interface SearchFilter {
  match: SearchMatch
  /** `seq` of one chat, `at` of several. */
  by: 'seq' | 'at'
  /** Behind this one. */
  below: Spot
  /** At this place or before it. */
  from: number
  sender: UserId | null
  /** Bits of which one is wanted; null for any. */
  kinds: number | null
}

/** Numbers `from` to `to` of a chat's messages, without `to`. */
export interface SeqRange {
  chat: ChatId
  from: Seq
  to: Seq
}

/** Looks at every message of these ranges. Index: primary key (chat_id, seq). */
export function findInRanges(
  tx: Queryable,
  ranges: readonly SeqRange[],
  filter: SearchFilter,
  limit: number,
): Promise<Spot[]> {
  const { values, bind } = binder()
  const chats = bind(ranges.map(range => range.chat))
  const froms = bind(ranges.map(range => range.from))
  const tos = bind(ranges.map(range => range.to))
  return tx.query<Spot>({
    text: `select s.${filter.by} as place, s.chat_id as chat, s.seq
           from unnest(${chats}::bigint[], ${froms}::bigint[], ${tos}::bigint[]) as w (chat, first, last)
           cross join lateral (
             -- "offset 0": read by the primary key, whatever else there is an index for.
             select * from message_search where chat_id = w.chat and seq >= w.first and seq < w.last offset 0
           ) s
           where (${conditionsSql(filter.match.anyOf, bind)}) ${filterSql(filter, bind)}
           ${orderSql(filter)} limit ${bind(limit)}`,
    values,
  })
}

/** A part of a chat's history as the index has it: messages with seq ≥ nth × sliceMessages, and below the next. */
export interface Slice {
  chat: ChatId
  nth: number
}

/**
 * Finds messages of some slices. Index: message_search_find, one scan a slice.
 * @param lexemes what the index is asked for: one of each list
 */
export function findInSlices(
  tx: Queryable,
  slices: readonly Slice[],
  lexemes: readonly (readonly string[])[],
  filter: SearchFilter,
  limit: number,
): Promise<Spot[]> {
  const { values, bind } = binder()
  const keys = slices.map(({ chat, nth }) => chat * slicesMax + nth)
  const query = lexemes.map(list => `(${list.map(quoteLexeme).join(' | ')})`).join(' & ')
  return tx.query<Spot>({
    text: `select s.${filter.by} as place, s.chat_id as chat, s.seq
           from unnest(${bind(keys)}::bigint[]) as w (key)
           cross join lateral (
             -- One slice after another: of a list of them PostgreSQL may take the stems alone, of all there are.
             select s.chat_id, s.seq, s.at from message_search s
             where (s.chat_id * ${slicesMax} + s.seq / ${sliceMessages}) = w.key and s.stems @@ ${bind(query)}::tsquery
               and (${conditionsSql(filter.match.anyOf, bind)}) ${filterSql(filter, bind)} offset 0
           ) s
           ${orderSql(filter)} limit ${bind(limit)}`,
    values,
  })
}

/** Words that begin so, those of the most messages first. Index: primary key (word). */
export function readWordsBeginning(tx: Queryable, begin: string, limit: number): Promise<string[]> {
  return readWords(tx, {
    name: 'search-words-beginning',
    text: `select word from search_words where word >= $1 and word < $2 order by messages desc, word limit $3`,
    // Behind every word that begins so, by bytes.
    values: [begin, `${begin}\u{10ffff}`, limit],
  })
}

/** Words that have this part, those of the most messages first; a part has three letters or more. Index: search_words_trigrams. */
export function readWordsContaining(tx: Queryable, part: string, limit: number): Promise<string[]> {
  return readWords(tx, {
    name: 'search-words-containing',
    text: 'select word from search_words where word like $1 order by messages desc, word limit $2',
    values: [`%${part}%`, limit],
  })
}

async function readWords(tx: Queryable, statement: Statement): Promise<string[]> {
  const rows = await tx.query<{ word: string }>(statement)
  return rows.map(row => row.word)
}

/** What was found as the user sees it now, in no order: without what they may not read or what is no more. */
export async function readFound(
  tx: Queryable,
  user: UserId,
  found: readonly { chat: ChatId; seq: Seq }[],
  nowMs: number,
): Promise<(StoredMessage & { chat: ChatId })[]> {
  const rows = await tx.query<MessageRow & { kind: number; chat: ChatId }>({
    name: 'search-found',
    text: `select w.chat, ${messageColumns}, m.kind
           from unnest($2::bigint[], $3::bigint[]) as w (chat, seq)
           join members me on me.chat_id = w.chat and me.user_id = $1
           join chats c on c.id = w.chat
           join messages m on m.chat_id = w.chat and m.seq = w.seq
           where me.role in ${activeRolesSql} and c.deleted_at is null and m.seq > me.hidden_up_to
             and m.deleted_at is null and m.kind <> ${messageKind.service}
             and (m.expires_at is null or m.expires_at > to_timestamp($4::float8 / 1000)) and not ${hiddenSql('$1')}`,
    values: [user, found.map(each => each.chat), found.map(each => each.seq), nowMs],
  })
  return rows.map(row => ({ ...toStored(row), chat: row.chat }))
}

type Bind = (value: unknown) => string

/** Collects the values of a statement that is put together. */
function binder(): { values: unknown[]; bind: Bind } {
  const values: unknown[] = []
  return { values, bind: value => `$${values.push(value)}` }
}

function filterSql({ match, by, below, from, sender, kinds }: SearchFilter, bind: Bind): string {
  const { place, chat, seq } = below
  const parts = [
    `(s.${by}, s.chat_id, s.seq) < (${bind(place)}::bigint, ${bind(chat)}::bigint, ${bind(seq)}::bigint)`,
    `s.${by} >= ${bind(from)}::bigint`,
  ]
  if (sender !== null) parts.push(`s.sender_id = ${bind(sender)}::bigint`)
  if (kinds !== null) parts.push(`s.kinds & ${bind(kinds)}::int <> 0`)
  if (match.noneOf.length > 0) parts.push(`not (${conditionsSql(match.noneOf, bind)})`)
  return parts.map(part => `and ${part}`).join(' ')
}

function orderSql({ by }: SearchFilter): string {
  return `order by s.${by} desc, s.chat_id desc, s.seq desc`
}

/** One of them holds. */
function conditionsSql(conditions: readonly SearchCondition[], bind: Bind): string {
  return conditions.map(each => `(${conditionSql(each, bind)})`).join(' or ')
}

function conditionSql({ lexemes, parts }: SearchCondition, bind: Bind): string {
  const all = parts.map(part => `strpos(s.words, ${bind(part)}::text) > 0`)
  if (lexemes.length > 0)
    all.unshift(`s.stems @@ ${bind(lexemes.map(quoteLexeme).join(' & '))}::tsquery`)
  return all.join(' and ')
}
