// Operations on invite links.

import * as z from 'zod'
import { id } from '../ids.ts'
import { limits } from '../limits.ts'
import { chat, invite, user } from '../models.ts'
import { created, define, ok } from './op.ts'

export const inviteOps = {
  createInvite: define({
    op: 40,
    in: z.object({
      chat: id.chat(),
      rid: id.rid(),
      name: z.string().trim().max(limits.nameCharsMax).optional(),
      /** ms since 1970. */
      expiresAt: z.number().min(0).max(8.64e15).optional(),
      usesMax: z.int().min(1).max(limits.inviteUsesMax).optional(),
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
    }),
    doc: 'What an invite link leads to, for a page that asks before joining.',
  }),
  join: define({
    op: 44,
    in: z.object({ token: z.string().max(64) }),
    out: created,
    doc: 'Joins by an invite link; a member just gets the chat.',
  }),
} as const
