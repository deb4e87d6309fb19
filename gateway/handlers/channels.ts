// Operations on channels and public names.

import { assertChannel, readStats, setSignatures } from '#shared/actions/channels.ts'
import { linkDiscussion, readPostComments, unlinkDiscussion } from '#shared/actions/discussions.ts'
import {
  joinDiscussion,
  joinPublic,
  resolveName,
  setUsername,
} from '#shared/actions/public-names.ts'
import { describeChat } from '#shared/actions/read-chats.ts'
import { AppError } from '#shared/protocol/codes.ts'
import { readChatFor } from '#shared/store/chats.ts'
import { readPostCounts } from '#shared/store/post-counts.ts'
import type { Handlers } from './context.ts'

const commentsPage = 50

export const channelHandlers = {
  async view({ hub, db, viewCounts }, { connection, user }, { chat, seqs }) {
    // The subscription may lag behind a join, and its seq behind a post that was read from PostgreSQL.
    const entry = hub.subscription(connection, chat)
    const isKnown = entry && seqs.every(seq => seq <= entry.seq)
    const known = isKnown ? entry : await readChatFor(db, chat, user)
    if (!known) throw new AppError('not_found')
    assertChannel(known)
    const posts = seqs.filter(seq => seq <= known.seq)
    viewCounts.add(user, chat, posts)
    return { counts: await readPostCounts(db, chat, posts) }
  },

  setUsername(context, { user }, body) {
    context.sendBudget.take(user)
    return setUsername(context, user, body)
  },
  resolve(context, { user }, { username }) {
    // Names can be guessed one by one; what a person sends in so much time bounds that too.
    context.sendBudget.take(user)
    return resolveName(context, user, username)
  },
  async joinPublic(context, { user }, { username, discussion }) {
    context.sendBudget.take(user)
    context.joinBudget.take(user)
    if ((username === undefined) === (discussion === undefined)) {
      throw new AppError('bad_request', { detail: 'Give one of username and discussion.' })
    }
    const chat =
      discussion === undefined
        ? await joinPublic(context, user, username ?? '')
        : await joinDiscussion(context, user, discussion)
    return describeChat(context, user, chat)
  },

  linkDiscussion(context, { user }, { channel, group }) {
    context.sendBudget.take(user)
    return group === null
      ? unlinkDiscussion(context, user, channel)
      : linkDiscussion(context, user, { channel, group })
  },
  comments(context, { user }, { chat, seq, before, after, limit = commentsPage }) {
    if (before !== undefined && after !== undefined) {
      throw new AppError('bad_request', { detail: 'Give one of before and after.' })
    }
    const range = after === undefined ? { before: before ?? Number.MAX_SAFE_INTEGER } : { after }
    return readPostComments(context, user, { chat, seq }, range, limit)
  },

  stats: (context, { user }, body) => readStats(context, user, body),
  setSignatures(context, { user }, body) {
    context.sendBudget.take(user)
    return setSignatures(context, user, body)
  },
} satisfies Partial<Handlers>
