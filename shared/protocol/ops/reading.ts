// Operations on what one has read and how one keeps one's chats.

import * as z from 'zod'
import { entities } from '../entities.ts'
import { id } from '../ids.ts'
import { limits, mutedForEver } from '../limits.ts'
import { folder, mine, user } from '../models.ts'
import { define, ok, text } from './op.ts'

/** The user's own place after the change; the same that `place` tells their other devices. */
const placed = z.object({ me: mine })

export const readingOps = {
  read: define({
    op: 14,
    in: z.object({ chat: id.chat(), seq: id.seq() }),
    out: ok,
    doc: 'Everything up to seq is read. A lower mark than the current one changes nothing but `unread`.',
  }),
  draft: define({
    op: 55,
    in: z.object({
      chat: id.chat(),
      text: text.optional(),
      ents: entities.optional(),
      reply: id.seq().optional(),
    }),
    out: placed,
    doc: 'Keeps a text that was begun, for all devices of its author; without text and reply removes it. The last one wins.',
  }),
  setPlace: define({
    op: 56,
    in: z.object({
      chat: id.chat(),
      /** ms since 1970; 0 for ever; null not at all. */
      mutedUntil: z.number().min(0).max(mutedForEver).nullable().optional(),
      mentionsMuted: z.boolean().optional(),
      /** Pinned again, it moves to the front. */
      pinned: z.boolean().optional(),
      archived: z.boolean().optional(),
      unread: z.boolean().optional(),
    }),
    out: placed,
    doc: 'Mutes, pins, archives a chat or marks it unread, for oneself; keys left out stay as they are. Archiving ends a pin.',
  }),
  setFolders: define({
    op: 57,
    in: z.object({ folders: z.array(folder).max(limits.foldersMax) }),
    out: ok,
    doc: 'Replaces all folders, in this order.',
  }),
  delivered: define({
    op: 58,
    in: z.object({ chat: id.chat(), seq: id.seq() }),
    out: ok,
    doc: 'Everything up to seq has reached this device. Counts in direct chats; a lower mark changes nothing.',
  }),
  readBy: define({
    op: 73,
    in: z.object({ chat: id.chat(), seq: id.seq() }),
    out: z.object({
      /** `at` (ms since 1970) where it is known, the latest last. */
      readers: z.array(z.object({ user: id.user(), at: z.number().optional() })),
      users: z.array(user),
    }),
    doc: `Who has read an own message, for ${limits.readTimesKeptMs / 86_400_000} days, in chats of at most ${limits.readMarksMembersMax} members. \`too_old\` afterwards.`,
  }),
  mentions: define({
    op: 74,
    in: z.object({
      chat: id.chat(),
      after: id.readSeq().optional(),
      limit: z.int().min(1).max(limits.pageMentionsMax).optional(),
    }),
    out: z.object({
      seqs: z.array(id.seq()),
      /** Others follow: ask again with `after` = the last of these. */
      more: z.literal(true).optional(),
    }),
    doc: 'Unread messages that call the user by name or answer them, oldest first.',
  }),
  folders: define({
    op: 75,
    in: z.object({}),
    out: z.object({ folders: z.array(folder) }),
    doc: "The user's folders, in their order.",
  }),
} as const
