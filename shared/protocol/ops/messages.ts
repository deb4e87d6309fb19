// Operations on messages: send, edit, delete, history, typing.

import * as z from 'zod'
import { entities } from '../entities.ts'
import { id } from '../ids.ts'
import { choices, limits } from '../limits.ts'
import { message, own, postCounts, quote, user } from '../models.ts'
import { define, moved, ok, text, written } from './op.ts'

export const messageOps = {
  send: define({
    op: 10,
    in: z.object({
      chat: id.chat(),
      rid: id.rid(),
      text,
      ents: entities.optional(),
      reply: id.seq().optional(),
      silent: z.literal(true).optional(),
      /** Part of the message replied to, as it stands there. */
      quote: quote.optional(),
      album: id.rid().optional(),
      /** No preview of its links. */
      noPreview: z.literal(true).optional(),
    }),
    out: written,
    doc: 'Sends a message. Answered after it is durable; the same rid again gets the same answer.',
  }),
  edit: define({
    op: 11,
    in: z.object({ chat: id.chat(), seq: id.seq(), text, ents: entities.optional() }),
    out: z.object({ rev: id.rev(), at: z.number() }),
    doc: "Replaces the text of one's own message.",
  }),
  delete: define({
    op: 12,
    in: z.object({ chat: id.chat(), seqs: z.array(id.seq()).min(1).max(limits.seqsPerDeleteMax) }),
    out: moved,
    doc: "Deletes messages for everybody: one's own, or others' with the right deleteOthers. Already deleted ones stay so.",
  }),
  history: define({
    op: 13,
    in: z.object({
      chat: id.chat(),
      /** At most one of before, after and around; none means the newest. */
      before: id.seq().optional(),
      after: id.readSeq().optional(),
      around: id.seq().optional(),
      limit: z.int().min(1).max(limits.pageMessagesMax).optional(),
    }),
    out: z.object({
      messages: z.array(message),
      /** What the user chose at these messages, where it is anything. */
      own: z.array(own).optional(),
      /** Of a channel: how often these posts were seen and commented on, where it is anything. */
      counts: z.array(postCounts).optional(),
      /** Of a channel: posts without signature that the user wrote. */
      mine: z.array(id.seq()).optional(),
      users: z.array(user),
      /** The chat's position when the page was read. */
      rev: id.rev(),
      seq: id.readSeq(),
    }),
    doc: 'A page of messages in ascending order: the newest, or those before, after or around one seq (around includes it). 50 without a limit.',
  }),
  typing: define({
    op: 15,
    in: z.object({ chat: id.chat() }),
    out: ok,
    doc: 'Tells the other members that the user is typing; shown for 6 s.',
  }),
  forward: define({
    op: 50,
    in: z.object({
      /** Where to. */
      chat: id.chat(),
      from: id.chat(),
      seqs: z.array(id.seq()).min(1).max(limits.seqsPerForwardMax),
      /** One for each message. */
      rids: z.array(id.rid()).min(1).max(limits.seqsPerForwardMax),
      silent: z.literal(true).optional(),
      /** The copies do not say where they come from. */
      hideAuthor: z.literal(true).optional(),
    }),
    out: z.object({ rev: id.rev(), seqs: z.array(id.seq()) }),
    doc: 'Sends copies of messages to another chat, all or none, in this order; they follow as events, also to the sender. The same rids again get the same answer.',
  }),
  pin: define({
    op: 51,
    in: z.object({
      chat: id.chat(),
      seq: id.seq(),
      /** false: unpin. */
      on: z.boolean(),
      /** No service message tells of it. */
      silent: z.literal(true).optional(),
    }),
    out: moved,
    doc: `Pins a message or unpins it; needs the right pin. A chat has at most ${limits.pinnedMessagesMax} pinned messages.`,
  }),
  pins: define({
    op: 66,
    in: z.object({
      chat: id.chat(),
      before: id.seq().optional(),
      limit: z.int().min(1).max(limits.pageMessagesMax).optional(),
    }),
    out: z.object({ messages: z.array(message), users: z.array(user), next: id.seq().optional() }),
    doc: 'The pinned messages, newest first. 50 without a limit; `next` is `before` of the page that follows.',
  }),
  hide: define({
    op: 59,
    in: z.object({ chat: id.chat(), seqs: z.array(id.seq()).min(1).max(limits.seqsPerDeleteMax) }),
    out: ok,
    doc: 'Deletes messages for the user alone: on all own devices they are deleted ones from now on.',
  }),
  clearHistory: define({
    op: 67,
    in: z.object({
      chat: id.chat(),
      /** The chat's last message without it: then a request that is sent twice clears what came in between, too. */
      upTo: id.seq().optional(),
      /** Of a direct chat: for both. */
      forAll: z.literal(true).optional(),
    }),
    out: z.object({ upTo: id.readSeq() }),
    doc: 'Deletes everything up to a message for the user alone, or for both people of a direct chat. It counts as read.',
  }),
  setAutoDelete: define({
    op: 65,
    in: z.object({ chat: id.chat(), s: z.literal(choices.autoDeleteS) }),
    out: moved,
    doc: 'New messages delete themselves after so many seconds, 0 for never. In direct chats both may set it, elsewhere it needs the right changeInfo.',
  }),
} as const
