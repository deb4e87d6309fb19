// What a channel's posts show beside their messages, and what the client tells of what was on screen.

import t from 'tap'
import { ephemeralFrame } from '#shared/protocol/frames.ts'
import type { Seq } from '#shared/protocol/ids.ts'
import { limits } from '#shared/protocol/limits.ts'
import type { PostCounts } from '#shared/protocol/models.ts'
import type { ServerChat } from './test/fake-chat.ts'
import { World } from './test/world.ts'

const alice = 1
const bob = 2
const dora = 4

/** A channel of Alice's with so many posts, which Bob has opened. */
async function channel(posts: number, counts: PostCounts[] = []) {
  const world = new World()
  const chat = world.server.addChat(1, [alice, bob])
  chat.posts = { counts, mine: new Map() }
  for (let post = 0; post < posts; post++) world.server.post(chat, 0, `Post ${post}`)
  const actor = await world.join('bob', bob)
  await world.drive(actor.client.open(chat.id))
  return { world, chat, actor, client: actor.client }
}

type Set = Awaited<ReturnType<typeof channel>>

const viewOf = ({ client, chat }: Set, seq: Seq) =>
  client
    .getSnapshot()
    .windows.get(chat.id)
    ?.messages.find(message => message.seq === seq)

const toldOf = ({ world }: Set) =>
  world.server.requests.flatMap(({ op, body }) =>
    op === 'view' ? [(body as { seqs: Seq[] }).seqs] : [],
  )

const tell = async ({ world, chat }: Set, counts: PostCounts[]) => {
  world.server.tellAll(chat, ephemeralFrame('views', { chat: chat.id, counts }))
  await world.quiet()
}

t.test('a page brings counts; ephemerals renew them, and views never fall', async t => {
  const set = await channel(2, [{ seq: 1, views: 10, comments: 0 }])
  t.match(viewOf(set, 1), { views: 10, comments: { count: 0, by: [] } })
  const plain = viewOf(set, 2)
  t.notOk(plain && ('views' in plain || 'comments' in plain))
  await tell(set, [{ seq: 1, comments: 2, by: [dora] }])
  t.match(viewOf(set, 1), { views: 10, comments: { count: 2, by: [dora] } })
  await tell(set, [
    { seq: 1, views: 9 },
    { seq: 2, views: 4 },
  ])
  t.match(viewOf(set, 1), { views: 10, comments: { count: 2 } })
  t.match(viewOf(set, 2), { views: 4 })
  await tell(set, [{ seq: 1, comments: 1, by: [] }])
  t.match(viewOf(set, 1), { comments: { count: 1, by: [] } }, 'comments may be deleted')
})

t.test('a view keeps its identity until its own counts change', async t => {
  const set = await channel(2, [
    { seq: 1, views: 1 },
    { seq: 2, views: 1 },
  ])
  const [one, two] = [viewOf(set, 1), viewOf(set, 2)]
  await tell(set, [{ seq: 2, views: 2 }])
  t.equal(viewOf(set, 1), one)
  t.not(viewOf(set, 2), two)
})

t.test('what was on screen is gathered for a second and told once', async t => {
  const set = await channel(5, [{ seq: 3, views: 7 }])
  const { world, client, chat } = set
  client.see(chat.id, [1, 2])
  client.see(chat.id, [2, 3])
  await world.clock.advance(500)
  t.same(toldOf(set), [])
  await world.quiet()
  t.same(toldOf(set), [[1, 2, 3]])
  client.see(chat.id, [1, 2, 3])
  await world.quiet()
  t.equal(toldOf(set).length, 1, 'again within a minute')
  await world.clock.advance(60_000)
  client.see(chat.id, [3])
  await world.quiet()
  t.same(toldOf(set).at(-1), [3], 'later: to renew the counts')
})

t.test('the answer brings counts that were missed', async t => {
  const set = await channel(1)
  const posts = set.chat.posts as NonNullable<ServerChat['posts']>
  posts.counts.push({ seq: 1, views: 12 })
  set.client.see(set.chat.id, [1])
  await set.world.quiet()
  t.match(viewOf(set, 1), { views: 12 })
})

t.test('many posts are told in several requests, offline ones later, of groups none', async t => {
  const posts = limits.seqsPerViewMax + 20
  const set = await channel(posts)
  const { world, client, chat } = set
  const group = world.server.addChat(2, [alice, bob])
  world.server.post(group, alice, 'Hi')
  await world.drive(client.open(group.id))
  client.see(group.id, [1])
  client.dev.dropConnection()
  client.see(
    chat.id,
    Array.from({ length: posts }, (_, i) => i + 1),
  )
  await world.quiet()
  t.same(
    toldOf(set).map(seqs => seqs.length),
    [limits.seqsPerViewMax, 20],
  )
})

t.test('one’s own unsigned posts are marked', async t => {
  const set = await channel(2)
  const posts = set.chat.posts as NonNullable<ServerChat['posts']>
  set.chat.posts = { ...posts, mine: new Map([[alice, [2]]]) }
  const actor = await set.world.join('alice', alice)
  await set.world.drive(actor.client.open(set.chat.id))
  const hers = { ...set, client: actor.client }
  t.equal(viewOf(hers, 2)?.own, true)
  t.equal(viewOf(hers, 1)?.own, undefined)
  t.equal(viewOf(set, 2)?.own, undefined)
})

t.test(
  'a post from another device is marked as one’s own too, with one question for several',
  async t => {
    const set = await channel(2)
    const { world, chat } = set
    world.server.setRole(chat, alice, 'owner')
    const actor = await world.join('alice', alice)
    await world.drive(actor.client.open(chat.id))
    const posts = chat.posts as NonNullable<ServerChat['posts']>
    chat.posts = { ...posts, mine: new Map([[alice, [3, 5]]]) }
    world.server.requests.length = 0
    for (const text of ['hers', 'another admin’s', 'hers again']) world.server.post(chat, 0, text)
    await world.quiet()
    const hers = { ...set, client: actor.client }
    t.same(
      [1, 2, 3, 4, 5].map(seq => viewOf(hers, seq)?.own),
      [undefined, undefined, true, undefined, true],
    )
    const asked = world.server.requests.filter(({ op }) => op === 'history')
    t.same(
      asked.map(({ body }) => body),
      [{ chat: chat.id, before: 6, limit: 3 }],
      'and a reader asks nothing',
    )
  },
)

t.test('nothing of one account is left for the next', async t => {
  const set = await channel(1, [{ seq: 1, views: 5 }])
  const { world, client, chat } = set
  client.see(chat.id, [1])
  await world.drive(client.signInWithTokens(world.server.tokens(alice)))
  await world.quiet()
  t.same(toldOf(set), [], 'what Bob saw Alice does not tell')
})
