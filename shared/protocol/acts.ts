// Administrative acts, as the log of a group or channel tells them (the operation `adminLog`) and PostgreSQL keeps them.

import * as z from 'zod'
import { id } from './ids.ts'

/** Administrative acts that a chat's log knows. */
export const actNames = [
  'title',
  'about',
  'avatar',
  'username',
  'rights',
  'rules',
  'signatures',
  'linked',
  'autoDelete',
  'added',
  'removed',
  'admin',
  'demoted',
  'owner',
  'restricted',
  'banned',
  'lifted',
  'inviteMade',
  'inviteRevoked',
  'requestAccepted',
  'requestDeclined',
  'pinned',
  'unpinned',
  'deleted',
] as const
export type ActName = (typeof actNames)[number]

/** What an act was done to and how it was before and after; which keys there are depends on the action. */
export const actDetail = z.object({
  user: id.user().optional(),
  users: z.array(id.user()).optional(),
  /** A message of this chat, or several. */
  seq: id.seq().optional(),
  seqs: z.array(id.seq()).optional(),
  /** A text, a number (right bits, seconds) and what was there before. */
  text: z.string().optional(),
  was: z.string().optional(),
  n: z.number().optional(),
  wasN: z.number().optional(),
  /** Until when a restriction holds, ms since 1970. */
  until: z.number().optional(),
  /** An invite link. */
  invite: z.int().optional(),
  chat: id.chat().optional(),
  /** The rule that was changed, under its name in the chat. */
  rule: z.string().optional(),
})
export type ActDetail = z.infer<typeof actDetail>

/** One entry of a chat's log. */
export const act = z.object({
  id: z.int(),
  at: z.number(),
  by: id.user(),
  /** One of `actNames`, or one of a newer server. */
  action: z.string(),
  ...actDetail.shape,
})
export type StoredAct = z.infer<typeof act>
