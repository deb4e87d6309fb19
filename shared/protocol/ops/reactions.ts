// Operations on reactions: choose, see who chose, say what may be chosen.

import * as z from 'zod'
import { id } from '../ids.ts'
import { limits, plans } from '../limits.ts'
import { own, reactor, user } from '../models.ts'
import { emoji } from '../reactions.ts'
import { define, moved } from './op.ts'

export const reactionOps = {
  react: define({
    op: 52,
    in: z.object({
      chat: id.chat(),
      seq: id.seq(),
      emojis: z.array(emoji).max(plans.premium.reactionsPerMessageMax),
    }),
    out: z.object({ own }),
    doc: "Sets the user's whole choice of reactions at a message; none takes it back. The message follows as `changed`, once for all who react within half a second.",
  }),
  reactors: define({
    op: 68,
    in: z.object({
      chat: id.chat(),
      seq: id.seq(),
      emoji: z.string().max(limits.emojiCharsMax).optional(),
      /** Continue behind this one of the page before. */
      after: reactor.optional(),
      limit: z.int().min(1).max(limits.pageReactorsMax).optional(),
    }),
    out: z.object({
      reactors: z.array(reactor),
      users: z.array(user),
      next: reactor.optional(),
    }),
    doc: 'Who reacted to a message, with one emoji or with any, newest first. In a channel for those who run it.',
  }),
  setReactions: define({
    op: 69,
    in: z.object({
      chat: id.chat(),
      allowed: z.union([z.literal('all'), z.array(emoji).max(limits.reactionsAllowedMax)]),
    }),
    out: moved,
    doc: 'Says which emojis may be chosen in a group or channel: all standard ones, these, or none. Needs the right changeInfo; what was chosen before stays.',
  }),
} as const
