// Operations on the members of groups and channels.

import * as z from 'zod'
import { id } from '../ids.ts'
import { limits } from '../limits.ts'
import { member, role, user } from '../models.ts'
import { define, moved, ok, userIds } from './op.ts'

export const memberOps = {
  members: define({
    op: 30,
    in: z.object({
      chat: id.chat(),
      after: id.user().optional(),
      limit: z.int().min(1).max(limits.pageMembersMax).optional(),
    }),
    out: z.object({ members: z.array(member), users: z.array(user), next: id.user().optional() }),
    doc: "The members ordered by user id. A channel's list is for its admins.",
  }),
  addMembers: define({
    op: 31,
    in: z.object({ chat: id.chat(), users: userIds(limits.addMembersMax).min(1) }),
    out: z.object({ rev: id.rev(), added: z.array(id.user()) }),
    doc: 'Adds users to a group or channel; those already in, banned or unknown are left out.',
  }),
  removeMember: define({
    op: 32,
    in: z.object({ chat: id.chat(), user: id.user() }),
    out: moved,
    doc: 'Removes a lower-ranking member and ends the invite links that they made.',
  }),
  leave: define({
    op: 33,
    in: z.object({ chat: id.chat() }),
    out: ok,
    doc: 'Leaves a group or channel. An owner hands over to the longest-serving admin, else member.',
  }),
  setRole: define({
    op: 34,
    in: z.object({
      chat: id.chat(),
      user: id.user(),
      role: role.extract(['admin', 'member']),
      rights: z.int().optional(),
    }),
    out: moved,
    doc: 'Makes a member an admin or an admin a member; needs the right promote.',
  }),
} as const
