// Operations on messages that are sent later: schedule, list, change, cancel, send at once.

import * as z from 'zod'
import { entities } from '../entities.ts'
import { id } from '../ids.ts'
import { limits } from '../limits.ts'
import { quote, scheduled, time } from '../models.ts'
import { define, ok, text, written } from './op.ts'

export const scheduledOps = {
  schedule: define({
    op: 54,
    in: z.object({
      chat: id.chat(),
      rid: id.rid(),
      text,
      ents: entities.optional(),
      reply: id.seq().optional(),
      quote: quote.optional(),
      silent: z.literal(true).optional(),
      noPreview: z.literal(true).optional(),
      at: time,
    }),
    out: z.object({ id: z.int() }),
    doc: `Sends a message at a time to come, at most ${limits.scheduledAheadMs / 86_400_000} days ahead. Rights are looked at now and again then; the same rid again gets the same answer, or \`conflict\` once it was sent.`,
  }),
  scheduled: define({
    op: 98,
    in: z.object({
      /** Those of this chat only. */
      chat: id.chat().optional(),
      /** Continue behind this one of the page before. */
      after: z.int().min(1).optional(),
      limit: z.int().min(1).max(limits.pageScheduledMax).optional(),
    }),
    out: z.object({
      messages: z.array(scheduled),
      next: z.int().optional(),
    }),
    doc: "The user's scheduled messages by id, those among them that were refused when their time came.",
  }),
  changeScheduled: define({
    op: 99,
    in: z.object({
      id: z.int().min(1),
      text: text.optional(),
      /** Of the new text. */
      ents: entities.optional(),
      at: time.optional(),
    }),
    out: ok,
    doc: 'Gives a scheduled message another text or time; keys left out stay as they are. One that was refused is tried again at its new time.',
  }),
  cancelScheduled: define({
    op: 100,
    in: z.object({ id: z.int().min(1) }),
    out: ok,
    doc: 'Takes a scheduled message back. `not_found` when it was sent already: then it stands in the chat.',
  }),
  sendScheduled: define({
    op: 101,
    in: z.object({ id: z.int().min(1) }),
    out: written,
    doc: 'Sends a scheduled message now. It follows as an event too, also to the sender.',
  }),
} as const
