// Everything that people, admins and jobs do, at the same moment in the same few chats: nothing fails but what is refused,
// nobody waits for somebody who waits for them, every position is told once, and what is counted in one place is what
// lies in another. races.test.ts and the tests of each action say which order of two things is right.

import t from 'tap'
import { AppError } from '#shared/protocol/codes.ts'
import type { ChatId, Seq, UserId } from '#shared/protocol/ids.ts'
import { countViews } from '#shared/store/post-counts.ts'
import { markDelivered } from '#shared/store/read-marks.ts'
import { Stems } from '#shared/store/stems.ts'
import { nextRid, openWorld } from '#test/helpers/world.ts'
import { choose } from './choose.ts'
import { setContact } from './contacts.ts'
import { createRoom } from './create-chat.ts'
import { createDirect, sendToQuiet } from './direct-chats.ts'
import { countComments, linkDiscussion, unlinkDiscussion } from './discussions.ts'
import { editChat } from './edit-chat.ts'
import { deleteMessages, editMessage } from './edit-message.ts'
import { eraseCleared, expireMessages } from './expire-messages.ts'
import { forwardMessages } from './forward-messages.ts'
import { clearHistory, hideMessages } from './hide-messages.ts'
import { indexMessages } from './index-messages.ts'
import { createInvite, joinByInvite } from './invites.ts'
import { answerJoinRequests } from './join-requests.ts'
import { markReadBatch } from './mark-read.ts'
import { addMembers, leaveChat, removeMember, setRole } from './members.ts'
import { mirrorPosts } from './mirror-posts.ts'
import { pinMessage } from './pin-message.ts'
import { closePoll, createPoll } from './polls.ts'
import { joinDiscussion } from './public-names.ts'
import { liftExpired, restrict } from './restrict.ts'
import { setDefaultRights, setRules } from './rules.ts'
import { schedule } from './scheduled.ts'
import { sendDue } from './send-scheduled.ts'
import { setAutoDelete } from './set-auto-delete.ts'
import { setBlock } from './set-block.ts'
import { setDraft, setPlace } from './set-place.ts'
import { tellSums } from './tell-sums.ts'

const actsEach = 60
const atOnce = 24

const world = await openWorld(t, { poolMax: 40 })
const rows = <Row>(text: string) => world.db.query<Row>({ text })

const people = await world.people(6)
const [alice = 0, bob = 0, carol = 0, dave = 0] = people
const group = await world.group(alice, people.slice(1))
const channel = await world.channel(alice, people.slice(1))
const rooms = [group, channel]
const directs = [
  await world.direct(alice, bob),
  await world.direct(bob, carol),
  await world.direct(alice, dave),
]
const chats = [...rooms, ...directs]
const links = await Promise.all(
  rooms.flatMap(chat =>
    [{}, { approval: true as const }].map(async how => {
      const { token } = await createInvite(world, alice, { chat, rid: nextRid(), ...how })
      return token
    }),
  ),
)
await linkDiscussion(world, alice, { channel, group })
const stems = new Stems()

const chance = (part: number) => Math.random() < part
const one = <Item>(list: readonly Item[]): Item =>
  list[Math.floor(Math.random() * list.length)] as Item
const some = <Item>(list: readonly Item[]): Item[] => list.filter(() => chance(0.5))
const who = (): UserId => one(people)
/** Who runs the rooms, most of the time. */
const admin = (): UserId => one([alice, alice, alice, bob])
const other = (): UserId => one(people.slice(1))
/** One of the last messages of a chat. */
async function spot(chat: ChatId = one(chats)): Promise<{ chat: ChatId; seq: Seq }> {
  const { seq } = await world.head(chat)
  return { chat, seq: Math.max(1, seq - Math.floor(Math.random() * 10)) }
}
const marks = (of: readonly ChatId[]) =>
  Promise.all(people.flatMap(user => some(of).map(async chat => ({ user, ...(await spot(chat)) }))))

const acts: Record<string, () => Promise<unknown>> = {
  send: () => world.send(...Array.from({ length: 4 }, () => ({ chat: one(chats), sender: who() }))),
  call: () => world.send({ chat: group, sender: who(), mentions: some(people) }),
  comment: async () => world.send({ chat: group, sender: who(), reply: (await spot(group)).seq }),
  sendToQuiet: () => sendToQuiet(world, who(), { ...plain(), chat: one(directs) }),
  forward: async () => {
    const { chat: from, seq } = await spot()
    return forwardMessages(world, who(), { chat: one(chats), from, seqs: [seq], rids: [nextRid()] })
  },
  edit: async () => editMessage(world, who(), { ...(await spot()), text: `${nextRid()}` }, 4_096),
  delete: async () => {
    const { chat, seq } = await spot()
    return deleteMessages(world, who(), chat, [seq])
  },
  pin: async () => pinMessage(world, who(), { ...(await spot()), on: chance(0.6) }),
  hide: async () => {
    const { chat, seq } = await spot()
    return hideMessages(world, who(), chat, [seq])
  },
  clear: async () => {
    const chat = one(chats)
    const forAll = directs.includes(chat) && chance(0.3) && { forAll: true as const }
    const { seq } = await spot(chat)
    return clearHistory(world, who(), { chat, upTo: Math.max(1, seq - 20), ...forAll })
  },
  read: async () => markReadBatch(world, await marks(chats)),
  delivered: async () => markDelivered(world.db, await marks(directs)),
  place: () => setPlace(world, who(), 100, { chat: one(chats), pinned: chance(0.5), unread: true }),
  draft: () => setDraft(world, who(), 4_096, { chat: one(chats), text: `${nextRid()}` }),
  poll: () => {
    const input = { chat: one(chats), rid: nextRid(), question: 'Which?', options: ['a', 'b'] }
    return createPoll(world, who(), input)
  },
  vote: async () =>
    choose(
      world,
      await spot(),
      some(people).map(user => ({ user, options: [0] })),
    ),
  react: async () =>
    choose(
      world,
      await spot(),
      some(people).map(user => ({ user, emojis: chance(0.3) ? [] : [one(['👍', '🔥'])] })),
    ),
  closePoll: async () => closePoll(world, who(), await spot()),
  tellSums: async () => tellSums(world, await spot(), { skip: chance(0.5) }),
  add: () => addMembers(world, admin(), one(rooms), [who(), who()]),
  remove: () => removeMember(world, admin(), one(rooms), other()),
  leave: () => leaveChat(world, other(), one(rooms)),
  setRole: () => {
    const role = one(['admin', 'member'] as const)
    return setRole(world, admin(), { chat: one(rooms), user: other(), role })
  },
  restrict: () => {
    const role = one(['restricted', 'banned', 'member', 'member'] as const)
    const end = role !== 'member' && { untilAt: Date.now() + 100 }
    return restrict(world, admin(), { chat: one(rooms), user: other(), role, rights: 1, ...end })
  },
  liftExpired: () => liftExpired(world),
  join: () => joinByInvite(world, who(), one(links)),
  joinDiscussion: () => joinDiscussion(world, who(), channel),
  answerJoins: () => answerJoinRequests(world, admin(), { chat: one(rooms), accept: chance(0.7) }),
  rules: () => setRules(world, alice, { chat: group, slowModeS: one([0, 0, 0, 10]) }),
  rights: () => setDefaultRights(world, alice, { chat: group, rights: one([1_023, 1_023, 1]) }),
  autoDelete: () => setAutoDelete(world, who(), { chat: one(chats), s: one([0, 0, 86_400]) }),
  title: () => editChat(world, admin(), { chat: one(rooms), title: `${nextRid()}` }),
  newGroup: () => {
    const input = { kind: 'group', rid: nextRid(), title: 'Another', users: some(people) } as const
    return createRoom(world, who(), 'premium', input)
  },
  contact: () => setContact(world, who(), { user: who(), ...(chance(0.3) && { remove: true }) }),
  block: () => setBlock(world, who(), who(), chance(0.4)),
  direct: () => createDirect(world, who(), who()),
  schedule: () => {
    const later = { chat: one(chats), rid: nextRid(), text: 'Later', at: Date.now() + 50 }
    return schedule(world, who(), 'premium', later)
  },
  sendDue: () => sendDue(world),
  link: () => linkDiscussion(world, alice, { channel, group }),
  unlink: () => unlinkDiscussion(world, alice, channel),
  mirror: () => mirrorPosts(world, channel),
  count: () => countComments(world),
  view: async () => countViews(world.db, (await marks([channel])).map(seen)),
  expire: () => expireMessages(world),
  erase: () => eraseCleared(world),
  index: () => indexMessages({ db: world.db, stems }, chats, 100),
}

function plain() {
  const none = { ents: undefined, reply: undefined }
  return { rid: nextRid(), text: 'Hello', silent: false, need: 1, ...none }
}

function seen({ chat, user, seq }: { chat: ChatId; user: UserId; seq: Seq }) {
  return { chat, user, seqs: [seq, seq + 1] }
}

/** Does acts, one after another. @returns what went wrong and how often each was done and not refused */
async function act(done: Map<string, number>): Promise<string[]> {
  const wrong: string[] = []
  for (let i = 0; i < actsEach; i++) {
    const name = one(Object.keys(acts))
    try {
      await acts[name]?.()
      done.set(name, (done.get(name) ?? 0) + 1)
    } catch (error) {
      const isRefusal = error instanceof AppError && !['internal', 'timeout'].includes(error.code)
      if (!isRefusal) wrong.push(`${name}: ${error}`)
    }
  }
  return wrong
}

/** What must be nowhere, whatever happened. */
const contradictions: Record<string, string> = {
  'a count of members that is not theirs': `
    select id from chats c where kind in ('group', 'channel') and deleted_at is null and member_count <> (
      select count(*) from members m where m.chat_id = c.id and role in ('owner', 'admin', 'member', 'restricted'))`,
  'a room with another owner than its member list has': `
    select id from chats c where kind in ('group', 'channel') and deleted_at is null and array[owner_id] is distinct from (
      select array_agg(user_id) from members m where m.chat_id = c.id and role = 'owner')`,
  'a count of waiting requests that is not theirs': `
    select id from chats c where deleted_at is null and requests <> (
      select count(*) from join_requests r where r.chat_id = c.id and declined_at is null)`,
  'somebody who waits although they are in, or banned': `
    select 1 from join_requests r join members m using (chat_id, user_id) where declined_at is null and role <> 'left'`,
  'a hole in the numbers of messages': `
    select id from chats c where last_seq <> (select count(*) from messages m where m.chat_id = c.id)`,
  'two rows of one chat with the same rev': `
    select chat_id, rev from (select chat_id, rev from messages union all select chat_id, rev from members where rev > 0) x
    group by chat_id, rev having count(*) > 1`,
  'a row that is ahead of its chat': `
    select 1 from chats c join messages m on m.chat_id = c.id and m.rev > c.last_rev
    union all select 1 from chats c join members m on m.chat_id = c.id and m.rev > c.last_rev`,
  'a direct chat that is quiet for nothing, or open against a block': `
    select id from chats c where kind = 'direct' and (default_rights = 0) <> (
      exists (select from message_requests r where r.chat_id = c.id)
      or exists (select from blocks b where b.user_id in (direct_a, direct_b) and b.blocked_id in (direct_a, direct_b)))`,
  'a discussion that the two chats do not agree on': `
    select 1 from discussions d join chats c on c.id = channel_id join chats g on g.id = group_id
    where active <> (c.linked_id is not distinct from group_id) or active <> (g.linked_id is not distinct from channel_id)`,
  'a post that was mirrored twice': `
    select 1 from messages where kind = 3 and deleted_at is null group by chat_id, extra -> 'fwd' -> 'seq' having count(*) > 1`,
  'a scheduled message that is sent and still in the list': `
    select 1 from scheduled_messages s join messages m on m.sender_id = s.user_id and m.rid = s.rid and m.chat_id = s.chat_id`,
  'a deleted message with a text or choices': `
    select 1 from messages where deleted_at is not null and text <> ''
    union all select 1 from messages m join votes v using (chat_id, seq) where m.deleted_at is not null
    union all select 1 from messages m join reactions r using (chat_id, seq) where m.deleted_at is not null`,
  'reactions that the message does not tell': `
    select 1 from messages m where deleted_at is null and (
        select jsonb_object_agg(r ->> 'e', (r ->> 'n')::int) from jsonb_array_elements(m.reacts) r
      ) is distinct from (
        select jsonb_object_agg(emoji, n) from (
          select emoji, count(*)::int as n from reactions r where r.chat_id = m.chat_id and r.seq = m.seq group by emoji) x)`,
  'votes that the poll does not tell': `
    select 1 from messages m where kind = 2 and deleted_at is null and (extra -> 'poll' ->> 'voters')::int <> (
      select count(distinct user_id) from votes v where v.chat_id = m.chat_id and v.seq = m.seq)`,
  'comments that are not counted': `
    select 1 from mirrors r join discussions d using (channel_id, group_id) where d.active and comments <> (
      select count(*) from messages m where m.chat_id = r.group_id and m.thread = r.thread and deleted_at is null)`,
  'views that nobody had': `
    select 1 from message_views v where views <> (
      select count(*) from viewers w where w.chat_id = v.chat_id and w.seqs @> v.seq)`,
}

/** What follows later by itself: the mirrors, the counts and the sums. */
async function settle(): Promise<void> {
  await mirrorPosts(world, channel)
  await countComments(world)
  await rows('update dirty_messages set due_at = clock_timestamp() where due_at is not null')
  const left = await rows<{ chat: ChatId; seq: Seq }>(
    'select chat_id as chat, seq from dirty_messages where due_at is not null',
  )
  for (const each of left) await tellSums(world, each, { skip: false })
}

/** Positions that were told, by chat or user. */
function told(kind: 'chat' | 'user'): Map<number, number[]> {
  const positions = new Map<number, number[]>()
  for (const event of world.published.flatMap(batch => batch.events)) {
    const [id, at] =
      kind === 'chat'
        ? [event.type === 'chat' && event.chat, 'rev' in event ? event.rev : 0]
        : ['urev' in event && event.user, 'urev' in event ? event.urev : 0]
    if (id !== false) positions.set(id, [...(positions.get(id) ?? []), at])
  }
  return positions
}

t.test('everybody does everything at once', async t => {
  const done = new Map<string, number>()
  const wrong = await Promise.all(Array.from({ length: atOnce }, () => act(done)))
  t.same(wrong.flat(), [], 'nothing fails but what is refused')
  t.ok(done.size > Object.keys(acts).length / 2, `it was done: ${[...done.keys()].join()}`)
  const [row] = await rows<{ deadlocks: number }>(
    'select deadlocks::int from pg_stat_database where datname = current_database()',
  )
  t.equal(row?.deadlocks, 0, 'locks are taken in one order')
  await settle()
  for (const [what, query] of Object.entries(contradictions)) t.same(await rows(query), [], what)
  for (const kind of ['chat', 'user'] as const) {
    for (const [id, positions] of told(kind)) {
      const last = kind === 'chat' ? (await world.head(id)).rev : await world.urev(id)
      const all = Array.from({ length: last }, (_, i) => i + 1)
      t.same(
        positions.toSorted((a, b) => a - b),
        all,
        `each position of ${kind} ${id}, once`,
      )
    }
  }
})
