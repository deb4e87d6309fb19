// Operations on invite links.

import * as z from 'zod'
import { id } from '../ids.ts'
import { limits } from '../limits.ts'
import { chat, invite, joinRequest, time, user } from '../models.ts'
import { define, ok } from './op.ts'

export const inviteOps = {
  createInvite: define({
    op: 40,
    in: z.object({
      chat: id.chat(),
      rid: id.rid(),
      name: z.string().trim().max(limits.nameCharsMax).optional(),
      /** ms since 1970. */
      expiresAt: time.optional(),
      usesMax: z.int().min(1).max(limits.inviteUsesMax).optional(),
      /** Who comes by it waits for an answer of those who run the chat. */
      approval: z.literal(true).optional(),
    }),
    out: z.object({ invite, token: z.string() }),
    doc: 'Makes an invite link. The token is shown only here: the server keeps its hash.',
  }),
  invites: define({
    op: 41,
    in: z.object({ chat: id.chat() }),
    out: z.object({ invites: z.array(invite), users: z.array(user) }),
    doc: 'The invite links of a chat, newest first: all of them for owner and admins, else one’s own.',
  }),
  revokeInvite: define({
    op: 42,
    in: z.object({ chat: id.chat(), invite: z.int().min(1) }),
    out: ok,
    doc: 'Ends an invite link, of others only for owner and admins; repeated calls change nothing.',
  }),
  previewInvite: define({
    op: 43,
    in: z.object({ token: z.string().max(64) }),
    out: z.object({
      kind: chat.shape.kind,
      title: z.string(),
      members: z.int(),
      joined: id.chat().optional(),
      approval: z.literal(true).optional(),
      /** The user has asked and waits. */
      requested: z.literal(true).optional(),
    }),
    doc: 'What an invite link leads to, for a page that asks before joining.',
  }),
  join: define({
    op: 44,
    in: z.object({ token: z.string().max(64) }),
    out: z.object({
      /** Left out while the user waits to be let in. */
      chat: chat.optional(),
      users: z.array(user),
      requested: z.literal(true).optional(),
    }),
    doc: 'Joins by an invite link; a member just gets the chat. Where joining needs an answer of those who run the chat, it answers `requested`.',
  }),
  joinRequests: define({
    op: 84,
    in: z.object({
      chat: id.chat(),
      /** Behind this request. */
      after: z.int().min(1).optional(),
      limit: z.int().min(1).max(limits.pageRequestsMax).optional(),
    }),
    out: z.object({
      requests: z.array(joinRequest),
      users: z.array(user),
      /** How many wait in all. */
      count: z.int(),
      next: z.int().optional(),
    }),
    doc: 'Who waits to be let in, longest first; for owner and admins with the right invite.',
  }),
  answerJoinRequest: define({
    op: 85,
    in: z.object({
      chat: id.chat(),
      /** All of them without it, a few hundred at a time. */
      user: id.user().optional(),
      accept: z.boolean(),
    }),
    out: z.object({ rev: id.rev(), answered: z.int(), count: z.int() }),
    doc: 'Lets somebody in who asked, or not; answers how many were answered and how many still wait.',
  }),
} as const
