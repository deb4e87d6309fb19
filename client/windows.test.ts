// Where windows go: to a message, to the newest ones, and what a long one keeps of what somebody reads.

import t from 'tap'
import { pair, seqs, windowOf } from './test/pair.ts'
import { differences } from './test/world.ts'

/** Alice has the chat open, with so many messages of Bob. */
async function talk(count: number) {
  const { world, chat, alice } = await pair()
  const post = (messages: number) => {
    for (let i = 0; i < messages; i++) world.server.post(chat, 2, `text ${chat.seq + 1}`)
  }
  post(count)
  await world.quiet()
  await world.drive(alice.client.open(1))
  return { world, alice, post }
}

t.test('a later jump takes the place of one that is on its way', async t => {
  const { world, alice } = await talk(300)
  for (const [early, late] of [
    [30, 150],
    // It is loaded by now.
    [30, 151],
  ] as const) {
    world.network.delayAnswers('alice', 1, Number.POSITIVE_INFINITY)
    const overtaken = alice.client.jumpTo(1, early)
    await world.network.pump()
    await world.drive(alice.client.jumpTo(1, late))
    t.ok(seqs(alice).includes(late))
    world.network.releaseAnswers('alice')
    await world.drive(overtaken)
    t.ok(seqs(alice).includes(late))
    t.notOk(seqs(alice).includes(early))
    t.equal(windowOf(alice).loading, false)
  }
  await world.drive(alice.client.jumpTo(1, 30))
  t.ok(seqs(alice).includes(30), 'which may be gone to again')
  t.same(await differences(world, alice), [])
})

t.test('the way to the end ends there, however many come meanwhile', async t => {
  const { world, alice, post } = await talk(300)
  await world.drive(alice.client.jumpTo(1, 30))
  world.network.delayAnswers('alice', 1, Number.POSITIVE_INFINITY)
  const going = alice.client.toNewest(1)
  await world.network.pump()
  // More than a page.
  post(80)
  await world.network.pump()
  t.equal(windowOf(alice).moreAfter, true)
  world.network.releaseAnswers('alice')
  await world.drive(going)
  t.match(windowOf(alice), { moreBefore: true, moreAfter: false, loading: false })
  t.equal(seqs(alice).at(-1), 380)
  post(1)
  await world.quiet()
  t.equal(seqs(alice).at(-1), 381, 'and goes on with what comes')
  const held = windowOf(alice).messages
  await world.drive(alice.client.toNewest(1))
  t.equal(windowOf(alice).messages, held, 'who is there stays there')
  t.same(await differences(world, alice), [])
})

t.test('of a jump and the way to the end the later one counts', async t => {
  const { world, alice } = await talk(300)
  const { jumpTo, toNewest } = {
    jumpTo: () => alice.client.jumpTo(1, 30),
    toNewest: () => alice.client.toNewest(1),
  }
  await world.drive(alice.client.jumpTo(1, 150))
  for (const [early, late, isAtEnd] of [
    [jumpTo, toNewest, true],
    [toNewest, jumpTo, false],
  ] as const) {
    await world.drive(alice.client.jumpTo(1, 150))
    world.network.delayAnswers('alice', 1, Number.POSITIVE_INFINITY)
    const overtaken = early()
    await world.network.pump()
    await world.drive(late())
    world.network.releaseAnswers('alice')
    await world.drive(overtaken)
    t.equal(seqs(alice).includes(300), isAtEnd)
    t.equal(seqs(alice).includes(30), !isAtEnd)
  }
})

t.test('who reads older messages keeps them while thousands come, and finds the end', async t => {
  const { world, alice, post } = await talk(40)
  alice.client.reading(1, 7)
  for (let i = 0; i < 26; i++) {
    post(100)
    await world.network.pump()
  }
  t.equal(seqs(alice)[0], 1)
  t.match(windowOf(alice), { moreBefore: false, moreAfter: true })
  t.ok(seqs(alice).length <= 2_500)
  await world.drive(alice.client.toNewest(1))
  t.equal(seqs(alice).at(-1), 2_640)
  // At the end again, also after another look at the chat, the oldest are cut off.
  alice.client.close(1)
  await world.drive(alice.client.open(1))
  for (let i = 0; i < 26; i++) {
    post(100)
    await world.network.pump()
  }
  t.equal(seqs(alice).at(-1), 5_240)
  t.equal(windowOf(alice).moreAfter, false)
  t.ok(seqs(alice).length <= 2_500)
})
