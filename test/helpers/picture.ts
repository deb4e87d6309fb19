// What a client shows of everything that is certain, and what PostgreSQL says that it should: plain data that can be
// compared. Left out is what is told at best effort: presence, typing, marks of others, views.

import type { PetrelClient } from '#client/index.ts'
import type { ChatView, MessageView } from '#client/types.ts'
import type { ChatId, UserId } from '#shared/protocol/ids.ts'
import { ask } from './raw-view.ts'

export type Picture = Record<string, unknown>

/** Opens every chat and loads all of it, and the parts of the user's own state. */
export async function loadAll(client: PetrelClient): Promise<void> {
  while (client.getSnapshot().moreChats) await client.loadMoreChats()
  const { chats, requests } = client.getSnapshot()
  for (const { chat } of [...chats, ...requests]) {
    await client.open(chat.id)
    const windowOf = () => client.getSnapshot().windows.get(chat.id)
    while (windowOf()?.moreBefore) await client.loadBefore(chat.id)
    while (windowOf()?.moreAfter) await client.loadAfter(chat.id)
  }
  const { contacts, blocks, privacy } = client.people
  const sections = [contacts, blocks, privacy, client.folders.list, client.scheduled.list]
  await Promise.all(sections.map(section => section.load()))
}

/** Everything that two devices of a person show alike, by a name that says where a difference is. */
export function pictureOf(client: PetrelClient): Picture {
  const { chats, requests, windows, pending } = client.getSnapshot()
  const picture: Picture = {
    pending,
    contacts: [...(client.people.contacts.get() ?? [])].sort(byFirst),
    blocks: [...(client.people.blocks.get() ?? [])].sort(byFirst),
    privacy: client.people.privacy.get(),
    folders: client.folders.list.get(),
    scheduled: client.scheduled.list.get(),
    order: chats.map(({ chat }) => chat.id),
    requests: requests.map(({ chat }) => chat.id),
  }
  for (const view of [...chats, ...requests]) {
    picture[`chat ${view.chat.id}`] = certain(view)
    const rows = windows.get(view.chat.id)?.messages ?? []
    for (const row of rows) picture[`chat ${view.chat.id} message ${row.seq}`] = settled(row)
  }
  return picture
}

/** Names under which the two differ, with what they say. */
export function differencesOf(one: Picture, other: Picture): string[] {
  const names = new Set([...Object.keys(one), ...Object.keys(other)])
  return [...names].flatMap(name => {
    const [here, there] = [stable(one[name]), stable(other[name])]
    return here === there ? [] : [`${name}: ${here} not ${there}`]
  })
}

function certain({ chat, peer, title, unread, mentions, archived, draft, last }: ChatView) {
  const { peerRead: _read, peerDelivered: _delivered, last: _last, me, ...rest } = chat
  // A change of role alone tells no device its urev; what follows from the other ones is told by the view.
  const { urev: _, mentions: __, draft: ___, archived: ____, archivedSeq: _____, ...place } = me
  const shown = { title, peer: peer?.name, unread, mentions, archived, draft }
  return { ...rest, me: place, ...shown, last: last && settled(last) }
}

function settled({ state, views: _, comments: __, ...row }: MessageView) {
  return { ...row, isHere: state !== 'sending' && state !== 'failed' }
}

/** The part of a picture that PostgreSQL knows in other words. */
export function essenceOf(client: PetrelClient): Picture {
  const { chats, requests, windows } = client.getSnapshot()
  const essence: Picture = {}
  for (const { chat, draft, archived } of [...chats, ...requests]) {
    const { me } = chat
    essence[`chat ${chat.id}`] = {
      rev: chat.rev,
      seq: chat.seq,
      title: chat.title ?? '',
      role: me.role,
      read: me.read,
      isPinned: me.pinned === true,
      isArchived: archived,
      isUnread: me.unread === true,
      isMuted: me.mutedUntil !== undefined,
      draft: draft?.text ?? '',
    }
    for (const row of windows.get(chat.id)?.messages ?? []) {
      const isGone = row.deleted === true
      essence[`chat ${chat.id} message ${row.seq}`] = {
        text: row.text,
        isGone,
        isEdited: !isGone && row.edited !== undefined,
        isPinned: row.pinned === true,
        mine: isGone ? [] : [...(row.mine ?? [])].sort(),
        reacts: isGone ? {} : Object.fromEntries((row.reacts ?? []).map(({ e, n }) => [e, n])),
        votes: [...(row.poll?.mine ?? [])].sort(),
      }
    }
  }
  return essence
}

interface StoredRow {
  chat: ChatId
  seq: number
  text: string
  isGone: boolean
  isEdited: boolean
  isPinned: boolean
  mine: string[]
  reacts: Record<string, number>
  votes: number[]
}

/** What `essenceOf` must be, read from the tables themselves. */
export async function storedEssence(databaseUrl: string, user: UserId): Promise<Picture> {
  const chats = await ask<{ id: string; rev: string; seq: string; read: string }>(
    databaseUrl,
    `select c.id, c.last_rev as rev, c.last_seq as seq, coalesce(c.title, '') as title, m.role, m.read_seq as read,
            m.pinned_at is not null as "isPinned", 
            -- A later message brings it back, unless the chat is muted then.
            coalesce(m.archived_seq >= c.last_seq or m.archived_seq is not null and m.muted_until > c.last_at, false) as "isArchived", m.unread as "isUnread",
            coalesce(m.muted_until > now(), false) as "isMuted", coalesce(m.draft ->> 'text', '') as draft
     from members m join chats c on c.id = m.chat_id
     where m.user_id = $1 and m.role in ('owner', 'admin', 'member', 'restricted')`,
    [user],
  )
  const rows = await ask<StoredRow>(
    databaseUrl,
    `select r.chat_id::float8 as chat, r.seq::float8 as seq, r.text, r.gone as "isGone",
            not r.gone and r.edited_at is not null as "isEdited",
            not r.gone and r.pinned_at is not null as "isPinned",
            case when r.gone then '{}' else array(select emoji from reactions x
              where x.chat_id = r.chat_id and x.seq = r.seq and x.user_id = $1 order by emoji collate "C") end as mine,
            case when r.gone then '{}' else coalesce((select json_object_agg(emoji, n) from (select emoji, count(*)::int as n
              from reactions x where x.chat_id = r.chat_id and x.seq = r.seq group by emoji) sums), '{}') end as reacts,
            array(select option from votes v
              where v.chat_id = r.chat_id and v.seq = r.seq and v.user_id = $1 and not r.gone order by option) as votes
     from (select s.chat_id, s.seq, s.edited_at, s.pinned_at, s.deleted_at is not null or h.seq is not null as gone,
                  case when h.seq is null then s.text else '' end as text
           from members m join messages s on s.chat_id = m.chat_id and s.seq > m.hidden_up_to
           left join hidden_messages h on h.user_id = m.user_id and h.chat_id = s.chat_id and h.seq = s.seq
           where m.user_id = $1 and m.role in ('owner', 'admin', 'member', 'restricted')) r`,
    [user],
  )
  const essence: Picture = {}
  for (const { id, rev, seq, read, ...rest } of chats)
    essence[`chat ${id}`] = { rev: Number(rev), seq: Number(seq), read: Number(read), ...rest }
  for (const { chat, seq, ...rest } of rows) essence[`chat ${chat} message ${seq}`] = rest
  return essence
}

function byFirst([one]: readonly [number, unknown], [other]: readonly [number, unknown]): number {
  return one - other
}

/** JSON with the keys of every object in order. */
function stable(value: unknown): string | undefined {
  return JSON.stringify(value, (_key, inner) => {
    if (inner === null || typeof inner !== 'object' || Array.isArray(inner)) return inner
    return Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
  })
}
