// Brings the index of messages' texts up to date: a batch of what changed in some chats, and of older messages where
// that is not all. Runs as a job (api/jobs/search-indexer.ts); several may run at once, and one that dies half-way has
// done nothing: rows and cursors are of one commit.

import { hasUrl } from '#shared/protocol/detect.ts'
import type { ChatId, Seq } from '#shared/protocol/ids.ts'
import type { MessageExtra } from '#shared/protocol/models.ts'
import type { Db, Queryable } from '#shared/store/db.ts'
import { messageKind } from '#shared/store/messages.ts'
import {
  type Cursor,
  countWords,
  deleteCursor,
  deleteSearchRows,
  kindBit,
  lockCursor,
  moveCursors,
  readNews,
  readOlder,
  readStoredRows,
  type SearchRow,
  type Source,
  storeSearchRows,
  takeCursors,
  takeOutRows,
} from '#shared/store/search-index.ts'
import type { Stems } from '#shared/store/stems.ts'
import { indexed, type Token, tokensOf, wordsIn } from './search-text.ts'

interface Deps {
  db: Db
  stems: Stems
}

/** What a batch did. */
export interface IndexBatch {
  /** Messages that were looked at. */
  messages: number
  /** Chats of which more is left. */
  left: ChatId[]
}

/** Messages of one chat that a batch takes at least. */
const perChatMin = 8

/**
 * Indexes some of what changed in these chats, and of older messages what fits. Chats that another indexer is at are
 * left to it.
 * @param messagesMax about so many messages
 * @throws AppError overloaded, timeout; nothing is done then
 */
export async function indexMessages(
  { db, stems }: Deps,
  chats: readonly ChatId[],
  messagesMax: number,
): Promise<IndexBatch> {
  return db.tx(async tx => {
    const cursors = await takeCursors(tx, chats)
    const here = cursors.filter(cursor => !cursor.gone)
    const gone = await dropGone(tx, cursors, messagesMax)
    if (here.length === 0) return { messages: 0, left: gone }
    const read = await readBatch(tx, here, messagesMax)
    await store(tx, stems, read.sources)
    await moveCursors(tx, read.moved)
    return { messages: read.sources.length, left: [...gone, ...read.left] }
  })
}

/**
 * Takes messages that were emptied out of the index: those of a chat after `from` up to `to`. Waits for an indexer that
 * is at this chat, since it may have read them before they were emptied.
 */
export async function dropEmptied(
  tx: Queryable,
  chat: ChatId,
  range: { from: Seq; to: Seq },
): Promise<void> {
  await lockCursor(tx, chat)
  const words = await takeOutRows(tx, chat, range, range.to - range.from)
  await countWords(tx, changesOf(words.map(tokensOf), []))
}

async function dropGone(
  tx: Queryable,
  cursors: readonly Cursor[],
  limit: number,
): Promise<ChatId[]> {
  const left: ChatId[] = []
  for (const { chat } of cursors.filter(({ gone }) => gone)) {
    const all = { from: 0, to: Number.MAX_SAFE_INTEGER }
    const words = await takeOutRows(tx, chat, all, limit)
    await countWords(tx, changesOf(words.map(tokensOf), []))
    if (words.length === limit) left.push(chat)
    else await deleteCursor(tx, chat)
  }
  return left
}

/** What there is to do for these chats, and where they stand afterwards. */
async function readBatch(
  tx: Queryable,
  cursors: readonly Cursor[],
  messagesMax: number,
): Promise<{ sources: Source[]; moved: Cursor[]; left: ChatId[] }> {
  const perChat = Math.max(perChatMin, Math.floor(messagesMax / cursors.length))
  const behind = cursors.filter(({ rev, lastRev }) => rev < lastRev)
  const news = behind.length > 0 ? await readNews(tx, behind, perChat) : []
  const older = cursors.filter(({ back }) => back > 0)
  const room = Math.floor((messagesMax - news.length) / Math.max(1, older.length))
  const old = older.length > 0 && room > 0 ? await readOlder(tx, older, room) : []
  const [newsOf, oldOf] = [byChat(news), byChat(old)]
  const moved = cursors.map(cursor => ({
    ...cursor,
    rev: revAfter(cursor, newsOf.get(cursor.chat) ?? [], perChat),
    back: room > 0 ? backAfter(cursor.back, oldOf.get(cursor.chat) ?? [], room) : cursor.back,
  }))
  const left = moved.filter(({ rev, lastRev, back }) => rev < lastRev || back > 0)
  return { sources: [...news, ...old], moved, left: left.map(({ chat }) => chat) }
}

function byChat(sources: readonly Source[]): Map<ChatId, Source[]> {
  const chats = new Map<ChatId, Source[]>()
  for (const source of sources) {
    const known = chats.get(source.chat)
    if (known) known.push(source)
    else chats.set(source.chat, [source])
  }
  return chats
}

/** A page that is not full holds all up to `lastRev`: what has no message in it (people, the title) has no text. */
function revAfter({ lastRev }: Cursor, news: readonly Source[], limit: number): number {
  const read = news.at(-1)?.rev ?? 0
  return news.length < limit ? Math.max(lastRev, read) : read
}

function backAfter(back: Seq, old: readonly Source[], limit: number): Seq {
  return old.length < limit ? 0 : Math.min(back, (old.at(-1) as Source).seq - 1)
}

async function store(tx: Queryable, stems: Stems, sources: readonly Source[]): Promise<void> {
  // One that changed and is old as well comes twice; both are of now.
  const each = [...new Map(sources.map(source => [keyOf(source), source])).values()]
  const texts = each.map(source => ({ source, tokens: tokensToIndex(source) }))
  const stemOf = await stems.of(
    tx,
    texts.flatMap(({ tokens }) => wordsIn(tokens)),
  )
  const rows = texts.map(({ source, tokens }) => ({
    ...rowOf(source, indexed(tokens, stemOf)),
    tokens,
  }))
  const before = new Map((await readStoredRows(tx, rows)).map(row => [keyOf(row), row]))
  // A reaction changes a message, but nothing of what is searched.
  const changed = rows.filter(row => {
    const was = before.get(keyOf(row))
    return row.words !== (was?.words ?? '') || (was && row.kinds !== was.kinds)
  })
  await storeSearchRows(
    tx,
    changed.filter(row => row.words !== ''),
  )
  await deleteSearchRows(
    tx,
    changed.filter(row => row.words === ''),
  )
  const old = changed.flatMap(row => before.get(keyOf(row))?.words ?? [])
  await countWords(
    tx,
    changesOf(
      old.map(tokensOf),
      changed.map(({ tokens }) => tokens),
    ),
  )
}

function keyOf({ chat, seq }: { chat: ChatId; seq: Seq }): string {
  return `${chat}:${seq}`
}

/** Of a message that is not to be found none. */
function tokensToIndex(source: Source): Token[] {
  const isText = !source.deleted && source.kind !== messageKind.service
  return isText ? tokensOf(textOf(source)) : []
}

/** In how many more or fewer texts each word is. */
function changesOf(
  before: readonly (readonly Token[])[],
  after: readonly (readonly Token[])[],
): Map<string, number> {
  const changes = new Map<string, number>()
  const add = (texts: readonly (readonly Token[])[], step: number) => {
    for (const tokens of texts)
      for (const word of new Set(wordsIn(tokens)))
        changes.set(word, (changes.get(word) ?? 0) + step)
  }
  add(before, -1)
  add(after, 1)
  return changes
}

/** The text by which a message is found: its own, and the options of a poll. */
export function textOf({ text, extra }: { text: string; extra: MessageExtra | null }): string {
  return extra?.poll ? [text, ...extra.poll.options].join('\n') : text
}

function rowOf(
  source: Source,
  { lexemes, words }: { lexemes: string[]; words: string },
): SearchRow {
  const { chat, seq, asChat, sender, at } = source
  return { chat, seq, sender: asChat ? 0 : sender, at, kinds: kindsOf(source), lexemes, words }
}

function kindsOf({ kind, text, ents, hasMedia }: Source): number {
  const isPoll = kind === messageKind.poll
  const isLink = ents?.some(({ t }) => t === 'link' || t === 'url') || hasUrl(text)
  return (
    (hasMedia ? kindBit.media : 0) |
    (isPoll ? kindBit.poll : 0) |
    (isLink ? kindBit.link : 0) |
    (hasMedia || isPoll ? 0 : kindBit.text)
  )
}
