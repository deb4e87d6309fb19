// Operations on people: contacts, blocks, privacy, requests of strangers, search, reports.

import * as z from 'zod'
import { id } from '../ids.ts'
import { limits } from '../limits.ts'
import { user } from '../models.ts'
import { privacySettings, reportReason } from '../privacy.ts'
import { define, ok } from './op.ts'

const page = {
  /** Continue behind this person of the page before. */
  after: id.user().optional(),
  limit: z.int().min(1).max(limits.pagePeopleMax).optional(),
}
const ownName = z.string().trim().max(limits.nameCharsMax)

export const peopleOps = {
  contacts: define({
    op: 60,
    in: z.object(page),
    out: z.object({
      /** `name`: what the user calls them; only the user sees it. */
      contacts: z.array(z.object({ user: id.user(), name: z.string().optional() })),
      users: z.array(user),
      next: id.user().optional(),
    }),
    doc: 'The contacts by user id.',
  }),
  setContact: define({
    op: 76,
    in: z.object({
      user: id.user(),
      /** Own name for them; left out or empty: theirs. */
      name: ownName.optional(),
      remove: z.literal(true).optional(),
    }),
    out: ok,
    doc: 'Adds a contact, renames or removes one. Adding somebody whose request waits accepts it. They learn nothing of it.',
  }),
  blocks: define({
    op: 61,
    in: z.object(page),
    out: z.object({
      /** `at`: since when, ms since 1970. */
      blocks: z.array(z.object({ user: id.user(), at: z.number() })),
      users: z.array(user),
      next: id.user().optional(),
    }),
    doc: 'Whom the user blocks, by user id.',
  }),
  block: define({
    op: 77,
    in: z.object({ user: id.user(), blocked: z.boolean() }),
    out: ok,
    doc: 'Blocks somebody or ends it. Between the two there are no messages, no typing, presence and marks, no new direct chat and no adding to groups, in either direction; groups that both are in stay as they are.',
  }),
  privacy: define({
    op: 62,
    in: z.object({}),
    out: privacySettings,
    doc: 'Who may know what of the user.',
  }),
  setPrivacy: define({
    op: 78,
    in: privacySettings.partial(),
    out: ok,
    doc: 'Replaces the rules that are given. An id both in `always` and in `never` is a bad request.',
  }),
  answerRequest: define({
    op: 79,
    in: z.object({
      chat: id.chat(),
      answer: z.enum(['accept', 'decline', 'block']),
      /** With decline or block: also reports what was written, for this reason. */
      report: reportReason.optional(),
    }),
    out: ok,
    doc: 'Answers a direct chat that has `me.request`; writing there accepts it too. Declining takes the chat away from the user, and whoever began it is not told.',
  }),
  searchUsers: define({
    op: 88,
    in: z.object({
      query: z.string().trim().min(1).max(limits.nameCharsMax),
      limit: z.int().min(1).max(limits.searchUsersMax).optional(),
    }),
    out: z.object({ users: z.array(user) }),
    doc: `People by the beginning of their username, of the user's own name for them, or of a word of the name of contacts and of members of common groups; contacts first. Strangers only by username, from ${limits.searchCharsMin} characters on.`,
  }),
  report: define({
    op: 89,
    in: z.object({
      chat: id.chat(),
      /** These messages; without them and without `user`, the chat. */
      seqs: z.array(id.seq()).min(1).max(limits.reportSeqsMax).optional(),
      /** This person, who is or was in the chat. */
      user: id.user().optional(),
      reason: reportReason,
      text: z.string().trim().max(limits.reportTextCharsMax).optional(),
    }),
    out: ok,
    doc: 'Reports messages, a person or a chat to the operators, with a copy of what is there now. Nobody in the chat is told.',
  }),
} as const
