// Discussion groups: each post stands there once and follows its original, whoever mirrors it and whatever happens
// meanwhile; comments are counted once each.

import t from 'tap'
import { runDiscussions } from '#api/jobs/discussions.ts'
import { decode } from '#shared/protocol/codec.ts'
import type { ChatId, Seq, UserId } from '#shared/protocol/ids.ts'
import { limits } from '#shared/protocol/limits.ts'
import { type Message, message, type PostCounts } from '#shared/protocol/models.ts'
import { defaultRights, right } from '#shared/protocol/permissions.ts'
import type { Cast } from '#shared/store/bus.ts'
import { takeUncounted } from '#shared/store/discussions.ts'
import { messageKind } from '#shared/store/messages.ts'
import { until } from '#test/helpers/until.ts'
import { nextRid, openWorld, refusal } from '#test/helpers/world.ts'
import { setSignatures } from './channels.ts'
import { countComments, linkDiscussion, readPostComments, unlinkDiscussion } from './discussions.ts'
import { deleteMessages, editMessage } from './edit-message.ts'
import { hideMessages } from './hide-messages.ts'
import { leaveChat, setRole } from './members.ts'
import { mirrorPosts } from './mirror-posts.ts'
import { joinDiscussion } from './public-names.ts'
import { describeChat, readHistory } from './read-chats.ts'
import { report } from './report.ts'
import { setDefaultRights } from './rules.ts'
import { readDiff } from './sync.ts'

const world = await openWorld(t)
const casts: Cast[] = []
const round = () => runDiscussions({ ...world, bus: { cast: cast => casts.push(cast) } })

async function linked(subscribers: readonly UserId[] = [], members: readonly UserId[] = []) {
  const [alice = 0] = await world.people(1)
  const channel = await world.channel(alice, subscribers)
  const group = await world.group(alice, members)
  await linkDiscussion(world, alice, { channel, group })
  return { alice, channel, group }
}

/** The mirrors of a group, in their order. */
async function mirrorsIn(group: ChatId, reader: UserId): Promise<Message[]> {
  const { messages } = await readHistory(world, reader, group, {}, 100)
  const kinds = await world.db.query<{ seq: Seq }>({
    text: 'select seq from messages where chat_id = $1 and kind = $2',
    values: [group, messageKind.mirror],
  })
  const seqs = new Set(kinds.map(row => row.seq))
  return messages.filter(message => seqs.has(message.seq))
}

const newest = { before: Number.MAX_SAFE_INTEGER }
const post = (chat: ChatId, sender: UserId, text = 'News') => world.sent({ chat, sender, text })
const comment = (chat: ChatId, sender: UserId, reply: Seq, text = 'Oh!') =>
  world.sent({ chat, sender, reply, text })

t.test('a post stands in the group once, however many mirror it at once', async t => {
  const { alice, channel, group } = await linked()
  const { seq } = await post(channel, alice, 'Hello')
  await Promise.all(Array.from({ length: 8 }, () => mirrorPosts(world, channel)))
  await round()
  const [mirror, ...others] = await mirrorsIn(group, alice)
  t.same(others, [])
  t.match(mirror, { from: 0, text: 'Hello', fwd: { chat: channel, seq, title: 'Birds' } })
  t.notOk(JSON.stringify(mirror).includes(String(alice)), 'unsigned, as in the channel')
})

t.test('what a crash left the job mirrors, in the order of the posts', async t => {
  const { alice, channel, group } = await linked()
  const texts = Array.from({ length: 120 }, (_, i) => `Post ${i}`)
  for (let at = 0; at < texts.length; at += 40) {
    const batch = texts.slice(at, at + 40)
    await world.send(...batch.map(text => ({ chat: channel, sender: alice, text })))
  }
  await round()
  const stored = await world.db.query<{ text: string }>({
    text: 'select text from messages where chat_id = $1 and kind = $2 order by seq',
    values: [group, messageKind.mirror],
  })
  t.same(
    stored.map(row => row.text),
    texts,
  )
})

t.test('posts before the link, and service messages, are not mirrored', async t => {
  const [alice = 0] = await world.people(1)
  const channel = await world.channel(alice)
  const group = await world.group(alice)
  const old = await post(channel, alice, 'before')
  await linkDiscussion(world, alice, { channel, group })
  await editMessage(world, alice, { chat: channel, seq: old.seq, text: 'before, edited' }, 99)
  await post(channel, alice, 'after')
  await mirrorPosts(world, channel)
  t.same(
    (await mirrorsIn(group, alice)).map(mirror => mirror.text),
    ['after'],
  )
})

t.test('edits and deletions follow; one that was undone before is not mirrored at all', async t => {
  const { alice, channel, group } = await linked()
  const ents = [{ t: 'bold' as const, o: 0, l: 3 }]
  const edited = await post(channel, alice, 'One')
  const deleted = await post(channel, alice, 'Two')
  await mirrorPosts(world, channel)
  const since = (await world.head(group)).rev
  await editMessage(world, alice, { chat: channel, seq: edited.seq, text: 'One!', ents }, 99)
  await deleteMessages(world, alice, channel, [deleted.seq])
  const gone = await post(channel, alice, 'Three')
  await deleteMessages(world, alice, channel, [gone.seq])
  const told = await world.announced(() => mirrorPosts(world, channel))
  t.same(told.chats[group], [since + 1, since + 2], 'one event each')
  const [first, second, ...others] = await mirrorsIn(group, alice)
  t.same(others, [])
  t.match(first, { text: 'One!', ents, fwd: { seq: edited.seq } })
  t.ok(first?.edited)
  t.match(second, { text: '', deleted: true })
  const diff = await readDiff(world, alice, group, since)
  t.same(
    diff.messages.map(({ seq, text }) => [seq, text]),
    [
      [first?.seq, 'One!'],
      [second?.seq, ''],
    ],
  )
  const rev = (await world.head(group)).rev
  await world.db.query({
    text: 'update messages set rev = rev + 1, pinned_at = now() where chat_id = $1 and seq = $2',
    values: [channel, edited.seq],
  })
  await mirrorPosts(world, channel)
  t.equal((await world.head(group)).rev, rev, 'a pin is the channel’s own')
})

t.test('a signed post names its author in the group, by name only', async t => {
  const { alice, channel, group } = await linked()
  await setSignatures(world, alice, { chat: channel, on: true })
  await post(channel, alice)
  await mirrorPosts(world, channel)
  const [mirror] = await mirrorsIn(group, alice)
  t.equal(mirror?.from, 0)
  t.match(mirror?.fwd, { chat: channel, name: /^Person/ })
  t.equal(mirror?.fwd?.from, undefined)
})

t.test('linking: one to one, a channel with a group, by who may change both', async t => {
  const [alice = 0, admin = 0, bob = 0] = await world.people(3)
  const channel = await world.channel(alice, [admin, bob])
  const group = await world.group(alice, [admin])
  const link = (user: UserId, channel: ChatId, group: ChatId) =>
    refusal(linkDiscussion(world, user, { channel, group }))
  t.equal(await link(bob, channel, group), 'not_found', 'not in the group')
  t.equal(await link(admin, channel, group), 'forbidden')
  await setRole(world, alice, { chat: channel, user: admin, role: 'admin' })
  t.equal(await link(admin, channel, group), 'forbidden', 'in one of them only')
  t.equal(await link(alice, group, channel), 'conflict', 'the wrong way round')
  t.equal(await link(alice, channel, channel), 'conflict')
  t.equal(await link(alice, channel, await world.direct(alice, bob)), 'conflict')
  t.equal(await link(alice, channel, 1e12), 'not_found')
  t.equal(await link(alice, channel, group), 'none')
  const { rev } = await world.head(channel)
  t.equal(await link(alice, channel, group), 'none', 'the same again')
  t.equal((await world.head(channel)).rev, rev)
  t.equal((await describeChat(world, bob, channel)).chat.linked, group)
  t.equal((await describeChat(world, alice, group)).chat.linked, channel)
  t.equal(await link(alice, channel, await world.group(alice)), 'conflict', 'the channel is taken')
  t.equal(await link(alice, await world.channel(alice), group), 'conflict', 'the group is taken')
})

t.test('a group is not opened to a channel by its members, whatever they may change', async t => {
  const [alice = 0, mallory = 0, reader = 0] = await world.people(3)
  const group = await world.group(alice, [mallory])
  await world.sent({ chat: group, sender: alice, text: 'Between us' })
  const rights = defaultRights.group | right.changeInfo
  await setDefaultRights(world, alice, { chat: group, rights })
  const channel = await world.channel(mallory, [reader])
  const link = () => refusal(linkDiscussion(world, mallory, { channel, group }))
  t.equal(await link(), 'forbidden')
  t.equal(await refusal(joinDiscussion(world, reader, channel)), 'not_found')
  const admin = { chat: group, user: mallory, role: 'admin' as const }
  await setDefaultRights(world, alice, { chat: group, rights: right.post })
  await setRole(world, alice, { ...admin, rights: right.changeInfo })
  t.equal(await link(), 'forbidden', 'without the right to invite')
  await setRole(world, alice, { ...admin, rights: right.changeInfo | right.invite })
  t.equal(await link(), 'none')
  await setRole(world, alice, { ...admin, role: 'member' })
  await setDefaultRights(world, alice, { chat: group, rights })
  const other = await world.people(1)
  await world.place(group, other[0] ?? 0, 'member')
  t.equal(await refusal(unlinkDiscussion(world, other[0] ?? 0, channel)), 'forbidden')
})

t.test('either side may part; the posts up to then are mirrored, later ones are not', async t => {
  const [bob = 0, carol = 0] = await world.people(2)
  const { alice, channel, group } = await linked([bob], [carol])
  const unlink = (user: UserId) => refusal(unlinkDiscussion(world, user, channel))
  t.equal(await unlink(bob), 'forbidden')
  t.equal(await unlink(carol), 'forbidden')
  await setRole(world, alice, { chat: group, user: carol, role: 'admin' })
  t.equal(await unlink(carol), 'none', 'an admin of the group alone')
  await linkDiscussion(world, alice, { channel, group })
  await post(channel, alice, 'while linked')
  t.equal(await unlink(alice), 'none')
  t.equal(await unlink(alice), 'none', 'again')
  await post(channel, alice, 'after')
  await mirrorPosts(world, channel)
  await round()
  t.same(
    (await mirrorsIn(group, alice)).map(mirror => mirror.text),
    ['while linked'],
  )
  t.equal((await describeChat(world, alice, group)).chat.linked, undefined)
  await linkDiscussion(world, alice, { channel, group })
  await post(channel, alice, 'linked again')
  await mirrorPosts(world, channel)
  t.same(
    (await mirrorsIn(group, alice)).map(mirror => mirror.text),
    ['while linked', 'linked again'],
  )
})

t.test('posting while links come and go: each post is mirrored once or not at all', async t => {
  const { alice, channel, group } = await linked()
  let posting = true
  const posts = (async () => {
    for (let i = 0; posting && i < 500; i++) await post(channel, alice, `Post ${i}`)
  })()
  const mirroring = (async () => {
    while (posting) await Promise.all([mirrorPosts(world, channel), round()])
  })()
  for (let i = 0; i < 10; i++) {
    await unlinkDiscussion(world, alice, channel)
    await linkDiscussion(world, alice, { channel, group })
  }
  posting = false
  await Promise.all([posts, mirroring])
  await mirrorPosts(world, channel)
  const rows = await world.db.query<{ text: string }>({
    text: 'select text from messages where chat_id = $1 and kind = $2 order by seq',
    values: [group, messageKind.mirror],
  })
  const texts = rows.map(row => row.text)
  t.equal(new Set(texts).size, texts.length, 'none twice')
  const numbers = texts.map(text => Number(text.split(' ')[1]))
  t.same(
    numbers,
    numbers.toSorted((a, b) => a - b),
    'in the order of the channel',
  )
  const last = await post(channel, alice, 'Post last')
  await mirrorPosts(world, channel)
  t.equal((await mirrorsIn(group, alice)).at(-1)?.fwd?.seq, last.seq)
})

t.test('two who link the same channel at once: one of them does', async t => {
  const [alice = 0] = await world.people(1)
  const channel = await world.channel(alice)
  const groups = await Promise.all(Array.from({ length: 4 }, () => world.group(alice)))
  const codes = await Promise.all(
    groups.map(group => refusal(linkDiscussion(world, alice, { channel, group }))),
  )
  t.equal(codes.filter(code => code === 'none').length, 1)
  t.equal(codes.filter(code => code === 'conflict').length, 3)
})

t.test('a link ends when one of the two chats is gone', async t => {
  const first = await linked()
  await leaveChat(world, first.alice, first.channel)
  const second = await linked()
  await leaveChat(world, second.alice, second.group)
  const both = await linked()
  await leaveChat(world, both.alice, both.group)
  await leaveChat(world, both.alice, both.channel)
  await mirrorPosts(world, second.channel)
  await round()
  const linkOf = async (user: UserId, chat: ChatId) =>
    (await describeChat(world, user, chat)).chat.linked
  t.equal(await linkOf(first.alice, first.group), undefined)
  t.equal(await linkOf(second.alice, second.channel), undefined)
  const group = await world.group(second.alice)
  await linkDiscussion(world, second.alice, { channel: second.channel, group })
  t.equal(await linkOf(second.alice, group), second.channel)
})

t.test('comments are read by subscribers and members, page by page', async t => {
  const [bob = 0, carol = 0, dora = 0, eve = 0] = await world.people(4)
  const { alice, channel, group } = await linked([bob, eve], [carol])
  const { seq } = await post(channel, alice)
  const read = (user: UserId, range: { before: Seq } | { after: Seq } = newest, limit = 50) =>
    readPostComments(world, user, { chat: channel, seq }, range, limit)
  t.equal(await refusal(read(bob)), 'not_found', 'not mirrored yet')
  await mirrorPosts(world, channel)
  const empty = await read(bob)
  t.match(empty, { group, title: 'Birds', count: 0, messages: [] })
  t.equal(empty.joined, undefined)
  const one = await comment(group, carol, empty.thread, 'one')
  await comment(group, alice, one.seq, 'two')
  const three = await comment(group, carol, empty.thread, 'three')
  await world.sent({ chat: group, sender: carol, text: 'beside it' })
  await round()
  const page = await read(bob)
  t.same(
    page.messages.map(message => message.text),
    ['one', 'two', 'three'],
    'answers to comments too, and nothing else',
  )
  t.equal(page.count, 3)
  t.same(page.users.map(user => user.id).sort(), [alice, carol].sort())
  t.equal((await read(carol)).joined, true)
  const texts = async (range: { before: Seq } | { after: Seq }, limit: number) =>
    (await read(bob, range, limit)).messages.map(message => message.text)
  t.same(await texts(newest, 2), ['two', 'three'])
  t.same(await texts({ before: three.seq }, 2), ['one', 'two'])
  t.same(await texts({ after: one.seq }, 1), ['two'])
  t.same(await texts({ after: 0 }, 2), ['one', 'two'])
  await hideMessages(world, carol, group, [one.seq])
  const { messages } = await read(carol)
  t.same(
    messages.map(message => message.text),
    ['two', 'three'],
    'what somebody deleted for themself stays away',
  )
  t.equal(await refusal(read(dora)), 'not_found', 'a stranger')
  await world.place(group, eve, 'banned')
  t.equal(await refusal(read(eve)), 'not_found', 'banned from the group')
  const other = { chat: channel, seq: seq + 1 }
  t.equal(await refusal(readPostComments(world, bob, other, newest, 50)), 'not_found')
})

t.test('comments are counted once each, deleted ones no longer, and told', async t => {
  const [bob = 0, carol = 0, dora = 0] = await world.people(3)
  const { alice, channel, group } = await linked([bob], [bob, carol, dora])
  const { seq } = await post(channel, alice)
  const other = await post(channel, alice)
  await mirrorPosts(world, channel)
  const [mirror] = await mirrorsIn(group, alice)
  const root = mirror?.seq ?? 0
  const countsOf = async () => (await readHistory(world, bob, channel, {}, 50)).counts
  const none = { seq: other.seq, comments: 0 }
  t.same(await countsOf(), [{ seq, comments: 0 }, none], 'both can be commented on')
  const first = await comment(group, alice, root)
  for (const user of [bob, carol, dora, bob]) await comment(group, user, root)
  casts.length = 0
  await Promise.all([round(), round(), round()])
  await round()
  const told = casts.flatMap(cast => (cast.type === 'counts' ? cast.counts : []))
  t.same(told, [{ seq, comments: 5, by: [bob, dora, carol] }] satisfies PostCounts[])
  t.equal(told[0]?.by?.length, limits.commentersShownMax, 'of four')
  t.same(await countsOf(), [{ seq, comments: 5, by: [bob, dora, carol] }, none])
  const { users } = await readHistory(world, bob, channel, {}, 50)
  t.ok(
    users.some(user => user.id === dora),
    'with the people',
  )
  await deleteMessages(world, alice, group, [first.seq])
  const gone = await comment(group, carol, root)
  await deleteMessages(world, alice, group, [gone.seq])
  await comment(group, alice, root)
  await round()
  t.same(await countsOf(), [{ seq, comments: 5, by: [alice, bob, dora] }, none])
})

t.test('a mirror can be reported like any message; the chat itself is nobody', async t => {
  const { alice, channel, group } = await linked()
  const [bob = 0] = await world.people(1)
  await world.place(group, bob, 'member')
  await post(channel, alice, 'Buy now')
  await mirrorPosts(world, channel)
  const [mirror] = await mirrorsIn(group, bob)
  await report(world, bob, { chat: group, seqs: [mirror?.seq ?? 0], reason: 'spam' })
  const rows = await world.db.query<{ user_id: number | null }>({
    text: 'select user_id from reports where reporter_id = $1',
    values: [bob],
  })
  t.same(rows, [{ user_id: null }])
})

t.test('every group has its turn, however many others have news', async t => {
  const groups = await Promise.all([linked(), linked(), linked()])
  for (const { alice, channel, group } of groups) {
    await post(channel, alice)
    await mirrorPosts(world, channel)
    const [mirror] = await mirrorsIn(group, alice)
    await comment(group, alice, mirror?.seq ?? 0)
  }
  const counted = new Map((await countComments(world, 1)).map(({ chat, counts }) => [chat, counts]))
  for (const { channel } of groups) t.match(counted.get(channel), [{ comments: 1 }])
})

t.test('whoever mirrors waits for who counts, and holds nothing of what is counted', async t => {
  const { alice, channel, group } = await linked()
  const { seq } = await post(channel, alice)
  await mirrorPosts(world, channel)
  await deleteMessages(world, alice, channel, [seq])
  const mirroring = await world.db.tx(async tx => {
    t.equal((await takeUncounted(tx, 0, 100)).filter(each => each.group === group).length, 1)
    const mirroring = mirrorPosts(world, channel)
    mirroring.catch(() => undefined)
    await until(async () => {
      const [row] = await world.db.query<{ n: number }>({
        text: `select count(*)::int as n from pg_stat_activity
               where datname = current_database() and wait_event_type = 'Lock'`,
      })
      return row?.n === 1
    })
    const mirror = {
      text: 'select 1 from mirrors where channel_id = $1 for update nowait',
      values: [channel],
    }
    t.equal((await world.db.query(mirror)).length, 1)
    return () => mirroring
  })
  t.same(await mirroring(), [])
  t.match(await mirrorsIn(group, alice), [{ deleted: true }])
})

t.test('a channel whose posts cannot be mirrored holds up no other, nor the counting', async t => {
  const bad = await linked()
  const good = await linked()
  await world.db.query({
    text: `create function refuse() returns trigger language plpgsql as $$ begin raise 'no'; end $$;
           create trigger refused before insert on messages for each row
             when (new.kind = ${messageKind.mirror} and new.chat_id = ${bad.group}) execute function refuse()`,
  })
  const first = await post(good.channel, good.alice)
  await mirrorPosts(world, good.channel)
  const [mirror] = await mirrorsIn(good.group, good.alice)
  await comment(good.group, good.alice, mirror?.seq ?? 0)
  for (const { channel, alice } of [bad, good]) await post(channel, alice, 'Another')
  casts.length = 0
  await t.rejects(round(), { name: 'AggregateError' })
  t.equal((await mirrorsIn(good.group, good.alice)).length, 2)
  t.same(await mirrorsIn(bad.group, bad.alice), [])
  const counted = casts.filter(cast => cast.type === 'counts' && cast.chat === good.channel)
  t.match(counted.at(-1), { counts: [{ seq: first.seq, comments: 1 }] })
  await world.db.query({ text: 'drop trigger refused on messages; drop function refuse' })
  await round()
  t.equal((await mirrorsIn(bad.group, bad.alice)).length, 1, 'once it can be')
})

t.test('with its mirror a post loses its comments; another group begins anew', async t => {
  const [bob = 0] = await world.people(1)
  const { alice, channel, group } = await linked([bob], [bob])
  const { seq } = await post(channel, alice)
  await mirrorPosts(world, channel)
  const [mirror] = await mirrorsIn(group, alice)
  await comment(group, bob, mirror?.seq ?? 0)
  await round()
  const countsOf = async () => (await readHistory(world, bob, channel, {}, 50)).counts
  const read = () => refusal(readPostComments(world, bob, { chat: channel, seq }, newest, 50))
  t.equal((await countsOf())?.[0]?.comments, 1)
  await unlinkDiscussion(world, alice, channel)
  t.equal(await countsOf(), undefined, 'not linked')
  t.equal(await read(), 'not_found')
  const second = await world.group(alice)
  await linkDiscussion(world, alice, { channel, group: second })
  await editMessage(world, alice, { chat: channel, seq, text: 'edited' }, 99)
  await mirrorPosts(world, channel)
  t.same(await mirrorsIn(second, alice), [], 'an old post stays where it was')
  t.equal(await countsOf(), undefined)
  await unlinkDiscussion(world, alice, channel)
  await linkDiscussion(world, alice, { channel, group })
  t.equal((await countsOf())?.[0]?.comments, 1, 'linked again')
  await mirrorPosts(world, channel)
  t.equal((await mirrorsIn(group, alice))[0]?.text, 'edited', 'and up to date')
  await deleteMessages(world, alice, group, [mirror?.seq ?? 0])
  await round()
  t.equal(await countsOf(), undefined)
  t.equal(await read(), 'not_found')
  await editMessage(world, alice, { chat: channel, seq, text: 'once more' }, 99)
  await mirrorPosts(world, channel)
  t.equal((await mirrorsIn(group, alice)).length, 1, 'it does not come back')
})

t.test('a mirror is nobody’s to edit, and answering it calls nobody', async t => {
  const [bob = 0] = await world.people(1)
  const { alice, channel, group } = await linked([], [bob])
  await post(channel, alice)
  await mirrorPosts(world, channel)
  const [mirror] = await mirrorsIn(group, alice)
  const seq = mirror?.seq ?? 0
  t.equal(await refusal(editMessage(world, alice, { chat: group, seq, text: 'x' }, 9)), 'forbidden')
  const sent = await world.sent({ chat: group, sender: bob, reply: seq, rid: nextRid() })
  t.match(sent, { thread: seq })
  const [event] = world.published.at(-1)?.events ?? []
  const { frame } = decode(event?.type === 'chat' ? event.frame : Buffer.alloc(0))
  t.equal(message.safeParse(frame[4]).success, true)
  t.notOk('calls' in (frame[4] as Message))
  const called = await world.db.query({
    text: 'select 1 from mentions where chat_id = $1',
    values: [group],
  })
  t.same(called, [])
})
