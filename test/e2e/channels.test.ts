// Channels over the wire, with members on different gateway processes: posts and their mirrors, views, comments, names;
// and a death between a post and its mirror.

import t from 'tap'
import { WebSocket } from 'ws'
import { PetrelClient, webSocketTransport } from '#client/index.ts'
import { frameType } from '#shared/protocol/codec.ts'
import { chatEvents, ephemerals, userEvents } from '#shared/protocol/events.ts'
import { limits } from '#shared/protocol/limits.ts'
import type { Message, PostCounts } from '#shared/protocol/models.ts'
import type { Teardown } from '#test/helpers/pg.ts'
import { type Frame, isMessage, joinWhere, RawClient } from '#test/helpers/raw-client.ts'
import { ask } from '#test/helpers/raw-view.ts'
import { type Stack, startStack } from '#test/helpers/stack.ts'
import { until } from '#test/helpers/until.ts'

let rids = 0
const rid = () => ++rids

const isJoined =
  (chat: number) =>
  ([type, kind, , body]: Frame) =>
    type === frameType.userEvent &&
    kind === userEvents.joined.kind &&
    (body as { chat: number }).chat === chat

/** Counts of a channel's posts that came as droppable frames, in order. */
const countsTold = (client: RawClient, chat: number) =>
  client.frames.flatMap(([type, kind, body]) => {
    const counts = body as { chat: number; counts: PostCounts[] }
    const fits = type === frameType.ephemeral && kind === ephemerals.views.kind
    return fits && counts.chat === chat ? [counts.counts] : []
  })

const mirrorOf = (channel: number, seq: number) => (frame: Frame) => {
  const [type, kind, , , body] = frame
  const { fwd } = (body ?? {}) as Message
  const isNew = type === frameType.chatEvent && kind === chatEvents.message.kind
  return isNew && fwd?.chat === channel && fwd.seq === seq
}

const nameOf = (of: string) => `${of}_${Math.random().toString(36).slice(2, 10)}`

async function people(t: Teardown, stack: Stack) {
  const tokens = await Promise.all(['Alice', 'Bob', 'Carol'].map(name => stack.newUser(name)))
  const [alice, bob, carol] = tokens
  if (!alice || !bob || !carol) throw new Error('three people')
  const a = await RawClient.join(t, stack.wsUrl, alice.accessToken)
  const elsewhere = (node: string) => node !== a.node
  const b = await joinWhere(t, stack.wsUrl, bob.accessToken, elsewhere)
  const c = await joinWhere(t, stack.wsUrl, carol.accessToken, node => node === a.node)
  return { alice, bob, carol, a, b, c }
}

/** A channel of Alice's with a discussion group, both known to their members' connections. */
async function linked(a: RawClient, subscribers: [number, RawClient][]) {
  const { chat: channel } = await a.call('createChannel', { rid: rid(), title: 'News' })
  const { chat: group } = await a.call('createGroup', { rid: rid(), title: 'Talk' })
  const users = subscribers.map(([user]) => user)
  if (users.length > 0) await a.call('addMembers', { chat: channel.id, users })
  await Promise.all(subscribers.map(([, client]) => client.waitFor(isJoined(channel.id))))
  await a.call('linkDiscussion', { channel: channel.id, group: group.id })
  return { channel: channel.id, group: group.id }
}

t.test('channels, with members on different processes', async t => {
  const stack = await startStack(t, { gatewayProcesses: 2 })
  const { alice, bob, carol, a, b, c } = await people(t, stack)
  const everybody: [number, RawClient][] = [
    [bob.user.id, b],
    [carol.user.id, c],
  ]

  t.test('a post reaches subscribers without its author; only its author knows', async t => {
    const { channel } = await linked(a, everybody)
    await a.send(channel, 'hello')
    for (const client of [b, c]) {
      const [, , , , body] = await client.waitFor(isMessage(channel, 'hello'))
      t.equal((body as Message).from, 0)
    }
    await a.call('edit', { chat: channel, seq: 1, text: 'hello!' })
    for (const client of [b, c])
      await until(() => client.events(channel).some(({ kind }) => kind === chatEvents.edited.kind))
    const { mine, users } = await b.call('history', { chat: channel })
    t.equal(mine, undefined)
    t.same(users, [])
    t.same((await a.call('history', { chat: channel })).mine, [1])
    const heard = [...b.events(channel), ...c.events(channel)]
    t.ok(heard.length >= 6)
    const posts = heard.filter(({ kind }) => kind !== chatEvents.info.kind)
    t.notOk(JSON.stringify(posts).includes(String(alice.user.id)))
    await a.call('setSignatures', { chat: channel, on: true })
    await a.send(channel, 'signed')
    const [, , , , signed] = await b.waitFor(isMessage(channel, 'signed'))
    t.equal((signed as Message).from, alice.user.id)
  })

  t.test('views: counted once for each person, told to who looks, and seldom', async t => {
    const { channel } = await linked(a, everybody)
    for (let post = 0; post < 3; post++) await a.send(channel, `post ${post}`)
    await Promise.all([b, c].map(client => client.waitFor(isMessage(channel, 'post 2'))))
    await Promise.all([a, b].map(client => client.call('watch', { chats: [channel] })))
    for (let time = 0; time < 3; time++) await b.call('view', { chat: channel, seqs: [1, 2] })
    await c.call('view', { chat: channel, seqs: [2, 3, 99] })
    const expected = [
      [1, 1],
      [2, 2],
      [3, 1],
    ]
    const shown = async (client: RawClient) => {
      const { counts = [] } = await client.call('history', { chat: channel })
      return counts.map(({ seq, views }) => [seq, views])
    }
    await until(async () => JSON.stringify(await shown(b)) === JSON.stringify(expected))
    t.same(await shown(c), expected)
    const { counts } = await a.call('view', { chat: channel, seqs: [2] })
    t.match(counts, [{ seq: 2, views: 2 }], 'the answer tells them too')
    const heard = (client: RawClient) =>
      countsTold(client, channel)
        .flat()
        .some(({ seq, views }) => seq === 2 && (views ?? 0) >= 2)
    const patience = { timeoutMs: 12 * limits.viewsEveryMs }
    await Promise.all([a, b].map(client => until(() => heard(client), patience)))
    await c.settle()
    t.same(countsTold(c, channel), [], 'who does not look is not told')
    t.equal(await a.refusal(90, { chat: channel, seqs: [] }), 'bad_request')
    const { chat: group } = await a.call('createGroup', { rid: rid(), title: 'No views' })
    t.equal(await a.refusal(90, { chat: group.id, seqs: [1] }), 'conflict')
    t.equal(await b.refusal(90, { chat: group.id, seqs: [1] }), 'not_found')
    const stored = await ask<{ n: number }>(
      stack.databaseUrl,
      'select count(*)::int as n from message_views where chat_id = $1 and seq > 3',
      [channel],
    )
    t.equal(stored[0]?.n, 0, 'a post that does not exist is not counted')
  })

  t.test('a post is mirrored at once, who joins comments, and comments are told', async t => {
    const { channel, group } = await linked(a, everybody)
    await a.call('watch', { chats: [channel] })
    const post = await a.send(channel, 'what do you say?')
    const [, , , , mirror] = await a.waitFor(mirrorOf(channel, post.seq))
    const thread = (mirror as Message).seq
    t.match(mirror, { from: 0, text: 'what do you say?', fwd: { title: 'News' } })
    const before = await b.call('comments', { chat: channel, seq: post.seq })
    t.match(before, { group, thread, title: 'Talk', count: 0, messages: [] })
    t.notOk(before.joined)
    t.equal(await b.refusal(10, { chat: group, rid: rid(), text: 'x', reply: thread }), 'not_found')
    await b.call('joinPublic', { discussion: channel })
    await b.waitFor(isJoined(group))
    const comment = { chat: group, rid: rid(), text: 'a comment', reply: thread }
    t.equal((await b.call('send', comment)).thread, thread)
    const [, , , , heard] = await a.waitFor(isMessage(group, 'a comment'))
    t.equal((heard as Message).thread, thread)
    const isCounted = ({ seq, comments, by }: PostCounts) =>
      seq === post.seq && comments === 1 && by?.[0] === bob.user.id
    await until(() => countsTold(a, channel).flat().some(isCounted))
    const after = await c.call('comments', { chat: channel, seq: post.seq })
    t.match(after, { count: 1, messages: [{ text: 'a comment' }], users: [{ id: bob.user.id }] })
    const history = await c.call('history', { chat: channel })
    t.ok(history.counts?.some(isCounted))
    t.ok(history.users.some(user => user.id === bob.user.id))
    await a.call('edit', { chat: channel, seq: post.seq, text: 'and now?' })
    await a.call('delete', { chat: channel, seqs: [post.seq] })
    const kinds = () =>
      b
        .events(group)
        .filter(({ body }) => (body as Message).seq === thread)
        .map(({ kind }) => kind)
    await until(() => kinds().includes(chatEvents.deleted.kind))
    t.equal(await c.refusal(95, { chat: channel, seq: post.seq }), 'not_found')
  })

  t.test('a name leads to a channel, its last posts and into it', async t => {
    const { chat: channel } = await a.call('createChannel', { rid: rid(), title: 'Open' })
    await a.send(channel.id, 'come in')
    const username = nameOf('open')
    const { rev } = await a.call('setUsername', { chat: channel.id, username })
    t.ok(rev > channel.rev)
    const found = await b.call('resolve', { username: username.toUpperCase() })
    t.match(found.chat, { id: channel.id, title: 'Open', username, members: 1 })
    t.match(found.messages, [{ text: 'come in', from: 0 }])
    const user = await b.call('resolve', { username: alice.user.username ?? '' })
    t.equal(user.user?.id, alice.user.id)
    t.equal(await b.refusal(92, { username: nameOf('nobody') }), 'not_found')
    t.equal(await b.refusal(13, { chat: channel.id }), 'not_found', 'no more than that')
    t.equal(await b.refusal(93, {}), 'bad_request')
    t.equal(await b.refusal(93, { username, discussion: channel.id }), 'bad_request')
    const { chat } = await b.call('joinPublic', { username })
    t.match(chat, { id: channel.id, username, members: 2 })
    await b.waitFor(isJoined(channel.id))
    await a.send(channel.id, 'welcome')
    await b.waitFor(isMessage(channel.id, 'welcome'))
    t.equal(await b.refusal(91, { chat: channel.id, username: null }), 'forbidden')
    const taken = { chat: channel.id, username: bob.user.username }
    t.equal(await a.refusal(91, taken), 'username_taken')
    const stats = await a.call('stats', { chat: channel.id, days: 1 })
    t.match(stats, { members: 2, days: [{ joined: 2, left: 0, posts: 2 }] })
    t.equal(await b.refusal(96, { chat: channel.id, days: 1 }), 'forbidden')
  })

  t.test('the SDK tells what was on screen and shows views, comments and own posts', async t => {
    const { channel } = await linked(a, everybody)
    const clients = [alice, bob].map(tokens => {
      const client = new PetrelClient({
        api: stack.url,
        transport: webSocketTransport({ WebSocket: WebSocket as never }),
      })
      t.teardown(() => client.stop())
      return { client, tokens }
    })
    for (const { client, tokens } of clients) {
      await client.signInWithTokens({ ...tokens, refreshToken: 'not used' })
      await client.open(channel)
    }
    const [hers, his] = clients.map(({ client }) => client)
    if (!hers || !his) return
    const { sent } = hers.send(channel, 'shown')
    const { seq } = await sent
    const shown = (client: PetrelClient) =>
      client
        .getSnapshot()
        .windows.get(channel)
        ?.messages.find(message => message.seq === seq)
    await until(() => shown(his))
    his.see(channel, [seq])
    const patience = { timeoutMs: 12 * limits.viewsEveryMs }
    await until(() => (shown(hers)?.views ?? 0) === 1, patience)
    await until(() => shown(hers)?.own === true && shown(hers)?.comments?.count === 0, patience)
    t.equal(shown(his)?.own, undefined)
    t.equal(shown(his)?.from, 0)
  })
  t.same(stack.trouble, [])
})

t.test('a gateway that dies right after a post leaves its mirror to the job', async t => {
  const stack = await startStack(t, { gatewayProcesses: 1 })
  const alice = await stack.newUser('Alice')
  const a = await RawClient.join(t, stack.wsUrl, alice.accessToken)
  const { channel, group } = await linked(a, [])
  const posts = Array.from({ length: 30 }, (_, i) => `post ${i}`)
  await Promise.all(posts.map(text => a.send(channel, text)))
  await stack.gateways[0]?.kill()
  const texts = async () => {
    const rows = await ask<{ text: string }>(
      stack.databaseUrl,
      'select text from messages where chat_id = $1 and kind = 3 order by seq',
      [group],
    )
    return rows.map(row => row.text)
  }
  await until(async () => (await texts()).length >= posts.length)
  t.same((await texts()).sort(), posts.sort(), 'each once')
})
