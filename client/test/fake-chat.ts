// A chat as the reference server keeps it, and the pictures of it that clients get.

import { AppError } from '#shared/protocol/codes.ts'
import type { ChatId, Rev, Seq, UserId } from '#shared/protocol/ids.ts'
import type { Chat, Diff, Member, Message, Mine, PostCounts } from '#shared/protocol/models.ts'
import { type ChatKind, isActive, type Role } from '#shared/protocol/permissions.ts'
import { tombstone } from '../window.ts'
import type { Unbumped } from './fake-bumps.ts'

export interface Place {
  role: Role
  read: Seq
  rev: Rev
  urev: number
  /** What the member decided for themself. */
  own: Partial<Mine>
  /** Unread messages that call the member. */
  called: Seq[]
  /** What the member deleted for themself alone, and when last. */
  hidden?: { seqs: Set<Seq>; urev: number }
}

export interface ServerChat {
  id: ChatId
  title: string
  rev: Rev
  infoRev: Rev
  seq: Seq
  at: number
  /** rows[i] has seq i + 1. */
  rows: Message[]
  places: Map<UserId, Place>
  unbumped: Unbumped
  /** Of two people. */
  isDirect: boolean
  /** Of a channel: what its posts gathered, and the posts that its readers wrote. */
  posts?: { counts: PostCounts[]; mine: ReadonlyMap<UserId, Seq[]> }
}

/** The chat as this member sees it. @throws AppError not_found */
export function chatFor(chat: ServerChat, user: UserId): Chat {
  const place = chat.places.get(user)
  if (!place || !isActive(place.role)) throw new AppError('not_found')
  const others = [...chat.places].filter(([id, other]) => id !== user && isActive(other.role))
  const last = seenBy(chat, user, chat.rows.slice(-1))[0]
  const { isDirect } = chat
  const mentions = mentionsOf(chat, user)
  return {
    id: chat.id,
    kind: kindOf(chat),
    rev: chat.rev,
    seq: chat.seq,
    title: chat.title,
    rights: 15,
    members: others.length + 1,
    at: chat.at,
    me: {
      role: place.role,
      rights: 0,
      read: place.read,
      ...place.own,
      urev: place.urev,
      ...(mentions > 0 && { mentions }),
    },
    ...(isDirect && { peer: others[0]?.[0] ?? 0 }),
    peerRead: Math.max(0, ...others.map(([, other]) => other.read)),
    ...(last && { last }),
  }
}

/** These rows as a member sees them. */
export function seenBy(chat: ServerChat, user: UserId, rows: readonly Message[]): Message[] {
  const { own, hidden } = chat.places.get(user) ?? {}
  return rows
    .filter(row => row.seq > (own?.hiddenUpTo ?? 0))
    .map(row => (hidden?.seqs.has(row.seq) ? tombstone(row) : row))
}

function kindOf({ isDirect, posts }: ServerChat): ChatKind {
  if (posts) return 'channel'
  return isDirect ? 'direct' : 'group'
}

/** How many unread messages call a member. */
export function mentionsOf({ places, rows }: ServerChat, user: UserId): number {
  const { called = [], read = 0 } = places.get(user) ?? {}
  return called.filter(seq => seq > read && !rows[seq - 1]?.deleted).length
}

/** One page of what changed after `since`, at most `rowsMax` messages. */
export function diffOf(chat: ServerChat, user: UserId, since: Rev, rowsMax: number): Diff {
  const rows = chat.rows.filter(row => row.rev > since).sort((a, b) => a.rev - b.rev)
  const cut = rows.length > rowsMax ? (rows[rowsMax - 1]?.rev ?? 0) : chat.rev
  const members = [...chat.places]
    .filter(([, place]) => place.rev > since && place.rev <= cut)
    .map(([id, { role, read }]): Member => ({ user: id, role, rights: 0, read, joinedAt: 0 }))
  const isLast = cut === chat.rev
  return {
    chat: chat.id,
    rev: cut,
    seq: chat.seq,
    messages: seenBy(
      chat,
      user,
      rows.filter(row => row.rev <= cut),
    ),
    members,
    users: [],
    ...(isLast && (chat.infoRev > since || members.length > 0)
      ? { info: chatFor(chat, user) }
      : {}),
    ...(!isLast && { more: true as const }),
  }
}

export function isIn(chat: ServerChat, user: UserId): boolean {
  const place = chat.places.get(user)
  return place !== undefined && isActive(place.role)
}
