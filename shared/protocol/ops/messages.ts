// Operations on messages: send, edit, delete, history, typing.

import * as z from 'zod'
import { entities } from '../entities.ts'
import { id } from '../ids.ts'
import { limits } from '../limits.ts'
import { message, quote, user } from '../models.ts'
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
} as const
