// The shapes that several operations and events share: message, user, chat, member.
// Keys are short because they travel in every frame; each has its meaning beside it.

import * as z from 'zod'
import { entities } from './entities.ts'
import { id, type UserId } from './ids.ts'
import { limits } from './limits.ts'
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

/** The author of a channel's post without signature: the chat itself. */
export const theChat: UserId = 0

/** Part of the message replied to: `o` is where it began in the text then. */
export const quote = z.object({
  text: z.string().min(1).max(limits.quoteCharsMax),
  ents: entities.optional(),
  o: z.int().min(0),
})
export type Quote = z.infer<typeof quote>

/** Where a forwarded message came from. Either `from` or, when that person hides it, `name`; `chat` of a channel's post. */
export const origin = z.object({
  from: id.user().optional(),
  name: z.string().optional(),
  chat: id.chat().optional(),
  title: z.string().optional(),
  seq: id.seq().optional(),
  /** When it was first sent. */
  at: z.number(),
})
export type Origin = z.infer<typeof origin>

/** What a service message tells; which keys it has depends on `t`. A client that does not know `t` shows nothing. */
export const service = z.object({
  t: z.string().max(32),
  users: z.array(id.user()).optional(),
  /** A message of this chat. */
  seq: id.seq().optional(),
  /** The new title and the like. */
  text: z.string().optional(),
  /** A number of seconds and the like. */
  n: z.int().optional(),
})
export type Service = z.infer<typeof service>

/** How many chose an emoji. */
export const reaction = z.object({ e: z.string(), n: z.int() })
export type Reaction = z.infer<typeof reaction>

/** Parts that few messages have; stored as they are. */
const extra = z.object({
  quote: quote.optional(),
  fwd: origin.optional(),
  svc: service.optional(),
  /** Messages of one album have the same number. */
  album: id.rid().optional(),
})
export type MessageExtra = z.infer<typeof extra>

/** One message in its current state. A deleted one keeps `seq`, `rev`, `from`, `at` and has `deleted`. */
export const message = z.object({
  seq: id.seq(),
  /** The change that gave it this state; a message with a lower rev is older. */
  rev: id.rev(),
  /** Its author; 0 for the chat itself. */
  from: id.author(),
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
  ...extra.shape,
  /** Of a comment in a discussion group: the channel post that it belongs to. */
  thread: id.seq().optional(),
  /** Deletes itself at this time, ms since 1970. */
  expires: z.number().optional(),
  pinned: z.literal(true).optional(),
  /** Most chosen first. */
  reacts: z.array(reaction).optional(),
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

/** What the asking user chose at a message, which is no part of the message itself: everybody's copy of that is the same. */
export const own = z.object({
  seq: id.seq(),
  /** Emojis of one's reactions. */
  reacts: z.array(z.string()).optional(),
  /** Numbers of the options voted for, from 0. */
  votes: z.array(z.int()).optional(),
})
export type Own = z.infer<typeof own>

/** Rules of a group or channel; absent means off. */
export const rules = z.object({
  /** Posts of a channel name their author. */
  signatures: z.literal(true).optional(),
  /** A channel's discussion group, and the other way round. */
  linked: id.chat().optional(),
  /** Seconds between two messages of a member. */
  slowModeS: z.int().optional(),
  /** New messages delete themselves after so many seconds. */
  autoDeleteS: z.int().optional(),
  /** So many seconds after joining a member posts plain text only. */
  quarantineS: z.int().optional(),
})

/** A text that was begun, on all devices of its author. */
export const draft = z.object({
  text: z.string(),
  ents: entities.optional(),
  reply: id.seq().optional(),
  /** When it was last changed, ms since 1970. */
  at: z.number(),
})
export type Draft = z.infer<typeof draft>

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
  /** Marked unread by hand. */
  unread: z.literal(true).optional(),
  /** Unread messages that call the user by name or answer them. */
  mentions: z.int().optional(),
  /** While the chat is muted even mentions make no noise. */
  mentionsMuted: z.literal(true).optional(),
  draft: draft.optional(),
  /** The change that gave it this state. */
  urev: id.urev().optional(),
  /** Everything up to this seq is deleted for the user alone. */
  hiddenUpTo: id.seq().optional(),
  /** A stranger's direct chat that waits for being accepted. */
  request: z.literal(true).optional(),
})
export type Mine = z.infer<typeof mine>

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
  ...rules.shape,
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

/** Administrative acts that a chat's log knows. A client shows one that it does not know as an act without a name. */
const actNames = [
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
