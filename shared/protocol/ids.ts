// The identifiers that travel in frames and JSON. All are integers below 2^53.
// Used by every folder. Ids are flavoured types: a plain number fits, a UserId does not fit a ChatId.

import * as z from 'zod'

type Flavour<Name extends string> = number & { readonly __flavour?: Name }

export type UserId = Flavour<'UserId'>
export type ChatId = Flavour<'ChatId'>
export type SessionId = Flavour<'SessionId'>
/** Number of a message in its chat: gap-free from 1, drives unread counts. */
export type Seq = Flavour<'Seq'>
/** Number of a durable change in its chat: gap-free from 1, drives sync. */
export type Rev = Flavour<'Rev'>
/** Number of a durable change of one user's private state. */
export type Urev = Flavour<'Urev'>
/** Random number chosen by the client that makes a write idempotent. */
export type Rid = Flavour<'Rid'>

const positive = () => z.int().min(1)
const counter = () => z.int().min(0)

/** Zod checks for each id; an id outside 1…2^53−1 (a counter outside 0…2^53−1) is a bad request. */
export const id = {
  user: positive as () => z.ZodType<UserId, UserId>,
  chat: positive as () => z.ZodType<ChatId, ChatId>,
  session: positive as () => z.ZodType<SessionId, SessionId>,
  seq: positive as () => z.ZodType<Seq, Seq>,
  rid: positive as () => z.ZodType<Rid, Rid>,
  /** Who wrote a message: 0 is the chat itself. */
  author: counter as () => z.ZodType<UserId, UserId>,
  readSeq: counter as () => z.ZodType<Seq, Seq>,
  rev: counter as () => z.ZodType<Rev, Rev>,
  urev: counter as () => z.ZodType<Urev, Urev>,
}

/** A random rid in 1…2^53−1, from the platform's cryptographic generator. */
export function randomRid(): Rid {
  const words = crypto.getRandomValues(new Uint32Array(2)) as unknown as [number, number]
  return (words[0] & 0x1fffff) * 0x1_0000_0000 + words[1] || 1
}
