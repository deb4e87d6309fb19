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

/** ms since 1970 as a client sends it back; later ones are no dates. */
export const time = z.number().min(0).max(8.64e15)

/** The author of a channel's post without signature: the chat itself. */
export const theChat: UserId = 0

/** Part of the message replied to: `o` is where it began in the text then. */
export const quote = z.object({
  text: z.string().min(1).max(limits.quoteCharsMax),
  ents: entities.optional(),
  o: z.int().min(0),
})
export type Quote = z.infer<typeof quote>

/**
 * Where a forwarded message came from: its author, and of a channel's post the channel. Names are as they were when it
 * was forwarded, since whoever reads it need not know the people and channels.
 */
export const origin = z.object({
  /** Left out when that person does not want to be found by it, and of a post without signature. */
  from: id.user().optional(),
  name: z.string().optional(),
  chat: id.chat().optional(),
  title: z.string().optional(),
  /** Number of the post in the channel. */
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

/** One of those who reacted. */
export const reactor = z.object({
  user: id.user(),
  e: z.string().max(limits.emojiCharsMax),
  at: time,
})
export type Reactor = z.infer<typeof reactor>

/** A poll as everybody sees it; its question is the message's text. */
export const poll = z.object({
  options: z.array(z.string()),
  /** One may choose several options. */
  multiple: z.literal(true).optional(),
  /** Everybody sees who chose what (`voters`). */
  public: z.literal(true).optional(),
  /** One option is right, and a vote is final. */
  quiz: z.literal(true).optional(),
  closesAt: z.number().optional(),
  /** How many chose each option. Not to be shown to who may still vote and has not. */
  counts: z.array(z.int()),
  voters: z.int(),
  closed: z.literal(true).optional(),
  /** Of a closed quiz. */
  correct: z.int().optional(),
  why: z.string().optional(),
})
export type Poll = z.infer<typeof poll>

/** One of those who chose an option of a public poll. */
export const voter = z.object({ user: id.user(), at: time })
export type Voter = z.infer<typeof voter>

/** What a link of a message leads to, found by the server. */
export const preview = z.object({
  /** The link as it stands in the message. */
  url: z.string(),
  title: z.string(),
  text: z.string().optional(),
  /** Name of the site. */
  site: z.string().optional(),
})
export type Preview = z.infer<typeof preview>

/** Parts that few messages have; stored as they are. */
const extra = z.object({
  quote: quote.optional(),
  fwd: origin.optional(),
  svc: service.optional(),
  /** Messages of one album have the same number. */
  album: id.rid().optional(),
  poll: poll.optional(),
  preview: preview.optional(),
  /** The sender wants no preview of its links. */
  noPreview: z.literal(true).optional(),
})
export type MessageExtra = z.infer<typeof extra>
export const extraKeys = Object.keys(extra.shape) as readonly (keyof MessageExtra)[]

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
  /** In the event of a new message only: whom it calls by name or answers. */
  calls: z.array(id.user()).optional(),
})
export type Message = z.infer<typeof message>

/** A message that is to be sent later. */
export const scheduled = z.object({
  id: z.int(),
  chat: id.chat(),
  /** That of the message to come. */
  rid: id.rid(),
  /** When it is sent, ms since 1970. */
  at: z.number(),
  text: z.string(),
  ents: entities.optional(),
  reply: id.seq().optional(),
  silent: z.literal(true).optional(),
  quote: quote.optional(),
  noPreview: z.literal(true).optional(),
  /** Code of the refusal when its time came; it stays until it is changed, sent or cancelled. */
  failed: z.string().optional(),
})
export type Scheduled = z.infer<typeof scheduled>

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
  /** What is right in a quiz in which the user has voted. */
  answer: z.object({ correct: z.int(), why: z.string().optional() }).optional(),
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
  /** More joins by link within a minute become requests. */
  joinsPerMinute: z.int().optional(),
  /** Emojis that members may react with, none perhaps; absent: the standard ones. */
  reactions: z.array(z.string()).optional(),
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
  /** When the user's restriction ends, ms since 1970; a restriction without it has no end. */
  until: z.number().optional(),
  /** Requests to join that wait for an answer, for those who run the chat and may invite. */
  requests: z.int().optional(),
  /** Everything up to this seq is read. */
  read: id.readSeq(),
  /** ms since 1970; `mutedForEver` of limits.ts means what it says. */
  mutedUntil: z.number().optional(),
  pinned: z.literal(true).optional(),
  /** When it was pinned, ms since 1970: the latest stands first. */
  pinnedAt: z.number().optional(),
  archived: z.literal(true).optional(),
  /** The chat's last message when it was archived. A later one brings it back, unless the chat is muted then. */
  archivedSeq: id.readSeq().optional(),
  /** Marked unread by hand; reading ends it. */
  unread: z.literal(true).optional(),
  /**
   * Unread messages that call the user by name or answer them, up to the chat's `seq` and counted up to
   * limits.mentionsCountedMax; so it counts in a `Chat` only, not in `place`.
   */
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
  /** When its last message was sent, or the chat was made: ms since 1970. The order of the list. */
  at: z.number(),
  me: mine,
  /** The other person of a direct chat. */
  peer: id.user().optional(),
  /** The highest seq that anybody else has read; absent in large chats. */
  peerRead: id.readSeq().optional(),
  /** Of a direct chat: everything up to this seq has reached a device of the other person. */
  peerDelivered: id.readSeq().optional(),
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
  /** When a restriction or a ban ends, ms since 1970. */
  until: z.number().optional(),
})
export type Member = z.infer<typeof member>

/** Which chats a folder shows beside those listed by hand. Each key that is set narrows it down. */
export const folderRule = z.object({
  kinds: z.array(chatKind).max(chatKind.options.length).optional(),
  /** Of direct chats: those with contacts only, or those with others only. */
  contacts: z.boolean().optional(),
  /** With something unread only. */
  unread: z.literal(true).optional(),
  /** Muted ones only, or unmuted ones only. */
  muted: z.boolean().optional(),
  /** Archived ones as well. */
  archived: z.literal(true).optional(),
})
export type FolderRule = z.infer<typeof folderRule>

/** A view on the chat list: `exclude` goes before `include`, and that before the rule; without a rule there is only `include`. */
export const folder = z.object({
  /** Chosen by the client; stays when the folder changes. */
  id: z
    .int()
    .min(1)
    .max(2 ** 31 - 1),
  title: z.string().trim().min(1).max(limits.folderTitleCharsMax),
  rule: folderRule.optional(),
  /** Together at most limits.folderChatsMax. */
  include: z.array(id.chat()).max(limits.folderChatsMax).optional(),
  exclude: z.array(id.chat()).max(limits.folderChatsMax).optional(),
})
export type Folder = z.infer<typeof folder>

export const invite = z.object({
  id: z.int(),
  name: z.string().optional(),
  by: id.user(),
  at: z.number(),
  expiresAt: z.number().optional(),
  usesMax: z.int().optional(),
  uses: z.int(),
  /** Who runs the chat decides on each who comes by it. */
  approval: z.literal(true).optional(),
  revoked: z.literal(true).optional(),
})
export type Invite = z.infer<typeof invite>

/** Somebody who asks to be let in. */
export const joinRequest = z.object({
  id: z.int(),
  user: id.user(),
  /** By which invite link. */
  invite: z.int(),
  at: z.number(),
})
export type JoinRequest = z.infer<typeof joinRequest>

/** What a post gathered, which is no part of the message: a change of that would be told to everybody. Absent: as before. */
export const postCounts = z.object({
  seq: id.seq(),
  /** People who have seen it. */
  views: z.int().optional(),
  /** Comments in the discussion group; present where the post can be commented on. */
  comments: z.int().optional(),
  /** Who commented last, the latest first; at most limits.commentersShownMax. */
  by: z.array(id.user()).optional(),
})
export type PostCounts = z.infer<typeof postCounts>

/** A public chat as anybody sees it. */
export const chatPreview = z.object({
  id: id.chat(),
  kind: chatKind,
  title: z.string(),
  about: z.string().optional(),
  username: z.string(),
  members: z.int(),
  /** The asking user is in it. */
  joined: z.literal(true).optional(),
})
export type ChatPreview = z.infer<typeof chatPreview>

/** A channel's figures of one day (UTC). */
export const channelDay = z.object({
  /** When the day begins, ms since 1970. */
  at: z.number(),
  /** At the end of the day, or now. */
  members: z.int(),
  joined: z.int(),
  left: z.int(),
  posts: z.int(),
  /** Of posts of any day. */
  views: z.int(),
})
export type ChannelDay = z.infer<typeof channelDay>

/** Part of a text: offset and length in UTF-16 code units, as with entities. */
export const span = z.object({ o: z.int().min(0), l: z.int().min(0) })
export type Span = z.infer<typeof span>

/** What a message may be searched as: `text` is what is neither media nor a poll; with an address it is a `link` as well. */
export const searchKind = z.enum(['text', 'link', 'media', 'poll'])
export type SearchKind = z.infer<typeof searchKind>

/** Where a search goes on; to be sent back as it came. */
export const searchPosition = z.object({
  /** Among messages in which the words stand inside of others. */
  inside: z.literal(true).optional(),
  place: z.int().min(0),
  chat: z.int().min(0),
  seq: z.int().min(0),
})
export type SearchPosition = z.infer<typeof searchPosition>

/** A message that was found. */
export const messageHit = z.object({
  chat: id.chat(),
  message,
  /** What the query is about in its text, in order; none where that stands elsewhere, as in the options of a poll. */
  marks: z.array(span),
  /** The part of the text to show. */
  snippet: span,
})
export type MessageHit = z.infer<typeof messageHit>

/** Public changes of a chat since a position: current states and tombstones, ordered by rev. */
export const diff = z.object({
  chat: id.chat(),
  /** The position after applying this page. */
  rev: id.rev(),
  seq: id.readSeq(),
  messages: z.array(message),
  /** What the user chose at these messages, where it is anything. */
  own: z.array(own).optional(),
  members: z.array(member),
  /** Present when the chat's own row or its members changed in this page; newer than `rev`, perhaps. */
  info: chat.optional(),
  users: z.array(user),
  /** Another page follows: ask again with `since` = rev. */
  more: z.literal(true).optional(),
})
export type Diff = z.infer<typeof diff>
