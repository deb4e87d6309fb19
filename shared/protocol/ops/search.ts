// Search for messages.

import * as z from 'zod'
import { id } from '../ids.ts'
import { limits } from '../limits.ts'
import { messageHit, searchKind, searchPosition, user } from '../models.ts'
import { define } from './op.ts'

export const searchOps = {
  search: define({
    op: 63,
    in: z.object({
      /** Words in any form, the last one perhaps only begun; "words in this order"; -without. */
      query: z.string().min(1).max(limits.searchQueryCharsMax),
      /** In this one alone; in all of the user's chats without it. */
      chat: id.chat().optional(),
      /** Of this author alone. */
      from: id.user().optional(),
      kinds: z.array(searchKind).min(1).max(searchKind.options.length).optional(),
      /** ms since 1970: not before `after`, and before `before`. */
      after: z.int().min(0).optional(),
      before: z.int().min(0).optional(),
      limit: z.int().min(1).max(limits.pageHitsMax).optional(),
      /** `next` of the page before. */
      next: searchPosition.optional(),
    }),
    out: z.object({
      hits: z.array(messageHit),
      users: z.array(user),
      /** More may follow. A page may be short or even empty, and more follows all the same. */
      next: searchPosition.optional(),
    }),
    doc: 'Messages by their text: those with the words in any form, newest first, then those with the words inside of other ones, newest first. 20 without a limit.',
  }),
} as const
