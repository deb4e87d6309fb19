// Operations on chats: list, create, describe, change.

import * as z from 'zod'
import { id } from '../ids.ts'
import { limits } from '../limits.ts'
import { chat, time, user } from '../models.ts'
import { about, created, define, moved, title, userIds } from './op.ts'

export const chatOps = {
  chats: define({
    op: 5,
    in: z.object({
      /** Continue behind this chat of the page before. */
      after: z.object({ at: time, chat: id.chat() }).optional(),
      limit: z.int().min(1).max(limits.pageChatsMax).optional(),
    }),
    out: z.object({
      chats: z.array(chat),
      users: z.array(user),
      next: z.object({ at: z.number(), chat: id.chat() }).optional(),
    }),
    doc: 'The chat list, latest activity first.',
  }),
  chat: define({
    op: 6,
    in: z.object({ chat: id.chat() }),
    out: created,
    doc: 'One chat as its member sees it.',
  }),
  createDirect: define({
    op: 20,
    in: z.object({ user: id.user() }),
    out: created,
    doc: 'The direct chat with a user, made at the first call.',
  }),
  createGroup: define({
    op: 21,
    in: z.object({
      rid: id.rid(),
      title,
      about: about.optional(),
      users: userIds(limits.addMembersMax).optional(),
    }),
    /** `refused`: who may not be added by the user; an invite link can be offered to them. */
    out: created.extend({ refused: z.array(id.user()).optional() }),
    doc: 'Creates a group with these members but for `refused`, who do not let the user add them; the same rid again answers the same group.',
  }),
  createChannel: define({
    op: 22,
    in: z.object({ rid: id.rid(), title, about: about.optional() }),
    out: created,
    doc: 'Creates a channel; the same rid again answers the same channel.',
  }),
  saved: define({
    op: 23,
    in: z.object({}),
    out: created,
    doc: 'The chat with oneself, made at the first call.',
  }),
  editChat: define({
    op: 24,
    in: z.object({ chat: id.chat(), title: title.optional(), about: about.optional() }),
    out: moved,
    doc: 'Changes title or about text of a group or channel.',
  }),
} as const
