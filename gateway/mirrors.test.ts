import t from 'tap'
import { linkDiscussion } from '#shared/actions/discussions.ts'
import { createLog } from '#shared/runtime/log.ts'
import type { Cast } from '#shared/store/bus.ts'
import { openWorld } from '#test/helpers/world.ts'
import type { Hub } from './hub.ts'
import { Mirrors } from './mirrors.ts'

const world = await openWorld(t)

async function setUp() {
  const [alice = 0] = await world.people(1)
  const channel = await world.channel(alice)
  const group = await world.group(alice)
  await linkDiscussion(world, alice, { channel, group })
  const casts: Cast[] = []
  const told: number[] = []
  const chats = new Map<number, { kind: string }>([
    [channel, { kind: 'channel' }],
    [group, { kind: 'group' }],
  ])
  const mirrors = new Mirrors({
    services: world,
    hub: { chats } as unknown as Pick<Hub, 'chats'>,
    news: { put: chat => told.push(chat) },
    cast: cast => casts.push(cast),
    log: createLog({ name: 'test', level: 'silent' }),
  })
  const post = async (text: string) => {
    const from = world.published.length
    await world.sent({ chat: channel, sender: alice, text })
    for (const batch of world.published.slice(from)) mirrors.onBatch(batch)
  }
  const texts = async () => {
    const rows = await world.db.query<{ text: string }>({
      text: 'select text from messages where chat_id = $1 and kind = 3 order by seq',
      values: [group],
    })
    return rows.map(row => row.text)
  }
  return { alice, channel, group, casts, told, chats, mirrors, post, texts }
}

t.test('a post is mirrored as soon as it is committed, and told as open to comments', async t => {
  const { channel, mirrors, post, texts, casts, told } = await setUp()
  await post('one')
  await mirrors.idle()
  t.same(await texts(), ['one'])
  t.same(casts, [{ type: 'counts', chat: channel, counts: [{ seq: 1, comments: 0 }] }])
  t.same(told, [channel])
})

t.test('posts that come while it runs go together into the next run', async t => {
  const { mirrors, post, texts } = await setUp()
  const all = Array.from({ length: 10 }, (_, i) => `post ${i}`)
  for (const text of all) await post(text)
  await mirrors.idle()
  t.same(await texts(), all)
})

t.test('groups, and channels that this process does not know, are left alone', async t => {
  const { alice, channel, group, chats, mirrors, post, texts, casts } = await setUp()
  chats.delete(channel)
  await post('unknown here')
  await world.sent({ chat: group, sender: alice, text: 'in the group' })
  await mirrors.idle()
  t.same(await texts(), [])
  t.same(casts, [])
})

t.test('a channel that cannot be mirrored holds up no other that came with it', async t => {
  const bad = await setUp()
  const good = await setUp()
  bad.chats.set(good.channel, { kind: 'channel' })
  await world.db.query({
    text: `create function refuse() returns trigger language plpgsql as $$ begin raise 'no'; end $$;
           create trigger refused before insert on messages for each row
             when (new.kind = 3 and new.chat_id = ${bad.group}) execute function refuse()`,
  })
  const from = world.published.length
  for (const { channel, alice } of [bad, good])
    await world.sent({ chat: channel, sender: alice, text: 'one' })
  const events = world.published.slice(from).flatMap(batch => batch.events)
  bad.mirrors.onBatch({ outbox: null, events })
  await bad.mirrors.idle()
  t.same([await bad.texts(), await good.texts()], [[], ['one']])
})
