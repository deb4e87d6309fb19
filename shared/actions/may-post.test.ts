// Who may write now: the check of what does not go through the send path, held against the send path itself.

import t from 'tap'
import { AppError } from '#shared/protocol/codes.ts'
import { right } from '#shared/protocol/permissions.ts'
import { messageKind } from '#shared/store/messages.ts'
import { openWorld, refusal } from '#test/helpers/world.ts'
import { changeChat } from './change-chat.ts'
import { assertMayPost } from './may-post.ts'

const world = await openWorld(t)
const set = (chat: number, column: 'slow_mode_s' | 'quarantine_s' | 'default_rights', n: number) =>
  world.db.query({ text: `update chats set ${column} = $2 where id = $1`, values: [chat, n] })
const joinedAgo = (chat: number, user: number, s: number) =>
  world.db.query({
    text: 'update members set joined_at = clock_timestamp() - make_interval(secs => $3) where chat_id = $1 and user_id = $2',
    values: [chat, user, s],
  })
const post = (chat: number, user: number, need?: number, count?: number) =>
  changeChat(world, chat, user, async (change, me) => {
    await assertMayPost(change, me, need, count)
    await change.addMessage({ from: user, kind: messageKind.poll, text: 'Which bird?' })
  })
const send = async (chat: number, sender: number, need: number = right.post) => {
  const [result] = await world.send({ chat, sender, need })
  return result instanceof AppError ? result.code : 'none'
}

t.test('rights decide as on the send path, over every role and need', async t => {
  const [alice = 0, bob = 0] = await world.people(2)
  const chat = await world.group(alice, [bob])
  const masks = [0, right.post, right.post | right.polls, right.polls, right.media | right.post]
  for (const role of ['owner', 'admin', 'member', 'restricted', 'banned', 'left']) {
    for (const defaults of masks) {
      for (const own of masks) {
        await set(chat, 'default_rights', defaults)
        await world.place(chat, bob, role, own)
        for (const need of [right.post, right.post | right.polls, right.post | right.media]) {
          const here = `${role} ${own} of ${defaults} needs ${need}`
          t.equal(await refusal(post(chat, bob, need)), await send(chat, bob, need), here)
        }
      }
    }
  }
})

t.test('what needs more than text needs the right to text too', async t => {
  const [alice = 0, bob = 0] = await world.people(2)
  const chat = await world.group(alice, [bob])
  await set(chat, 'default_rights', right.polls)
  t.equal(await refusal(post(chat, bob, right.polls)), 'forbidden')
})

t.test('slow mode: one turn for both ways of posting, and it says how long to wait', async t => {
  const [alice = 0, bob = 0, carol = 0, admin = 0] = await world.people(4)
  const chat = await world.group(alice, [bob, carol, admin])
  await world.place(chat, admin, 'admin', 0)
  await set(chat, 'slow_mode_s', 60)
  await post(chat, bob)
  t.equal(await refusal(post(chat, bob)), 'slow_mode', 'twice this way')
  t.equal(await send(chat, bob), 'slow_mode', 'and then the other')
  t.equal(await send(chat, carol), 'none')
  t.equal(await refusal(post(chat, carol)), 'slow_mode', 'the other way round')
  const error = await post(chat, carol).catch(error => error)
  t.ok(error.retryMs > 0 && error.retryMs <= 60_000, `${error.retryMs} ms`)
  for (const user of [alice, admin]) {
    t.equal(await refusal(post(chat, user)), 'none')
    t.equal(await refusal(post(chat, user)), 'none', 'those who run the chat do not wait')
  }
  await world.db.query({
    text: 'update members set next_post_at = clock_timestamp() where chat_id = $1 and user_id = $2',
    values: [chat, bob],
  })
  t.equal(await refusal(post(chat, bob)), 'none', 'the time is over')
})

t.test(
  'slow mode: what fails costs no turn, several at once are refused, parallel ones give one',
  async t => {
    const [alice = 0, bob = 0] = await world.people(2)
    const chat = await world.group(alice, [bob])
    await set(chat, 'slow_mode_s', 60)
    const failing = changeChat(world, chat, bob, async (change, me) => {
      await assertMayPost(change, me)
      throw new AppError('bad_reply')
    })
    t.equal(await refusal(failing), 'bad_reply')
    t.equal(await refusal(post(chat, bob, right.post, 2)), 'conflict')
    const all = await Promise.all([
      ...Array.from({ length: 5 }, () => refusal(post(chat, bob))),
      ...Array.from({ length: 5 }, () => send(chat, bob)),
    ])
    t.equal(all.filter(code => code === 'none').length, 1)
    t.equal(all.filter(code => code === 'slow_mode').length, 9)
  },
)

t.test('quarantine: a new member writes text only, and rejoining begins it anew', async t => {
  const [alice = 0, bob = 0, admin = 0] = await world.people(3)
  const chat = await world.group(alice, [bob, admin])
  await world.place(chat, admin, 'admin', 0)
  await set(chat, 'quarantine_s', 600)
  for (const [what, need] of Object.entries({
    media: right.post | right.media,
    polls: right.post | right.polls,
    links: right.post | right.links,
  })) {
    await joinedAgo(chat, bob, 590)
    t.equal(await refusal(post(chat, bob, need)), 'forbidden', what)
    t.equal(await send(chat, bob, need), 'forbidden', what)
    t.equal(await refusal(post(chat, admin, need)), 'none', `${what} of an admin`)
    await joinedAgo(chat, bob, 601)
    t.equal(await refusal(post(chat, bob, need)), 'none', `${what} later`)
    t.equal(await send(chat, bob, need), 'none', `${what} later`)
  }
  await joinedAgo(chat, bob, 1)
  t.equal(await refusal(post(chat, bob)), 'none', 'text')
  t.equal(await send(chat, bob), 'none', 'text')
})
