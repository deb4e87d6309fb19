// What an operation's row in the table is, and the shapes that several of them share.

import * as z from 'zod'
import { id } from '../ids.ts'
import { limits, plans } from '../limits.ts'
import { chat, user } from '../models.ts'

export interface Op<In extends z.ZodType = z.ZodType, Out extends z.ZodType = z.ZodType> {
  op: number
  in: In
  out: Out
  doc: string
}

/** Keeps the types of input and output. */
export function define<In extends z.ZodType, Out extends z.ZodType>(op: Op<In, Out>): Op<In, Out> {
  return op
}

export const title = z.string().trim().min(1).max(limits.titleCharsMax)
export const about = z.string().trim().max(limits.aboutCharsMax)
export const text = z.string().max(plans.premium.messageCharsMax)
/** Nothing more to say. */
export const ok = z.object({})
export const created = z.object({ chat, users: z.array(user) })
/** Where a message is durable, and what the chat's rules made of it. */
export const written = z.object({
  seq: id.seq(),
  rev: id.rev(),
  at: z.number(),
  /** Shown as written by the chat. */
  asChat: z.literal(true).optional(),
  thread: id.seq().optional(),
  /** Deletes itself at this time, ms since 1970. */
  expires: z.number().optional(),
})
/** The chat's position after the change. */
export const moved = z.object({ rev: id.rev() })
export const userIds = (max: number) => z.array(id.user()).max(max)
