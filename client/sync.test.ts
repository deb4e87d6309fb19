import t from 'tap'
import { userFrame } from '#shared/protocol/frames.ts'
import { World } from './test/world.ts'

t.test('an own profile that changed elsewhere is known, also when its event was lost', async t => {
  const world = new World()
  const alice = await world.join('alice', 1)
  world.server.user = id => ({ id, name: 'Another name' })
  world.server.urevs.set(1, 7)
  // The change itself was 6; this one shows that something is missing.
  world.server.sendAll(userFrame('read', 7, { chat: 1, seq: 0 }))
  await world.settleAll()
  t.equal(alice.client.getSnapshot().me?.name, 'Another name')
})
