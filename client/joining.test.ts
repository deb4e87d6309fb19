// Joining by a link, at once or after an answer, and what a member sees of a restriction of their own.

import t from 'tap'
import { userFrame } from '#shared/protocol/frames.ts'
import { pair, viewOf } from './test/pair.ts'
import { differences } from './test/world.ts'

t.test('a link leads in at once', async t => {
  const { world, alice } = await pair()
  world.server.addChat(7, [2], 'Sea birds')
  const chat = await world.drive(alice.client.invites.join('chat-7'))
  t.match(chat, { id: 7, title: 'Sea birds' })
  t.equal(viewOf(alice, 7)?.title, 'Sea birds')
  await world.quiet()
  t.same(await differences(world, alice), [])
})

t.test(
  'a link that wants an answer leads nowhere yet; the chat comes when somebody has said yes',
  async t => {
    const { world, alice } = await pair()
    const seven = world.server.addChat(7, [2])
    t.equal(await world.drive(alice.client.invites.join('ask-7')), null)
    await world.quiet()
    t.equal(viewOf(alice, 7), undefined)
    world.server.setRole(seven, 1, 'member')
    await world.quiet()
    t.ok(viewOf(alice, 7))
  },
)

t.test('how many wait follows the events of one’s own place, up and down', async t => {
  const { world, alice } = await pair()
  const tell = (requests?: number) => {
    const urev = (world.server.urevs.get(1) ?? 0) + 1
    world.server.urevs.set(1, urev)
    const me = { role: 'admin' as const, rights: 32, read: 0, urev }
    world.server.sendAll(
      userFrame('place', urev, { chat: 1, me: { ...me, ...(requests && { requests }) } }),
    )
    return world.quiet()
  }
  for (const requests of [1, 2, undefined]) {
    await tell(requests)
    t.equal(viewOf(alice, 1)?.chat.me.requests, requests)
  }
})

t.test('a restriction of one’s own shows its end, and is gone with it', async t => {
  const { world, chat, alice } = await pair()
  const tell = (role: 'restricted' | 'member', until?: number) => {
    const body = { user: 1, role, rights: 0, joinedAt: 0, by: 2, members: 2 }
    const rev = ++chat.rev
    const place = chat.places.get(1)
    if (place) Object.assign(place, { role, rev })
    const profile = world.server.user(1)
    world.server.emit(chat, 'member', rev, { ...body, profile, ...(until && { until }) })
    return world.quiet()
  }
  await tell('restricted', 1_800_000_000_000)
  t.match(viewOf(alice, 1)?.chat.me, { role: 'restricted', until: 1_800_000_000_000 })
  await tell('member')
  t.equal(viewOf(alice, 1)?.chat.me.role, 'member')
  t.equal(viewOf(alice, 1)?.chat.me.until, undefined)
})
