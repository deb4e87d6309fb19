// How many unread messages of a chat call the user: the server's last count, and what came after it. Pure.
// A count is true of one moment: of everything up to message `top`, when everything up to `read` was read.

import type { Seq, UserId } from '#shared/protocol/ids.ts'
import type { Chat, Message, User } from '#shared/protocol/models.ts'

export interface Calls {
  count: number
  top: Seq
  read: Seq
  /** Numbers of later ones, as they came. */
  later: ReadonlySet<Seq>
}

/** What a summary counts. */
export function callsOf({ seq, me }: Chat): Calls {
  return { count: me.mentions ?? 0, top: seq, read: me.read, later: new Set() }
}

/** A count of the server in place of an older one: both of its numbers only ever grow. */
export function recount(held: Calls, news: Omit<Calls, 'later'>): Calls {
  const isOlder = news.top < held.top || (news.top === held.top && news.read < held.read)
  if (isOlder) return held
  return { ...news, later: new Set([...held.later].filter(seq => seq > news.top)) }
}

/** A message that calls the user has come, or comes once more. */
export function withCall(held: Calls, seq: Seq): Calls {
  if (seq <= held.top || held.later.has(seq)) return held
  return { ...held, later: new Set(held.later).add(seq) }
}

/** A message is deleted; whether it was among those counted only the server knows. */
export function withoutCall(held: Calls, seq: Seq): Calls {
  if (!held.later.has(seq)) return held
  return { ...held, later: new Set([...held.later].filter(other => other !== seq)) }
}

/** @param read the user's read mark; after one in the middle of those counted the server counts anew */
export function unreadCalls({ count, top, later }: Calls, read: Seq): number {
  let unread = read >= top ? 0 : count
  for (const seq of later) if (seq > read) unread++
  return unread
}

/** Whether a message may call this person, as far as the message itself shows: whom a reply answers it does not. */
export function mayCall(
  { from, text, ents = [], reply, deleted }: Message,
  me: Pick<User, 'id' | 'username'>,
): boolean {
  if (deleted || from === me.id) return false
  if (reply !== undefined) return true
  return ents.some(({ t, o, l, user }) => {
    if (t === 'userMention') return user === me.id
    return t === 'mention' && isName(text.slice(o, o + l), me.username)
  })
}

function isName(mention: string, username: string | undefined): boolean {
  return username !== undefined && mention.toLowerCase() === `@${username.toLowerCase()}`
}

/** Whether the event of a message says that it calls this person. */
export function isCalled({ calls }: Message, me: UserId | undefined): boolean {
  return me !== undefined && calls?.includes(me) === true
}

/** The message as it is stored: its event alone says whom it calls. */
export function asStored(message: Message): Message {
  if (!message.calls) return message
  const { calls: _, ...stored } = message
  return stored
}
