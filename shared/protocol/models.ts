// The shapes that several operations and events share: message, user, chat, member.
// Keys are short because they travel in every frame; each has its meaning beside it.

import * as z from 'zod'
import { entities } from './entities.ts'
import { id } from './ids.ts'
import type { Role } from './permissions.ts'

const roles = [
  'owner',
  'admin',
  'member',
  'restricted',
  'banned',
  'left',
] as const satisfies readonly Role[]

export const role = z.enum(roles)
export const chatKind = z.enum(['direct', 'group', 'channel', 'saved'])

/** One message in its current state. A deleted one keeps `seq`, `rev`, `from`, `at` and has `deleted`. */
export const message = z.object({
  seq: id.seq(),
  /** The change that gave it this state; a message with a lower rev is older. */
  rev: id.rev(),
  from: id.user(),
  rid: id.rid(),
  /** Server time of sending, ms since 1970. */
  at: z.number(),
  text: z.string(),
  ents: entities.optional(),
  /** seq of the message replied to. */
  reply: id.seq().optional(),
  silent: z.literal(true).optional(),
  /** Time of the last edit, ms since 1970. */
  edited: z.number().optional(),
  deleted: z.literal(true).optional(),
})
export type Message = z.infer<typeof message>

export const user = z.object({
  id: id.user(),
  name: z.string(),
  username: z.string().optional(),
  about: z.string().optional(),
  deleted: z.literal(true).optional(),
})
export type User = z.infer<typeof user>

/** The asking user's own place in a chat. */
export const mine = z.object({
  role,
  /** Own right bits; with `Chat.rights` they give the effective ones (permissions.ts). */
  rights: z.int(),
  /** Everything up to this seq is read. */
  read: id.readSeq(),
  mutedUntil: z.number().optional(),
  pinned: z.literal(true).optional(),
  archived: z.literal(true).optional(),
})

/** A chat as its member sees it. */
export const chat = z.object({
  id: id.chat(),
  kind: chatKind,
  rev: id.rev(),
  /** Number of the last message; unread = seq − me.read. */
  seq: id.readSeq(),
  title: z.string().optional(),
  about: z.string().optional(),
  username: z.string().optional(),
  owner: id.user().optional(),
  /** Default right bits of a plain member. */
  rights: z.int(),
  members: z.int(),
  at: z.number(),
  me: mine,
  /** The other person of a direct chat. */
  peer: id.user().optional(),
  /** The highest seq that anybody else has read; absent in large chats. */
  peerRead: id.readSeq().optional(),
  last: message.optional(),
})
export type Chat = z.infer<typeof chat>

export const member = z.object({
  user: id.user(),
  role,
  rights: z.int(),
  /** Their read mark, in chats small enough to show it. */
  read: id.readSeq().optional(),
  joinedAt: z.number(),
})
export type Member = z.infer<typeof member>

export const invite = z.object({
  id: z.int(),
  name: z.string().optional(),
  by: id.user(),
  at: z.number(),
  expiresAt: z.number().optional(),
  usesMax: z.int().optional(),
  uses: z.int(),
  revoked: z.literal(true).optional(),
})
export type Invite = z.infer<typeof invite>

/** Public changes of a chat since a position: current states and tombstones, ordered by rev. */
export const diff = z.object({
  chat: id.chat(),
  /** The position after applying this page. */
  rev: id.rev(),
  seq: id.readSeq(),
  messages: z.array(message),
  members: z.array(member),
  /** Present when the chat's own row or its members changed in this page; newer than `rev`, perhaps. */
  info: chat.optional(),
  users: z.array(user),
  /** Another page follows: ask again with `since` = rev. */
  more: z.literal(true).optional(),
})
export type Diff = z.infer<typeof diff>
