// Operations on the connection itself: greeting, catching up, what is on screen.

import * as z from 'zod'
import { id } from '../ids.ts'
import { limits } from '../limits.ts'
import { chat, diff, user } from '../models.ts'
import { define, ok, userIds } from './op.ts'

export const syncOps = {
  hello: define({
    op: 1,
    in: z.object({
      token: z.string().max(limits.tokenCharsMax),
      /** Names this installation of a client; letters, digits, dot, dash, underscore. */
      device: z.string().regex(/^[\w.-]{1,64}$/),
      /** What the client already has. */
      resume: z
        .object({
          epoch: z.int(),
          urev: id.urev(),
          chats: z.array(z.tuple([id.chat(), id.rev()])).max(limits.resumeChatsMax),
          /** Chats on screen: their diffs come with the answer. */
          open: z.array(id.chat()).max(limits.resumeOpenMax).optional(),
        })
        .optional(),
    }),
    out: ok,
    doc: 'Authenticates the socket and starts or resumes the sync. Gets no result: the control frames helloOk, sync (one or more) and syncEnd follow.',
  }),
  ping: define({
    op: 2,
    in: z.object({}),
    out: z.object({ now: z.number() }),
    doc: 'Proves that the connection lives; answers the server time in ms.',
  }),
  diff: define({
    op: 3,
    in: z.object({ chat: id.chat(), since: id.rev() }),
    out: diff,
    doc: 'What changed in a chat since a position: current states ordered by rev. `too_old` when too far behind.',
  }),
  userDiff: define({
    op: 4,
    in: z.object({ since: id.urev() }),
    out: z.object({
      urev: id.urev(),
      chats: z.array(chat),
      users: z.array(user),
      gone: z.array(id.chat()),
      /** Parts of the user's state that changed and are loaded whole; `rows`: messages one hid, reacted to or voted in. */
      sections: z.array(z.string()),
    }),
    doc: "What changed in the user's own state (chats joined and left, read marks) since a urev.",
  }),
  users: define({
    op: 7,
    in: z.object({ users: userIds(limits.usersPerRequestMax) }),
    out: z.object({ users: z.array(user) }),
    doc: 'Profiles by id of people in a common chat (of a channel: who runs it); others are left out.',
  }),
  presence: define({
    op: 16,
    in: z.object({ users: userIds(limits.presenceUsersMax) }),
    out: z.object({
      users: z.array(
        z.object({ user: id.user(), online: z.boolean(), lastSeen: z.number().optional() }),
      ),
    }),
    doc: 'Subscribes to the presence of exactly these users, replacing the list before; answers their state.',
  }),
  watch: define({
    op: 17,
    in: z.object({ chats: z.array(id.chat()).max(limits.resumeOpenMax) }),
    out: ok,
    doc: 'The chats on screen, replacing the list before: only they get every event of chats with more than 200 members; for the others such chats send bumps.',
  }),
} as const
