// Chats as their members see them: summaries for lists and answers, one or many people's at once. Called by the actions that
// read chats and by the gateway's greeting; positions, the locked row and everything that changes it are in chats.ts.

import type { ChatId, Seq, UserId } from '#shared/protocol/ids.ts'
import { limits } from '#shared/protocol/limits.ts'
import type { Chat } from '#shared/protocol/models.ts'
import {
  type Actor,
  type ChatKind,
  can,
  defaultRights,
  type Role,
  runsChat,
} from '#shared/protocol/permissions.ts'
import type { Queryable } from './db.ts'
import { activeRolesSql } from './members.ts'
import { unreadMentionsSql } from './mentions.ts'
import { hiddenSql, type MessageRow, toMessage } from './messages.ts'
import { type OwnPlaceRow, ownPlaceColumns, toOwnPlace } from './own-places.ts'

interface ChatRow extends OwnPlaceRow {
  id: number
  kind: ChatKind
  last_rev: number
  last_seq: number
  title: string | null
  about: string
  username: string | null
  owner_id: number | null
  default_rights: number
  member_count: number
  signatures: boolean
  linked_id: number | null
  slow_mode_s: number
  auto_delete_s: number
  quarantine_s: number
  reactions: string[] | null
  joins_per_minute: number
  requests: number
  role: Role
  rights: number
  until_at: number | null
  read_seq: number
  hidden_up_to: number
  urev: number
  last_at: number
  mentions: number | null
  peer: number | null
  /** The highest read mark of the others, and of a direct chat's other person the delivered one. */
  peer_read: number | null
  peer_delivered: number | null
  /** A stranger's chat that waits for being accepted. */
  asks: boolean
  /** Columns of the last message, if there is one that the member sees; as in MessageRow. */
  l_seq: number | null
  l_rev: number
  l_sender_id: number
  l_rid: number
  l_text: string
  l_entities: MessageRow['entities']
  l_reply_to: number | null
  l_silent: boolean
  l_extra: MessageRow['extra']
  l_thread: number | null
  l_as_chat: boolean
  l_pinned: boolean
  l_reacts: MessageRow['reacts']
  l_expires_at: number | null
  l_edited_at: number | null
  l_deleted_at: number | null
  l_created_at: number
  l_hidden: boolean
}

/**
 * Everything a member sees of a chat: the chat's row, their own row, the newest message, others' read mark.
 * @param isCalled SQL that says, once for a person, whether any unread message calls them at all: for most none does, and
 *   to look in each chat took a quarter of the time of a chat list
 */
const chatColumns = (isCalled: string) => `
  c.id, c.kind, c.last_rev, c.last_seq, c.title, c.about, c.username, c.owner_id, c.default_rights,
  c.member_count, c.signatures, c.linked_id, c.slow_mode_s, c.auto_delete_s, c.quarantine_s, c.reactions,
  c.joins_per_minute, c.requests, me.role, me.rights, me.until_at, me.read_seq, me.hidden_up_to, me.urev,
  ${ownPlaceColumns}, c.last_at,
  case when c.kind = 'group' and c.last_seq > me.read_seq and ${isCalled} then ${unreadMentionsSql('me')} end as mentions,
  case when c.kind = 'direct' then c.direct_a + c.direct_b - me.user_id end as peer,
  marks.read as peer_read, marks.delivered as peer_delivered,
  c.kind = 'direct' and c.default_rights = 0 and exists (
    select from message_requests r where r.chat_id = c.id and r.to_id = me.user_id) as asks,
  l.seq as l_seq, l.rev as l_rev, l.sender_id as l_sender_id, l.rid as l_rid, l.text as l_text, l.entities as l_entities,
  l.reply_to as l_reply_to, l.silent as l_silent, l.extra as l_extra, l.thread as l_thread, l.as_chat as l_as_chat,
  l.pinned_at is not null as l_pinned, l.reacts as l_reacts, l.expires_at as l_expires_at, l.edited_at as l_edited_at,
  l.deleted_at as l_deleted_at, l.created_at as l_created_at, l.hidden as l_hidden`

/** What chatColumns() takes from beside `c` and `me`. */
const chatJoins = `
  left join lateral (
    select max(coalesce(o.shown_seq, o.read_seq)) as read,
      max(greatest(o.delivered_seq, coalesce(o.shown_seq, o.read_seq))) as delivered
    from members o
    -- Who declined a stranger's chat is not in it any more, which the stranger must not see.
    where c.member_count <= ${limits.readMarksMembersMax} and c.kind <> 'channel'
      and o.chat_id = c.id and o.user_id <> me.user_id and (o.role in ${activeRolesSql} or c.kind = 'direct')
  ) marks on true
  left join lateral (
    select m.*, ${hiddenSql('me.user_id')} as hidden
    from messages m where m.chat_id = c.id and m.seq = c.last_seq and m.seq > me.hidden_up_to
  ) l on true`

function toChat(row: ChatRow): Chat {
  const chat: Chat = {
    id: row.id,
    kind: row.kind,
    rev: row.last_rev,
    seq: row.last_seq,
    rights: shownRights(row.kind, row.default_rights),
    members: row.member_count,
    at: row.last_at,
    me: { role: row.role, rights: row.rights, read: row.read_seq, urev: row.urev },
  }
  if (row.title !== null) chat.title = row.title
  if (row.about !== '') chat.about = row.about
  if (row.username !== null) chat.username = row.username
  if (row.owner_id !== null) chat.owner = row.owner_id
  if (row.signatures) chat.signatures = true
  if (row.linked_id !== null) chat.linked = row.linked_id
  if (row.slow_mode_s > 0) chat.slowModeS = row.slow_mode_s
  if (row.auto_delete_s > 0) chat.autoDeleteS = row.auto_delete_s
  if (row.quarantine_s > 0) chat.quarantineS = row.quarantine_s
  if (row.reactions) chat.reactions = row.reactions
  if (row.joins_per_minute > 0) chat.joinsPerMinute = row.joins_per_minute
  if (row.requests > 0 && answersJoinRequests(row, row.default_rights))
    chat.me.requests = row.requests
  if (row.until_at !== null) chat.me.until = row.until_at
  Object.assign(chat.me, toOwnPlace(row, { seq: row.last_seq, at: row.last_at }))
  if (row.mentions) chat.me.mentions = row.mentions
  if (row.hidden_up_to > 0) chat.me.hiddenUpTo = row.hidden_up_to
  if (row.asks) chat.me.request = true
  if (row.peer !== null) chat.peer = row.peer
  if (row.peer_read !== null) chat.peerRead = row.peer_read
  if (row.kind === 'direct' && row.peer_delivered !== null) chat.peerDelivered = row.peer_delivered
  if (row.l_seq !== null) chat.last = toMessage(lastOf(row, row.l_seq))
  return chat
}

function lastOf(row: ChatRow, seq: Seq): MessageRow {
  return {
    seq,
    rev: row.l_rev,
    sender_id: row.l_sender_id,
    rid: row.l_rid,
    text: row.l_text,
    entities: row.l_entities,
    reply_to: row.l_reply_to,
    silent: row.l_silent,
    extra: row.l_extra,
    thread: row.l_thread,
    as_chat: row.l_as_chat,
    pinned: row.l_pinned,
    reacts: row.l_reacts,
    expires_at: row.l_expires_at,
    edited_at: row.l_edited_at,
    deleted_at: row.l_deleted_at,
    created_at: row.l_created_at,
    hidden: row.l_hidden,
  }
}

/** Right bits as members see them: a direct chat in which nothing may be said looks like any other. */
export function shownRights(kind: ChatKind, rights: number): number {
  return kind === 'direct' ? defaultRights.direct : rights
}

/** Whether this member is told of requests to join. */
export function answersJoinRequests(place: Actor, defaultRights: number): boolean {
  return runsChat(place.role) && can(place, 'invite', { defaultRights })
}

/** These chats as `user` sees them, in no order; those the user is not in are left out. */
export async function readChats(
  db: Queryable,
  user: UserId,
  ids: readonly ChatId[],
): Promise<Chat[]> {
  if (ids.length === 0) return []
  const rows = await db.query<ChatRow>({
    name: 'chats-by-id',
    text: `select ${chatColumns('(select exists (select from mentions x where x.user_id = $1))')}
           from members me join chats c on c.id = me.chat_id ${chatJoins}
           where me.user_id = $1 and me.chat_id = any ($2) and me.role in ${activeRolesSql} and c.deleted_at is null`,
    values: [user, ids],
  })
  return rows.map(toChat)
}

/** A person and one of their chats. */
export interface Pair {
  user: UserId
  chat: ChatId
}

/** HOT: per HELLO. readChats() for many people at once: each chat as its person sees it, in no order. */
export async function readChatsOfMany(
  db: Queryable,
  pairs: readonly Pair[],
): Promise<{ user: UserId; chat: Chat }[]> {
  if (pairs.length === 0) return []
  const rows = await db.query<ChatRow & { for_user: number }>({
    name: 'chats-of-many',
    text: `select me.user_id as for_user, ${chatColumns(`me.user_id = any (array(
             select person from (select distinct unnest($1::bigint[]) as person) w
             where exists (select from mentions x where x.user_id = w.person)))`)}
           from unnest($1::bigint[], $2::bigint[]) as wanted (person, chat)
           join members me on me.chat_id = wanted.chat and me.user_id = wanted.person
           join chats c on c.id = me.chat_id ${chatJoins}
           where me.role in ${activeRolesSql} and c.deleted_at is null`,
    values: [pairs.map(pair => pair.user), pairs.map(pair => pair.chat)],
  })
  return rows.map(row => ({ user: row.for_user, chat: toChat(row) }))
}
