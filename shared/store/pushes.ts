// What has to be told to browsers whose page may be closed: a row for each of their chats, due when somebody should look.
// The job that pushes writes it (api/jobs/push.ts), for those alone who have a subscription; a send writes nothing here.

import type { Entity } from '#shared/protocol/entities.ts'
import type { ChatId, Seq, UserId } from '#shared/protocol/ids.ts'
import type { MessageExtra } from '#shared/protocol/models.ts'
import type { ChatKind } from '#shared/protocol/permissions.ts'
import type { Db, Queryable } from './db.ts'
import { activeRolesSql } from './members.ts'
import { messageKind } from './messages.ts'
import type { PushAddress } from './push-subscriptions.ts'

/** Whether the member `m` wants noise from a chat at all: it is not muted, or a mention comes through. */
const wantedSql = `(m.muted_until is null or m.muted_until <= now() or not m.mentions_muted and exists (
  select from mentions x where x.user_id = m.user_id and x.chat_id = m.chat_id and x.seq > m.read_seq))`

const memberColumns = 'm.user_id, m.chat_id, m.read_seq, m.muted_until, m.mentions_muted'

/**
 * A row that is due stays so: whoever looks at it finds the news too. It is locked even so, so that one who ends a push
 * at this moment and we do not miss each other.
 */
const onConflictSql = `on conflict (subscription_id, chat_id) do update
  set due_at = greatest(excluded.due_at, q.told_at + make_interval(secs => $2)), tries = 0
  where q.due_at is null`

/** That nothing is new for this browser; `c` has the chat's head. */
const toldSql = `exists (
  select from pushes t where t.subscription_id = p.id and t.chat_id = m.chat_id and t.told_seq >= c.last_seq)`

/** When to look, in seconds from now, and how long after the last push of the same chat at the earliest. */
export interface Pace {
  waitS: number
  againS: number
}

/**
 * Notes that these chats, of few members each, have news for those members who have a subscription.
 * Indexes: primary key of members, push_subscriptions_user.
 */
export async function notePushes(
  db: Queryable,
  chats: readonly ChatId[],
  { waitS, againS }: Pace,
): Promise<void> {
  await db.query({
    name: 'pushes-note',
    text: `insert into pushes as q (subscription_id, chat_id, due_at)
           select p.id, m.chat_id, now() + make_interval(secs => $3)
           from unnest($1::bigint[]) as w (chat)
           cross join lateral (
             select last_seq from chats where id = w.chat and kind <> 'saved' and deleted_at is null offset 0
           ) c
           cross join lateral (
             select ${memberColumns} from members m
             where m.chat_id = w.chat and m.role in ${activeRolesSql} and m.read_seq < c.last_seq offset 0
           ) m
           cross join lateral (select id from push_subscriptions where user_id = m.user_id offset 0) p
           where ${wantedSql} and not ${toldSql}
           order by 1, 2 ${onConflictSql}`,
    values: [chats, againS, waitS],
  })
}

/**
 * The same for one chat of many members, a page of all subscriptions at a time.
 * Index: primary keys of push_subscriptions and members.
 * @returns the last subscription looked at; undefined when there are no more
 */
export async function notePushesOfMany(
  db: Queryable,
  chat: ChatId,
  { waitS, againS }: Pace,
  { after, limit }: { after: number; limit: number },
): Promise<number | undefined> {
  const rows = await db.query<{ last: number | null; count: number }>({
    name: 'pushes-note-many',
    text: `with page as materialized (
             select id, user_id from push_subscriptions where id > $4 order by id limit $5
           ),
           noted as (
             insert into pushes as q (subscription_id, chat_id, due_at)
             select p.id, m.chat_id, now() + make_interval(secs => $3)
             from (select last_seq from chats where id = $1 and deleted_at is null) c
             cross join page p
             cross join lateral (
               select ${memberColumns} from members m
               where m.chat_id = $1 and m.user_id = p.user_id and m.role in ${activeRolesSql}
                 and m.read_seq < c.last_seq offset 0
             ) m
             where ${wantedSql} and not ${toldSql}
             order by 1, 2 ${onConflictSql}
           )
           select max(id) as last, count(*)::int as count from page`,
    values: [chat, againS, waitS, after, limit],
  })
  return nextOf(rows[0], limit)
}

/**
 * Notes what was said lately in the chats of a page of subscriptions and has not been told: for a start, and after news
 * were lost. Index: members_user. @returns as `notePushesOfMany`
 */
export async function noteMissedPushes(
  db: Queryable,
  { againS, sinceS }: { againS: number; sinceS: number },
  { after, limit }: { after: number; limit: number },
): Promise<number | undefined> {
  const rows = await db.query<{ last: number | null; count: number }>({
    name: 'pushes-note-missed',
    text: `with page as materialized (
             select id, user_id from push_subscriptions where id > $1 order by id limit $3
           ),
           noted as (
             insert into pushes as q (subscription_id, chat_id, due_at)
             select p.id, m.chat_id, now()
             from page p
             cross join lateral (
               select ${memberColumns} from members m where m.user_id = p.user_id and m.role in ${activeRolesSql} offset 0
             ) m
             cross join lateral (
               select last_seq from chats where id = m.chat_id and kind <> 'saved' and deleted_at is null
                 and last_seq > m.read_seq and last_at > now() - make_interval(secs => $4) offset 0
             ) c
             where ${wantedSql} and not ${toldSql}
             order by 1, 2 ${onConflictSql}
           )
           select max(id) as last, count(*)::int as count from page`,
    values: [after, againS, limit, sinceS],
  })
  return nextOf(rows[0], limit)
}

function nextOf(
  row: { last: number | null; count: number } | undefined,
  limit: number,
): number | undefined {
  return row && row.count === limit ? (row.last ?? undefined) : undefined
}

/** One row of the queue. */
export interface PushKey {
  subscription: number
  chat: ChatId
}

/** One that is ours until its lease ends: then somebody else looks, in case that we died. */
export interface DuePush extends PushKey {
  user: UserId
  /** Of the push service, with its port where that is not the usual one. */
  host: string
  /** How often somebody looked, this time included. */
  tries: number
}

/** Whose rows stay where they are, because as many of theirs are under way as may be. */
export interface Busy {
  users: readonly UserId[]
  hosts: readonly string[]
}

/**
 * Takes rows that are due, the longest waiting first; those that another process holds are left out. Those of `busy` are
 * passed by, at the cost of an index probe each, so that they keep nobody else waiting. Index: pushes_due.
 */
export async function takeDuePushes(
  db: Queryable,
  limit: number,
  leaseS: number,
  { users, hosts }: Busy,
): Promise<DuePush[]> {
  return db.query<DuePush>({
    name: 'pushes-take',
    text: `with d as (
             select q.subscription_id, q.chat_id, q.due_at, p.user_id, ${hostSql} as host
             from pushes q join push_subscriptions p on p.id = q.subscription_id
             where q.due_at <= now() and p.user_id <> all ($3::bigint[]) and ${hostSql} <> all ($4::text[])
             order by q.due_at limit $1 for update of q skip locked
           ),
           taken as (
             update pushes q set due_at = now() + make_interval(secs => $2), tries = q.tries + 1
             from d where q.subscription_id = d.subscription_id and q.chat_id = d.chat_id
             returning q.subscription_id, q.chat_id, q.tries, d.due_at, d.user_id, d.host
           )
           select subscription_id as subscription, chat_id as chat, tries, user_id as "user", host
           from taken order by due_at, subscription_id, chat_id`,
    values: [limit, leaseS, users, hosts],
  })
}

/** Of an endpoint that browsers wrote: `https://host/…`. */
const hostSql = "split_part(p.endpoint, '/', 3)"

/** Puts rows that were taken off: they were not looked at, so it was no try. */
export async function putOffPushes(
  db: Queryable,
  keys: readonly PushKey[],
  seconds: number,
): Promise<void> {
  if (keys.length === 0) return
  await db.query({
    name: 'pushes-put-off',
    text: `update pushes q set due_at = now() + make_interval(secs => $3), tries = greatest(q.tries - 1, 0)
           from unnest($1::bigint[], $2::bigint[]) as w (subscription, chat)
           where q.subscription_id = w.subscription and q.chat_id = w.chat and q.due_at is not null`,
    values: [keys.map(key => key.subscription), keys.map(key => key.chat), seconds],
  })
}

/** The message that a push tells of. */
export interface PushedMessage {
  seq: Seq
  text: string
  ents: Entity[] | null
  extra: MessageExtra | null
  isPoll: boolean
  /** Its author as the reader calls them; null for the chat itself. */
  author: string | null
}

/** A row of the queue with all that decides about it. */
export interface PushView extends PushKey, PushAddress {
  user: UserId
  previews: boolean
  kind: ChatKind
  title: string | null
  /** The chat's last message. */
  top: Seq
  unread: number
  /** Unread messages of all chats that are not muted. */
  badge: number
  /** The newest one to tell of; null when there is none. */
  message: PushedMessage | null
}

/** How far back a message to tell of may stand behind others that are none. */
const lookedThrough = 50
/** Chats that are counted for the badge. */
const badgeChatsMax = 500

/**
 * Reads them; those are left out whose session has ended, and whose person has left the chat or is not asked to answer a
 * stranger's request there. A message is told that is new, not their own, not silent, of nobody whom they block, and in a
 * muted chat only when it calls them.
 * @param sinceS older ones are told to nobody any more
 */
export async function readPushes(
  db: Queryable,
  keys: readonly PushKey[],
  sinceS: number,
): Promise<PushView[]> {
  type Row = Omit<PushView, 'message'> & Partial<PushedMessage>
  const rows = await db.query<Row>({
    name: 'pushes-read',
    text: `select q.subscription_id as subscription, q.chat_id as chat, p.user_id as "user",
             p.endpoint, p.p256dh, p.auth, p.previews, c.kind, c.title, c.last_seq as top,
             c.last_seq - m.read_seq as unread, ${badgeSql} as badge,
             n.seq, n.text, n.entities as ents, n.extra, n.kind = ${messageKind.poll} as "isPoll",
             case when not n.as_chat then coalesce(
               (select k.name from contacts k where k.user_id = p.user_id and k.contact_id = n.sender_id),
               (select u.name from users u where u.id = n.sender_id)) end as author
           from unnest($1::bigint[], $2::bigint[]) as w (subscription, chat)
           cross join lateral (
             select subscription_id, chat_id, told_seq from pushes
             where subscription_id = w.subscription and chat_id = w.chat offset 0
           ) q
           cross join lateral (
             select user_id, session_id, endpoint, p256dh, auth, previews, created_at from push_subscriptions
             where id = w.subscription offset 0
           ) p
           cross join lateral (
             select from sessions where id = p.session_id and revoked_at is null and expires_at > now() offset 0
           ) s
           cross join lateral (
             select kind, title, last_seq from chats where id = w.chat and deleted_at is null offset 0
           ) c
           cross join lateral (
             select ${memberColumns}, m.hidden_up_to from members m
             where m.chat_id = w.chat and m.user_id = p.user_id and m.role in ${activeRolesSql} offset 0
           ) m
           left join lateral (
             select l.seq, l.sender_id, l.kind, l.text, l.entities, l.extra, l.as_chat from (
               select seq, sender_id, kind, text, entities, extra, as_chat, silent, created_at, deleted_at from messages
               where chat_id = w.chat and seq > greatest(m.read_seq, m.hidden_up_to, q.told_seq) order by seq desc limit ${lookedThrough}
             ) l
             where l.sender_id <> p.user_id and not l.silent and l.deleted_at is null
               and l.kind <> ${messageKind.service}
               and l.created_at > greatest(now() - make_interval(secs => $3), p.created_at)
               and not exists (select from blocks b where b.user_id = p.user_id and b.blocked_id = l.sender_id)
               and (m.muted_until is null or m.muted_until <= now() or not m.mentions_muted and exists (
                 select from mentions x where x.user_id = p.user_id and x.chat_id = w.chat and x.seq = l.seq))
             order by l.seq desc limit 1
           ) n on true
           where not exists (
             select from message_requests r where r.chat_id = w.chat and r.to_id = p.user_id)`,
    values: [keys.map(key => key.subscription), keys.map(key => key.chat), sinceS],
  })
  return rows.map(({ seq, text, ents, extra, isPoll, author, ...rest }) => ({
    ...rest,
    // Of the outer join: either all of it is there or nothing.
    message:
      seq == null
        ? null
        : {
            seq,
            text: text ?? '',
            ents: ents ?? null,
            extra: extra ?? null,
            isPoll: isPoll ?? false,
            author: author ?? null,
          },
  }))
}

const badgeSql = `(
  select coalesce(sum(h.last_seq - o.read_seq), 0)::int from (
    select chat_id, read_seq from members m
    where m.user_id = p.user_id and m.role in ${activeRolesSql} and (m.muted_until is null or m.muted_until <= now())
    limit ${badgeChatsMax}
  ) o
  cross join lateral (
    select last_seq from chats where id = o.chat_id and deleted_at is null and last_seq > o.read_seq offset 0
  ) h)`

/**
 * Everything up to `seq` is told, or need not be. What has come meanwhile makes the row due again: it is looked for in a
 * statement that begins when the row is locked, so that it cannot come in between.
 * @param pushed something was shown: the next push of this chat waits a little longer
 */
export async function endPush(
  db: Db,
  { subscription, chat }: PushKey,
  { seq, pushed }: { seq: Seq; pushed: boolean },
  againS: number,
): Promise<void> {
  await db.tx(async tx => {
    const [row] = await tx.query({
      name: 'push-lock',
      text: 'select 1 from pushes where subscription_id = $1 and chat_id = $2 for update',
      values: [subscription, chat],
    })
    if (!row) return
    await tx.query({
      name: 'push-end',
      text: `update pushes set told_seq = greatest(told_seq, $3), tries = 0,
               told_at = case when $4 then now() else told_at end,
               due_at = (select now() + make_interval(secs => $5) from chats c
                 where c.id = $2 and c.last_seq > $3 and c.deleted_at is null)
             where subscription_id = $1 and chat_id = $2`,
      values: [subscription, chat, seq, pushed, againS],
    })
  })
}

/** Somebody looks again in so many seconds. */
export async function postponePush(
  db: Queryable,
  { subscription, chat }: PushKey,
  seconds: number,
): Promise<void> {
  await db.query({
    name: 'push-postpone',
    text: `update pushes set due_at = now() + make_interval(secs => $3) where subscription_id = $1 and chat_id = $2`,
    values: [subscription, chat, seconds],
  })
}

/** Nobody is there to be told. */
export async function dropPushes(db: Queryable, keys: readonly PushKey[]): Promise<void> {
  if (keys.length === 0) return
  await db.query({
    name: 'pushes-drop',
    text: `delete from pushes q using unnest($1::bigint[], $2::bigint[]) as w (subscription, chat)
           where q.subscription_id = w.subscription and q.chat_id = w.chat`,
    values: [keys.map(key => key.subscription), keys.map(key => key.chat)],
  })
}
