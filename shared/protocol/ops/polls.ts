// Operations on polls: create, vote, close, see who voted.

import * as z from 'zod'
import { id } from '../ids.ts'
import { limits } from '../limits.ts'
import { own, time, user, voter } from '../models.ts'
import { define, ok, written } from './op.ts'

const option = z
  .int()
  .min(0)
  .max(limits.pollOptionsMax - 1)

export const pollOps = {
  createPoll: define({
    op: 53,
    in: z.object({
      chat: id.chat(),
      rid: id.rid(),
      question: z.string().trim().min(1).max(limits.pollQuestionCharsMax),
      options: z
        .array(z.string().trim().min(1).max(limits.pollOptionCharsMax))
        .min(limits.pollOptionsMin)
        .max(limits.pollOptionsMax),
      /** One may choose several options. */
      multiple: z.literal(true).optional(),
      /** Everybody sees who chose what; not in channels. */
      public: z.literal(true).optional(),
      /** One option is right; a vote is final. */
      quiz: z
        .object({
          correct: option,
          explanation: z.string().trim().min(1).max(limits.pollExplanationCharsMax).optional(),
        })
        .optional(),
      /** At most one of these two: ms since 1970, or seconds from now. */
      closesAt: time.optional(),
      closesInS: z.int().min(limits.pollOpenSMin).max(limits.pollOpenSMax).optional(),
      silent: z.literal(true).optional(),
      reply: id.seq().optional(),
    }),
    out: written,
    doc: 'Sends a poll or a quiz as a message; the same rid again gets the same answer. Needs the right polls.',
  }),
  vote: define({
    op: 70,
    in: z.object({
      chat: id.chat(),
      seq: id.seq(),
      options: z.array(option).max(limits.pollOptionsMax),
    }),
    out: z.object({ own }),
    doc: "Sets the user's whole vote in a poll; none takes it back, but not in a quiz. The message follows as `changed`, once for all who vote within half a second.",
  }),
  closePoll: define({
    op: 71,
    in: z.object({ chat: id.chat(), seq: id.seq() }),
    out: ok,
    doc: 'Ends a poll for good: its author or who runs the chat. The message follows as `changed`; repeated calls change nothing.',
  }),
  voters: define({
    op: 72,
    in: z.object({
      chat: id.chat(),
      seq: id.seq(),
      option,
      /** Continue behind this one of the page before. */
      after: voter.optional(),
      limit: z.int().min(1).max(limits.pageVotersMax).optional(),
    }),
    out: z.object({ voters: z.array(voter), users: z.array(user), next: voter.optional() }),
    doc: 'Who chose an option of a public poll, newest first.',
  }),
} as const
