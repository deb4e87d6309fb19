// Operations on the members of groups and channels.

import * as z from 'zod'
import { act, actNames } from '../acts.ts'
import { id } from '../ids.ts'
import { choices, limits } from '../limits.ts'
import { member, role, time, user } from '../models.ts'
import { define, moved, ok, userIds } from './op.ts'

export const memberOps = {
  members: define({
    op: 30,
    in: z.object({
      chat: id.chat(),
      /** Only whose name, a word of it or whose username begins like this. */
      query: z.string().trim().max(limits.nameCharsMax).optional(),
      /** Only these roles; banned people for those with the right ban. All but banned without it. */
      roles: z
        .array(role.exclude(['left']))
        .min(1)
        .max(5)
        .optional(),
      after: id.user().optional(),
      limit: z.int().min(1).max(limits.pageMembersMax).optional(),
    }),
    out: z.object({ members: z.array(member), users: z.array(user), next: id.user().optional() }),
    doc: "The members ordered by user id, all or those found. A channel's list is for its admins.",
  }),
  addMembers: define({
    op: 31,
    in: z.object({ chat: id.chat(), users: userIds(limits.addMembersMax).min(1) }),
    out: z.object({
      rev: id.rev(),
      added: z.array(id.user()),
      /** Who does not let the user add them; an invite link can be offered to them. */
      refused: z.array(id.user()).optional(),
    }),
    doc: 'Adds users to a group or channel; those already in, banned or unknown are left out, and so are those who refuse.',
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
  setDefaultRights: define({
    op: 80,
    in: z.object({ chat: id.chat(), rights: z.int().min(0) }),
    out: moved,
    doc: 'What members of a group may do, as right bits; needs the right ban, and each right that is added.',
  }),
  restrict: define({
    op: 81,
    in: z.object({
      chat: id.chat(),
      user: id.user(),
      /** `member` lifts a restriction or a ban; who was banned has to join anew. */
      role: role.extract(['restricted', 'banned', 'member']),
      /** Of a restricted member: the rights that are left, none without it. */
      rights: z.int().min(0).optional(),
      /** ms since 1970; without it there is no end. */
      untilAt: time.optional(),
      /** Deletes what they wrote, too; needs the right deleteOthers. */
      deleteHistory: z.literal(true).optional(),
    }),
    out: moved,
    doc: 'Restricts or bans somebody of lower rank, perhaps for a time, or lifts that; needs the right ban.',
  }),
  setRules: define({
    op: 82,
    in: z.object({
      chat: id.chat(),
      slowModeS: z.literal(choices.slowModeS).optional(),
      quarantineS: z.literal(choices.quarantineS).optional(),
      joinsPerMinute: z.literal(choices.joinsPerMinute).optional(),
    }),
    out: moved,
    doc: 'Slow mode and quarantine of a group, and how many join by link within a minute; needs the right ban.',
  }),
  adminLog: define({
    op: 86,
    in: z.object({
      chat: id.chat(),
      /** Acts before this one. */
      before: z.int().min(1).optional(),
      limit: z.int().min(1).max(limits.pageActsMax).optional(),
      actor: id.user().optional(),
      actions: z.array(z.enum(actNames)).min(1).max(actNames.length).optional(),
    }),
    out: z.object({ acts: z.array(act), users: z.array(user), more: z.literal(true).optional() }),
    doc: 'What those who run the chat did in the last 30 days, newest first; for owner and admins.',
  }),
} as const
