// Operations on what one has read and how one keeps one's chats.

import * as z from 'zod'
import { id } from '../ids.ts'
import { define, ok } from './op.ts'

export const readingOps = {
  read: define({
    op: 14,
    in: z.object({ chat: id.chat(), seq: id.seq() }),
    out: ok,
    doc: 'Everything up to seq is read. A lower mark than the current one changes nothing.',
  }),
} as const
