// Polls and quizzes: sending one, ending one, who voted. Voting is in choose.ts, telling the results in tell-sums.ts.

import { AppError } from '#shared/protocol/codes.ts'
import { isStorable } from '#shared/protocol/entities.ts'
import type { ChatId, Rid, Seq, UserId } from '#shared/protocol/ids.ts'
import { limits } from '#shared/protocol/limits.ts'
import { type Message, type Poll, theChat, type User, type Voter } from '#shared/protocol/models.ts'
import { needOf } from '#shared/protocol/needs.ts'
import { right, runsChat } from '#shared/protocol/permissions.ts'
import { readChatFor } from '#shared/store/chats.ts'
import type { Db, Queryable } from '#shared/store/db.ts'
import { holdChoices, markDirty, type Spot } from '#shared/store/dirty-messages.ts'
import { findByRid, messageKind, readMessages } from '#shared/store/messages.ts'
import { insertPoll, readPoll, readVoters, closePoll as storeClosed } from '#shared/store/polls.ts'
import { readProfiles } from '#shared/store/profiles.ts'
import { type ChatChange, changeChat } from './change-chat.ts'
import { assertMayPost } from './may-post.ts'
import type { Sent } from './send-messages.ts'
import type { Services } from './services.ts'

/** A poll to send; the shapes and lengths are checked already. */
export interface NewPoll {
  chat: ChatId
  rid: Rid
  question: string
  options: readonly string[]
  multiple?: true | undefined
  public?: true | undefined
  quiz?: { correct: number; explanation?: string | undefined } | undefined
  /** ms since 1970. */
  closesAt?: number | undefined
  closesInS?: number | undefined
  silent?: true | undefined
  reply?: Seq | undefined
}

/**
 * Sends a poll as a message; the same rid again answers its place.
 * @throws AppError bad_request, bad_text, bad_reply, not_found, forbidden, slow_mode
 */
export async function createPoll(deps: Services, actor: UserId, input: NewPoll): Promise<Sent> {
  checkPoll(input)
  return changeChat(deps, input.chat, actor, async (change, me) => {
    const known = await findByRid(change.tx, input.chat, actor, input.rid)
    if (known) return known
    if (input.public && change.chat.kind === 'channel') {
      throw refused('Subscribers of a channel do not learn of each other.')
    }
    const answered = await readAnswered(change, input.reply)
    const closesAt = endOf(input, change.nowMs)
    await assertMayPost(change, me, right.polls | needOf(textsOf(input).join('\n'), undefined))
    const message = await change.addMessage({
      from: actor,
      kind: messageKind.poll,
      text: input.question,
      rid: input.rid,
      reply: input.reply,
      silent: input.silent,
      thread: answered?.thread,
      calls: answered?.user === undefined ? [] : [answered.user],
      extra: { poll: asShown(input, closesAt) },
    })
    await insertPoll(change.tx, { chat: input.chat, seq: message.seq }, asStored(input, closesAt))
    return placeOf(message)
  })
}

/**
 * In a group: whom the poll answers, and the thread of comments that it belongs to; as sends do it.
 * @throws AppError bad_reply when there is no such message
 */
async function readAnswered(
  { tx, chat, actor }: ChatChange,
  reply: Seq | undefined,
): Promise<{ user: UserId | undefined; thread: Seq | undefined } | undefined> {
  if (reply === undefined) return undefined
  if (reply > chat.seq) throw new AppError('bad_reply')
  if (chat.kind !== 'group') return undefined
  const [stored] = await readMessages(tx, chat.id, [reply])
  if (!stored) return undefined
  const { message, sender, kind } = stored
  const user = message.deleted || sender === actor ? undefined : sender
  const isPost = kind === messageKind.mirror
  const thread = chat.linked === null ? undefined : (message.thread ?? (isPost ? reply : undefined))
  return { user, thread }
}

/** All that a poll says. */
function textsOf({ question, options, quiz }: NewPoll): string[] {
  return [question, ...options, quiz?.explanation ?? '']
}

function checkPoll(input: NewPoll): void {
  const { options, quiz, multiple, closesAt, closesInS } = input
  if (!textsOf(input).every(isStorable)) throw new AppError('bad_text')
  if (quiz && multiple) throw refused('A quiz has one right option.')
  if (quiz && quiz.correct >= options.length) throw refused('There is no such option.')
  if (closesAt !== undefined && closesInS !== undefined) {
    throw refused('Give one of closesAt and closesInS.')
  }
}

function refused(detail: string): AppError {
  return new AppError('bad_request', { detail })
}

/** When the poll closes by itself. @throws AppError bad_request when that is too soon or too late */
function endOf({ closesAt, closesInS }: NewPoll, nowMs: number): number | null {
  if (closesInS !== undefined) return nowMs + closesInS * 1000
  if (closesAt === undefined) return null
  const openS = (closesAt - nowMs) / 1000
  if (openS < limits.pollOpenSMin || openS > limits.pollOpenSMax) {
    throw refused(`A poll is open for ${limits.pollOpenSMin} to ${limits.pollOpenSMax} s.`)
  }
  return Math.floor(closesAt)
}

function asShown(input: NewPoll, closesAt: number | null): Poll {
  return {
    options: [...input.options],
    ...(input.multiple && { multiple: true as const }),
    ...(input.public && { public: true as const }),
    ...(input.quiz && { quiz: true as const }),
    ...(closesAt !== null && { closesAt }),
    counts: input.options.map(() => 0),
    voters: 0,
  }
}

function asStored(input: NewPoll, closesAt: number | null) {
  return {
    options: input.options.length,
    multiple: input.multiple ?? false,
    public: input.public ?? false,
    correct: input.quiz?.correct ?? null,
    explanation: input.quiz?.explanation ?? null,
    closesAt,
  }
}

function placeOf({ seq, rev, at, from, thread, expires }: Message): Sent {
  return {
    seq,
    rev,
    at,
    ...(from === theChat && { asChat: true as const }),
    ...(thread !== undefined && { thread }),
    ...(expires !== undefined && { expires }),
  }
}

/**
 * Ends a poll for good, by its author or who runs the chat.
 * @returns in how many ms its message has to be told; null when it was closed before
 * @throws AppError not_found, forbidden
 */
export async function closePoll(
  deps: Pick<Services, 'db'>,
  actor: UserId,
  spot: Spot,
): Promise<number | null> {
  const chat = await readChatFor(deps.db, spot.chat, actor)
  const [stored] = chat ? await readMessages(deps.db, spot.chat, [spot.seq]) : []
  const isPoll = stored?.kind === messageKind.poll && !stored.message.deleted
  if (!chat || !isPoll) throw new AppError('not_found')
  if (stored.sender !== actor && !runsChat(chat.me.role)) throw new AppError('forbidden')
  return end(deps.db, spot, { onlyIfDue: false })
}

/** Ends a poll whose time is over, once whoever tries. @returns as closePoll */
export function closeOverduePoll({ db }: Pick<Services, 'db'>, spot: Spot): Promise<number | null> {
  return end(db, spot, { onlyIfDue: true })
}

/** Votes wait meanwhile, so that each counts or is refused. */
function end(db: Db, spot: Spot, { onlyIfDue }: { onlyIfDue: boolean }): Promise<number | null> {
  return db.tx(async (tx: Queryable) => {
    await holdChoices(tx, spot)
    return (await storeClosed(tx, spot, onlyIfDue)) ? markDirty(tx, spot) : null
  })
}

/** A page of those who chose an option of a public poll, newest first. @throws AppError not_found, forbidden */
export async function listVoters(
  { db }: { db: Db },
  user: UserId,
  spot: Spot,
  page: { option: number; after?: Voter | undefined; limit: number },
): Promise<{ voters: Voter[]; users: User[]; next?: Voter }> {
  const [chat, poll] = await Promise.all([readChatFor(db, spot.chat, user), readPoll(db, spot)])
  if (!chat || !poll) throw new AppError('not_found')
  if (!poll.public) throw new AppError('forbidden', { detail: 'Votes in this poll are anonymous.' })
  const rows = await readVoters(db, spot, { ...page, limit: page.limit + 1 })
  const voters = rows.slice(0, page.limit)
  const users = await readProfiles(
    db,
    voters.map(each => each.user),
  )
  const next = voters.at(-1)
  return rows.length > page.limit && next ? { voters, users, next } : { voters, users }
}
