// Channels: what a post costs with however many subscribers, who learns who wrote it, and what its statistics say.

import t from 'tap'
import { decode } from '#shared/protocol/codec.ts'
import { AppError } from '#shared/protocol/codes.ts'
import type { ChatId, UserId } from '#shared/protocol/ids.ts'
import { right } from '#shared/protocol/permissions.ts'
import type { Queryable } from '#shared/store/db.ts'
import { countViews } from '#shared/store/post-counts.ts'
import { nextRid, openWorld, refusal } from '#test/helpers/world.ts'
import { readStats, setSignatures } from './channels.ts'
import { deleteMessages, editMessage } from './edit-message.ts'
import { forwardMessages } from './forward-messages.ts'
import { addMembers, leaveChat, setRole } from './members.ts'
import { pinMessage } from './pin-message.ts'
import { describeChat, listChats, listMembers, readHistory } from './read-chats.ts'
import { sendBatch } from './send-messages.ts'
import { readDiff, readUserDiff } from './sync.ts'

const world = await openWorld(t)

interface Counts {
  read: number
  inserted: number
  updated: number
  deleted: number
}

/** Rows that this connection has touched and not reported yet, by table. */
async function touched(tx: Queryable): Promise<Map<string, Counts>> {
  const rows = await tx.query<Counts & { name: string }>({
    text: `select relname as name, (coalesce(seq_tup_read, 0) + coalesce(idx_tup_fetch, 0))::int as read,
             n_tup_ins::int as inserted, n_tup_upd::int as updated, n_tup_del::int as deleted
           from pg_stat_xact_user_tables`,
  })
  return new Map(rows.map(({ name, ...counts }) => [name, counts]))
}

function difference(before: Map<string, Counts>, after: Map<string, Counts>) {
  const tables = [...after].map(([name, now]): [string, Counts] => {
    const { read = 0, inserted = 0, updated = 0, deleted = 0 } = before.get(name) ?? {}
    return [
      name,
      {
        read: now.read - read,
        inserted: now.inserted - inserted,
        updated: now.updated - updated,
        deleted: now.deleted - deleted,
      },
    ]
  })
  return Object.fromEntries(
    tables.filter(([, counts]) => Object.values(counts).some(count => count > 0)),
  )
}

/** Makes so many more people subscribers, without the cost of joining. */
async function subscribe(chat: ChatId, count: number): Promise<void> {
  for (let left = count; left > 0; left -= 10_000) {
    await world.db.query({
      text: `with people as (
               insert into users (name) select 'R' from generate_series(1, $2::int) returning id
             )
             insert into members (chat_id, user_id, role) select $1, id, 'member' from people`,
      values: [chat, Math.min(left, 10_000)],
    })
  }
  await world.db.query({
    text: 'update chats set member_count = member_count + $2 where id = $1',
    values: [chat, count],
  })
  // As autovacuum does it within a minute: what a young table is believed to hold is no subject here.
  await world.db.query({ text: 'analyze members' })
}

async function costOfPost(chat: ChatId, sender: UserId) {
  return world.db.tx(async tx => {
    const before = await touched(tx)
    const post = { chat, sender, rid: nextRid(), text: 'News', ents: undefined, reply: undefined }
    const { results } = await sendBatch(tx, [
      { ...post, silent: false, origin: undefined, members: 0 },
    ])
    const [result] = results
    if (!result || result instanceof AppError) throw result ?? new Error('no answer')
    return difference(before, await touched(tx))
  })
}

t.test('a post costs the same with three subscribers and with a hundred thousand', async t => {
  const [alice = 0] = await world.people(1)
  const chat = await world.channel(alice)
  await subscribe(chat, 3)
  await costOfPost(chat, alice)
  const small = await costOfPost(chat, alice)
  await subscribe(chat, 100_000)
  const large = await costOfPost(chat, alice)
  const { members: _, ...rest } = small
  const { members, ...others } = large
  t.same(others, rest)
  t.equal(large.messages?.inserted, 1)
  t.equal(large.outbox?.inserted, 1)
  t.equal(large.chats?.updated, 1)
  t.same(
    Object.keys(large).sort(),
    ['chats', 'members', 'messages', 'outbox'],
    'nothing else is touched',
  )
  t.same(members, { read: 1, inserted: 0, updated: 0, deleted: 0 }, 'of the members, who posts')
  const [head] = await world.db.query<{ n: number }>({
    text: 'select member_count as n from chats where id = $1',
    values: [chat],
  })
  t.equal(head?.n, 100_004)
})

t.test('only members with the right to may post', async t => {
  const [alice = 0, admin = 0, bob = 0] = await world.people(3)
  const chat = await world.channel(alice, [admin, bob])
  await setRole(world, alice, { chat, user: admin, role: 'admin', rights: right.post })
  const codeOf = async (sender: UserId) => {
    const [result] = await world.send({ chat, sender })
    return result instanceof AppError ? result.code : 'none'
  }
  t.equal(await codeOf(alice), 'none')
  t.equal(await codeOf(admin), 'none')
  t.equal(await codeOf(bob), 'forbidden')
  await setRole(world, alice, { chat, user: admin, role: 'admin', rights: right.pin })
  t.equal(await codeOf(admin), 'forbidden', 'an admin without the right')
})

t.test('without signatures nobody learns who wrote a post', async t => {
  const [alice = 0, admin = 0, bob = 0, carol = 0] = await world.people(4)
  const chat = await world.channel(alice, [admin, bob])
  await setRole(world, alice, { chat, user: admin, role: 'admin' })
  const elsewhere = await world.group(bob, [carol])
  // From here on nothing that a subscriber gets may name who wrote.
  const from = world.published.length
  const since = (await world.head(chat)).rev
  const one = await world.sent({ chat, sender: admin, text: 'One' })
  const two = await world.sent({ chat, sender: admin, text: 'Two' })
  await editMessage(world, admin, { chat, seq: one.seq, text: 'One, edited' }, 4_096)
  await deleteMessages(world, admin, chat, [two.seq])
  await pinMessage(world, admin, { chat, seq: one.seq, on: true })
  await forwardMessages(world, bob, {
    chat: elsewhere,
    from: chat,
    seqs: [one.seq],
    rids: [nextRid()],
  })
  const frames = world.published
    .slice(from)
    .flatMap(batch => batch.events)
    .flatMap(event => (event.type === 'chat' ? [decode(event.frame).frame] : []))
  t.ok(frames.length >= 6, 'posts, edit, deletion, pin, forward')
  const history = await readHistory(world, bob, chat, {}, 50)
  t.same(
    history.messages.map(message => message.from),
    history.messages.map(() => 0),
  )
  const seen = {
    frames,
    history,
    diff: await readDiff(world, bob, chat, since),
    chat: await describeChat(world, bob, chat),
    list: (await listChats(world, bob, undefined, 50)).chats,
    own: await readUserDiff(world, bob, 0),
    forwarded: await readHistory(world, carol, elsewhere, {}, 50),
  }
  for (const [where, what] of Object.entries(seen)) {
    t.notOk(JSON.stringify(what).includes(String(admin)), where)
  }
  t.equal(await refusal(listMembers(world, bob, chat, {}, 50)), 'forbidden')
  const forOwner = await readHistory(world, alice, chat, {}, 50)
  t.notOk(JSON.stringify(forOwner).includes(String(admin)), 'nor does another admin')
})

t.test('the author, and nobody else, is told which unsigned posts are theirs', async t => {
  const [alice = 0, admin = 0, bob = 0] = await world.people(3)
  const chat = await world.channel(alice, [admin, bob])
  await setRole(world, alice, { chat, user: admin, role: 'admin' })
  const hers = await world.sent({ chat, sender: alice })
  const his = await world.sent({ chat, sender: admin })
  const mineOf = async (user: UserId) => (await readHistory(world, user, chat, {}, 50)).mine
  t.same(await mineOf(alice), [hers.seq])
  t.same(await mineOf(admin), [his.seq])
  t.equal(await mineOf(bob), undefined)
  await editMessage(world, alice, { chat, seq: his.seq, text: 'Corrected' }, 9)
  t.same(await mineOf(admin), [his.seq], 'also when another admin edited it')
  await deleteMessages(world, alice, chat, [hers.seq])
  t.equal(await mineOf(alice), undefined)
})

t.test('signatures hold for new posts only, both ways', async t => {
  const [alice = 0, bob = 0] = await world.people(2)
  const chat = await world.channel(alice, [bob])
  await world.sent({ chat, sender: alice })
  await setSignatures(world, alice, { chat, on: true })
  t.equal((await describeChat(world, bob, chat)).chat.signatures, true)
  await world.sent({ chat, sender: alice })
  const { rev } = await setSignatures(world, alice, { chat, on: false })
  t.same(await setSignatures(world, alice, { chat, on: false }), { rev }, 'again changes nothing')
  await world.sent({ chat, sender: alice })
  const { messages, users, mine } = await readHistory(world, bob, chat, {}, 50)
  t.same(
    messages.map(message => message.from),
    [0, alice, 0],
  )
  t.ok(users.some(user => user.id === alice))
  t.equal(mine, undefined)
  t.equal((await describeChat(world, bob, chat)).chat.signatures, undefined)
})

t.test('signatures are for those who may change a channel', async t => {
  const [alice = 0, admin = 0, bob = 0, carol = 0] = await world.people(4)
  const chat = await world.channel(alice, [admin, bob])
  await setRole(world, alice, { chat, user: admin, role: 'admin', rights: right.post })
  const code = (user: UserId, chat: ChatId) =>
    refusal(setSignatures(world, user, { chat, on: true }))
  t.equal(await code(carol, chat), 'not_found')
  t.equal(await code(bob, chat), 'forbidden')
  t.equal(await code(admin, chat), 'forbidden')
  const group = await world.group(alice)
  t.equal(await code(alice, group), 'conflict')
})

t.test('statistics: who came and went, what was posted and seen, day by day', async t => {
  const [alice = 0, bob = 0, carol = 0] = await world.people(3)
  const chat = await world.channel(alice, [bob])
  await leaveChat(world, bob, chat)
  await addMembers(world, alice, chat, [bob, carol])
  for (let post = 0; post < 3; post++) await world.sent({ chat, sender: alice })
  await deleteMessages(world, alice, chat, [2])
  await countViews(world.db, [{ chat, user: bob, seqs: [1, 3] }])
  const dayMs = 86_400_000
  const today = Math.floor(world.clock.now() / dayMs) * dayMs
  const stats = await readStats(world, alice, { chat, days: 3 })
  t.equal(stats.members, 3)
  const none = { joined: 0, left: 0, posts: 0, views: 0 }
  t.same(stats.days, [
    { at: today - 2 * dayMs, members: 0, ...none },
    { at: today - dayMs, members: 0, ...none },
    { at: today, members: 3, joined: 4, left: 1, posts: 2, views: 2 },
  ])
})

t.test('statistics find posts of the period in a long history', async t => {
  const [alice = 0] = await world.people(1)
  const chat = await world.channel(alice)
  await world.send(...Array.from({ length: 500 }, () => ({ chat, sender: alice })))
  // One post an hour, the last one now: the first 500 − 48 lie before the two days asked for at the most.
  await world.db.query({
    text: `update messages set created_at = clock_timestamp() - make_interval(hours => 500 - seq::int) where chat_id = $1`,
    values: [chat],
  })
  const { days } = await readStats(world, alice, { chat, days: 2 })
  const posts = days.reduce((sum, day) => sum + day.posts, 0)
  const [counted] = await world.db.query<{ n: number }>({
    text: 'select count(*)::int as n from messages where chat_id = $1 and created_at >= to_timestamp($2::float8 / 1000)',
    values: [chat, days[0]?.at],
  })
  t.equal(posts, counted?.n)
  t.ok(posts >= 24 && posts <= 48, `${posts} posts`)
})

t.test('statistics are for those who run a channel', async t => {
  const [alice = 0, bob = 0, carol = 0] = await world.people(3)
  const chat = await world.channel(alice, [bob])
  t.equal(await refusal(readStats(world, bob, { chat, days: 1 })), 'forbidden')
  t.equal(await refusal(readStats(world, carol, { chat, days: 1 })), 'not_found')
  const group = await world.group(alice)
  t.equal(await refusal(readStats(world, alice, { chat: group, days: 1 })), 'conflict')
})
