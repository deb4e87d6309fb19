// The table of events: what the server sends without being asked. A receiver ignores unknown kinds
// but still moves its position by their rev or urev.

import * as z from 'zod'
import { id } from './ids.ts'
import { limits } from './limits.ts'
import {
  chat,
  chatKind,
  diff,
  message,
  mine,
  own,
  postCounts,
  role,
  rules,
  user,
} from './models.ts'

interface Event<Body extends z.ZodType = z.ZodType> {
  kind: number
  body: Body
  doc: string
}

function define<Body extends z.ZodType>(event: Event<Body>): Event<Body> {
  return event
}

/** The chat's own row, as `info` and `bump` tell it. */
const info = z.object({
  kind: chatKind,
  title: z.string().optional(),
  about: z.string().optional(),
  username: z.string().optional(),
  owner: id.user().optional(),
  rights: z.int(),
  members: z.int(),
  ...rules.shape,
})

/** `[2, kind, chat, rev, body]`: durable, same bytes for every member, one for each rev of the chat. */
export const chatEvents = {
  message: define({ kind: 1, body: message, doc: 'A new message.' }),
  edited: define({ kind: 2, body: message, doc: 'A message in its new state.' }),
  deleted: define({
    kind: 3,
    body: message,
    doc: 'A message that is deleted now: its text is empty.',
  }),
  member: define({
    kind: 4,
    body: z.object({
      user: id.user(),
      role,
      rights: z.int(),
      joinedAt: z.number(),
      /** When a restriction or a ban ends, ms since 1970. */
      until: z.number().optional(),
      /** Who did it; the user themself when they joined or left, or when their time was over. */
      by: id.user(),
      /** Members after the change. */
      members: z.int(),
      profile: user,
    }),
    doc: 'A member came, left or changed role. In channels only for those who run it: of others `info` tells the number.',
  }),
  info: define({
    kind: 5,
    body: info,
    doc: "The chat's own row in its new state.",
  }),
  changed: define({
    kind: 6,
    body: message,
    doc: 'A message in its new state, otherwise than by an edit: pinned, reactions, results of a poll, a link preview.',
  }),
} as const satisfies Record<string, Event>

/** `[3, kind, urev, body]`: durable, for the devices of one user, one for each urev. */
export const userEvents = {
  read: define({
    kind: 1,
    body: z.object({
      chat: id.chat(),
      seq: id.readSeq(),
      /** The chat's last message just then, and how many up to it still call the user and are unread. */
      top: id.readSeq().optional(),
      mentions: z.int().optional(),
    }),
    doc: 'Own read mark moved on some device. It also ends `unread`. Without `mentions` none are left up to `top`.',
  }),
  joined: define({
    kind: 2,
    body: z.object({ chat: id.chat() }),
    doc: 'The user is now in this chat; its events follow.',
  }),
  left: define({
    kind: 3,
    body: z.object({ chat: id.chat() }),
    doc: 'The user is no longer in this chat.',
  }),
  profile: define({ kind: 4, body: z.object({ user }), doc: 'Own profile changed.' }),
  place: define({
    kind: 5,
    body: z.object({ chat: id.chat(), me: mine }),
    doc: "The user's own place in a chat in its new state: mute, pin, archive, draft and the like.",
  }),
  section: define({
    kind: 6,
    body: z.object({ section: z.string().max(32) }),
    doc: 'A part of the user’s state that is loaded whole (contacts, blocks, privacy, folders, scheduled) changed: load it anew.',
  }),
  hidden: define({
    kind: 7,
    body: z.object({ chat: id.chat(), seqs: z.array(id.seq()) }),
    doc: 'Messages that the user deleted for themself only.',
  }),
  own: define({
    kind: 8,
    body: own.extend({ chat: id.chat() }),
    doc: 'What the user chose at a message: reactions, votes in a poll.',
  }),
} as const satisfies Record<string, Event>

/** `[4, kind, body]`: best effort, may be dropped for a slow reader. */
export const ephemerals = {
  typing: define({
    kind: 1,
    body: z.object({ chat: id.chat(), user: id.user() }),
    doc: 'Somebody is typing; show it for 6 s.',
  }),
  presence: define({
    kind: 2,
    body: z.object({ user: id.user(), online: z.boolean(), lastSeen: z.number().optional() }),
    doc: 'A subscribed user came online or went.',
  }),
  reads: define({
    kind: 3,
    body: z.object({
      chat: id.chat(),
      marks: z.array(z.tuple([id.user(), id.readSeq()])),
    }),
    doc: `Read marks that moved, in chats of at most ${limits.readMarksMembersMax} members: at most one frame a chat each ${limits.readsEveryMs} ms. One's own may be among them.`,
  }),
  delivered: define({
    kind: 4,
    body: z.object({ chat: id.chat(), seq: id.readSeq() }),
    doc: 'Of a direct chat: everything up to seq has reached a device of the other person.',
  }),
  profile: define({
    kind: 5,
    body: z.object({ user: id.user() }),
    doc: 'The profile of somebody whose presence is subscribed to changed, or who may see what of it: ask `users` for it.',
  }),
  views: define({
    kind: 8,
    body: z.object({ chat: id.chat(), counts: z.array(postCounts) }),
    doc: `How often posts of a channel on screen were seen and commented on: at most one frame a channel each ${limits.viewsEveryMs} ms.`,
  }),
} as const satisfies Record<string, Event>

/** `[5, kind, body]`: about the connection and the positions. */
export const controls = {
  helloOk: define({
    kind: 1,
    body: z.object({
      conn: z.string(),
      node: z.string(),
      user,
      session: id.session(),
      now: z.number(),
      /** Changes when the history may have been rewritten: drop everything held and start anew. */
      epoch: z.int(),
      urev: id.urev(),
      /** Whether `resume` was accepted; if not, the sync is a full one. */
      resumed: z.boolean(),
      limits: z.object({ frameBytesMax: z.int(), inFlightMax: z.int(), messageCharsMax: z.int() }),
    }),
    doc: 'HELLO was accepted; the sync follows.',
  }),
  sync: define({
    kind: 2,
    body: z.object({
      chats: z.array(chat),
      users: z.array(user),
      /** Chats of `resume` that the user is no longer in. */
      gone: z.array(id.chat()),
      diffs: z.array(diff),
      /** More chats exist than are sent: page them with `chats` from here. */
      next: z.object({ at: z.number(), chat: id.chat() }).optional(),
    }),
    doc: 'Full sync: the latest chats. Resume: the chats that changed and those on screen, and diffs of the open ones.',
  }),
  syncEnd: define({
    kind: 3,
    body: z.object({ urev: id.urev() }),
    doc: 'The sync is complete; live events follow.',
  }),
  bump: define({
    kind: 4,
    body: z.object({
      chat: id.chat(),
      rev: id.rev(),
      seq: id.readSeq(),
      /** `last` and `info` are all that a summary of this rev or a later one lacks. Left out: ask. */
      since: id.rev().optional(),
      /** The newest message, if it is new or changed. */
      last: message.optional(),
      /** The chat's own row, if it changed. */
      info: info.optional(),
      /** New messages that call or answer the receiver: such a bump comes at once, and to them alone. */
      calls: z.array(message).optional(),
    }),
    doc: 'The chat has moved to this position. With `since`, a summary (`Chat`) of that rev or later becomes current by `last` and `info`; else a client that is behind asks.',
  }),
  userBump: define({
    kind: 5,
    body: z.object({ urev: id.urev() }),
    doc: "The user's own state has moved to this urev; a client that is behind asks for a userDiff.",
  }),
  reconnect: define({
    kind: 6,
    body: z.object({ afterMs: z.number(), reason: z.string() }),
    doc: 'The server will close soon: reconnect after so many ms.',
  }),
} as const satisfies Record<string, Event>

type Body<Table extends Record<string, Event>, Name extends keyof Table> = z.infer<
  Table[Name]['body']
>
export type ChatEventName = keyof typeof chatEvents
export type ChatEventBody<Name extends ChatEventName> = Body<typeof chatEvents, Name>
export type UserEventName = keyof typeof userEvents
export type UserEventBody<Name extends UserEventName> = Body<typeof userEvents, Name>
export type EphemeralName = keyof typeof ephemerals
export type EphemeralBody<Name extends EphemeralName> = Body<typeof ephemerals, Name>
export type ControlName = keyof typeof controls
export type ControlBody<Name extends ControlName> = Body<typeof controls, Name>
