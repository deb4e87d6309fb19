// Reports to the operators, with a copy of what is reported: it may be deleted before somebody looks.

import { AppError } from '#shared/protocol/codes.ts'
import { isStorable } from '#shared/protocol/entities.ts'
import type { UserId } from '#shared/protocol/ids.ts'
import { limits } from '#shared/protocol/limits.ts'
import { theChat } from '#shared/protocol/models.ts'
import type { OpIn } from '#shared/protocol/ops.ts'
import { runsChat } from '#shared/protocol/permissions.ts'
import { readChatFor } from '#shared/store/chats.ts'
import type { Queryable } from '#shared/store/db.ts'
import { readMember } from '#shared/store/members.ts'
import { readHistory, readMessages } from '#shared/store/messages.ts'
import { readVisibleProfiles } from '#shared/store/profiles.ts'
import { countReports, type Evidence, insertReport } from '#shared/store/reports.ts'
import type { Services } from './services.ts'

type Input = OpIn<'report'>
type Seen = NonNullable<Awaited<ReturnType<typeof readChatFor>>>

/** Of a person or a chat: so many of the last messages, looked for among these. */
const lastMessages = 10
const lookedAtMessages = 100

/**
 * Stores a report of messages, of somebody in the chat, or of the chat.
 * @throws AppError not_found (no such chat, message or person to see), bad_request (oneself, or both), bad_text, rate_limited
 */
export async function report(
  { db }: Pick<Services, 'db'>,
  actor: UserId,
  input: Input,
): Promise<void> {
  const { chat, seqs = [], user, reason, text = '' } = input
  if (!isStorable(text)) throw new AppError('bad_text')
  if (user === actor || (user !== undefined && seqs.length > 0)) {
    throw new AppError('bad_request', { detail: 'Report messages, or somebody else.' })
  }
  await db.tx(async tx => {
    const { count, waitMs } = await countReports(tx, actor)
    if (count >= limits.reportsPerDayMax) throw new AppError('rate_limited', { retryMs: waitMs })
    const found = await readChatFor(tx, chat, actor)
    if (!found) throw new AppError('not_found')
    const evidence = await collect(tx, actor, found, input)
    const authors = new Set(seqs.length > 0 ? evidence.messages.map(each => each.from) : [])
    // Who wrote the mirror of a post is told by the post alone.
    const [author = null] = authors.size === 1 && !authors.has(theChat) ? authors : []
    const about = {
      user: user ?? author,
      seqs: seqs.length > 0 ? evidence.messages.map(each => each.seq) : [],
    }
    await insertReport(tx, { reporter: actor, chat, ...about, reason, text, evidence })
  })
}

async function collect(
  tx: Queryable,
  actor: UserId,
  chat: Seen,
  { seqs, user }: Input,
): Promise<Evidence> {
  const { kind, title, username } = chat
  const shown = { kind, ...(title !== null && { title }), ...(username !== null && { username }) }
  if (seqs) return { chat: shown, messages: await copyMessages(tx, chat, seqs) }
  const last = (await readHistory(tx, chat.id, {}, lookedAtMessages))
    .filter(message => !message.deleted && message.seq > chat.me.hiddenUpTo)
    .filter(message => user === undefined || message.from === user)
    .slice(-lastMessages)
  if (user === undefined) return { chat: shown, messages: last }
  const member = await readMember(tx, chat.id, user)
  const isKnown =
    chat.kind !== 'channel' || runsChat(chat.me.role) || runsChat(member?.role ?? 'left')
  const [profile] = member && isKnown ? await readVisibleProfiles(tx, actor, [user]) : []
  if (!profile) throw new AppError('not_found')
  return { chat: shown, messages: last, user: profile }
}

/** The messages with who really wrote them. */
async function copyMessages(
  tx: Queryable,
  { id, me }: Seen,
  seqs: readonly number[],
): Promise<Evidence['messages']> {
  const wanted = [...new Set(seqs)]
  const stored = (await readMessages(tx, id, wanted)).filter(
    ({ message }) => !message.deleted && message.seq > me.hiddenUpTo,
  )
  if (stored.length < wanted.length) throw new AppError('not_found')
  return stored.map(({ message, sender }) => ({ ...message, from: sender }))
}
