// Operations on channels and public names: views, signatures, comments, statistics.

import * as z from 'zod'
import { username } from '../http.ts'
import { id } from '../ids.ts'
import { limits } from '../limits.ts'
import { channelDay, chatPreview, message, postCounts, user } from '../models.ts'
import { created, define, moved } from './op.ts'

export const channelOps = {
  view: define({
    op: 90,
    in: z.object({
      chat: id.chat(),
      seqs: z.array(id.seq()).min(1).max(limits.seqsPerViewMax),
    }),
    out: z.object({ counts: z.array(postCounts) }),
    doc: 'These posts of a channel were on screen: each counts once for each member. Answers their counts, in which this view may still be missing.',
  }),
  setUsername: define({
    op: 91,
    in: z.object({ chat: id.chat(), username: username.nullable() }),
    out: moved,
    doc: "Makes a group or channel public under a name, or private again: its owner's. Users and chats share one name space, in any case.",
  }),
  resolve: define({
    op: 92,
    in: z.object({ username }),
    out: z.object({
      /** Either a user or a chat. */
      user: user.optional(),
      chat: chatPreview.optional(),
      /** The last posts of a channel. */
      messages: z.array(message).optional(),
      users: z.array(user),
    }),
    doc: `Whose name it is. Of a public channel also its last ${limits.previewMessagesMax} posts, joined or not; a group is read by its members only.`,
  }),
  joinPublic: define({
    op: 93,
    in: z.object({
      username: username.optional(),
      /** A channel that the user is in: joins its discussion group, public or not. */
      discussion: id.chat().optional(),
    }),
    out: created,
    doc: 'Joins a public chat by its name, or the discussion group of a channel; exactly one of the two. A member just gets the chat.',
  }),
  linkDiscussion: define({
    op: 94,
    in: z.object({ channel: id.chat(), group: id.chat().nullable() }),
    out: moved,
    doc: 'Makes a group the discussion of a channel, whose readers may read and join it from then on: for owner and admins of both with changeInfo, and with invite in the group; neither may be linked elsewhere. With null ends it; changeInfo in one of them is enough. Answers the rev of the channel.',
  }),
  comments: define({
    op: 95,
    in: z.object({
      /** The channel, and a post of it. */
      chat: id.chat(),
      seq: id.seq(),
      /** At most one of both, in seqs of the group; none means the newest. */
      before: id.seq().optional(),
      after: id.readSeq().optional(),
      limit: z.int().min(1).max(limits.pageMessagesMax).optional(),
    }),
    out: z.object({
      /** The discussion group, and the post's mirror there: a comment is a message there that replies to it or to a comment. */
      group: id.chat(),
      thread: id.seq(),
      title: z.string(),
      /** The user is in the group and may write there. Otherwise `joinPublic {discussion}` comes first. */
      joined: z.literal(true).optional(),
      count: z.int(),
      messages: z.array(message),
      users: z.array(user),
    }),
    doc: 'A page of the comments of a post in ascending order, for members of the channel or of its discussion group.',
  }),
  stats: define({
    op: 96,
    in: z.object({ chat: id.chat(), days: z.int().min(1).max(limits.statsDaysMax) }),
    out: z.object({ members: z.int(), days: z.array(channelDay) }),
    doc: 'Figures of a channel for those who run it, one row for each day (UTC) up to today, the oldest first.',
  }),
  setSignatures: define({
    op: 97,
    in: z.object({ chat: id.chat(), on: z.boolean() }),
    out: moved,
    doc: 'Whether new posts of a channel name their author. Without a signature nobody learns who wrote a post, and earlier ones stay as they are.',
  }),
} as const
