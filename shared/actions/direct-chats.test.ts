// Direct chats that wait for an answer, and those in which nothing may be said: who learns what, who may write what, and
// what happens when two things happen at once. Sends go both ways a gateway tries: the send path first, then here.

import t from 'tap'
import { decode } from '#shared/protocol/codec.ts'
import { AppError } from '#shared/protocol/codes.ts'
import { userEvents } from '#shared/protocol/events.ts'
import type { ChatId, UserId } from '#shared/protocol/ids.ts'
import { limits } from '#shared/protocol/limits.ts'
import type { Chat } from '#shared/protocol/models.ts'
import { defaultRights } from '#shared/protocol/permissions.ts'
import { readAcquainted } from '#shared/store/connections.ts'
import { markDelivered } from '#shared/store/read-marks.ts'
import { nextRid, openWorld, refusal } from '#test/helpers/world.ts'
import { answerRequest } from './answer-request.ts'
import { setContact } from './contacts.ts'
import { createDirect, sendToQuiet } from './direct-chats.ts'
import { deleteMessages, editMessage } from './edit-message.ts'
import { clearHistory } from './hide-messages.ts'
import { markReadBatch } from './mark-read.ts'
import { addMembers } from './members.ts'
import { readBy } from './read-by.ts'
import { describeChat, listChats, listMembers, readHistory } from './read-chats.ts'
import { setAutoDelete } from './set-auto-delete.ts'
import { listBlocks, setBlock } from './set-block.ts'
import { setPrivacy } from './set-privacy.ts'
import { readDiff } from './sync.ts'

const world = await openWorld(t)

/** Sends as a gateway does. */
async function send(chat: ChatId, user: UserId, text = 'Hello', rid = nextRid()) {
  const [result] = await world.send({ chat, sender: user, text, rid })
  if (result instanceof AppError && result.code === 'forbidden') {
    const rest = { ents: undefined, reply: undefined, silent: false }
    return sendToQuiet(world, user, { chat, rid, text, ...rest })
  }
  if (!result || result instanceof AppError) throw result
  return result
}
const place = async (user: UserId, chat: ChatId) => (await describeChat(world, user, chat)).chat
const sees = async (user: UserId, chat: ChatId) =>
  (await listChats(world, user, undefined, 100)).chats.some(each => each.id === chat)
const texts = async (user: UserId, chat: ChatId) =>
  (await readHistory(world, user, chat, {}, 50)).messages.map(message => message.text)
const rightsOf = async (chat: ChatId) => {
  const [row] = await world.db.query<{ n: number }>({
    text: 'select default_rights as n from chats where id = $1',
    values: [chat],
  })
  return row?.n
}

/** Kinds of the events that each person's devices got for `work`. */
async function toldTo(work: () => Promise<unknown>): Promise<Map<UserId, string[]>> {
  const from = world.published.length
  await work()
  const told = new Map<UserId, string[]>()
  for (const event of world.published.slice(from).flatMap(batch => batch.events)) {
    if (event.type !== 'user' && event.type !== 'joined' && event.type !== 'left') continue
    const kind = decode(event.frame).frame[1]
    const [name = ''] = Object.entries(userEvents).find(each => each[1].kind === kind) ?? []
    told.set(event.user, [...(told.get(event.user) ?? []), name])
  }
  return told
}

/** A stranger's chat with so many messages that wait. */
async function request(messages = 1) {
  const [alice = 0, bob = 0] = await world.people(2)
  const chat = await createDirect(world, alice, bob)
  for (let i = 1; i <= messages; i++) await send(chat, alice, `${i}`)
  return { alice, bob, chat }
}

t.test('a stranger’s chat is seen by the other with the first message, as a request', async t => {
  const { alice, bob, chat } = await request(0)
  t.notOk(await sees(bob, chat), 'an empty one would be noise')
  t.equal(await refusal(describeChat(world, bob, chat)), 'not_found')
  const told = await toldTo(() => send(chat, alice, 'Hi'))
  t.same(told.get(bob), ['joined'])
  t.match(await place(bob, chat), {
    peer: alice,
    seq: 1,
    members: 2,
    me: { request: true, read: 0 },
  })
  t.same(await texts(bob, chat), ['Hi'])
  t.same((await toldTo(() => send(chat, alice, 'You there?'))).get(bob), undefined)
})

t.test('to the stranger it looks like any other chat', async t => {
  const [alice = 0, bob = 0, carol = 0] = await world.people(3)
  const known = await world.direct(alice, carol)
  const asked = await createDirect(world, alice, bob)
  const shape = ({ id: _, at: __, peer: ___, last: ____, rev: _____, me, ...rest }: Chat) => {
    const { urev: ______, ...mine } = me
    return { ...rest, me: mine }
  }
  t.same(shape(await place(alice, asked)), shape(await place(alice, known)))
  await send(asked, alice)
  await send(known, alice)
  t.same(shape(await place(alice, asked)), shape(await place(alice, known)), 'after a message')
  const members = (await listMembers(world, alice, asked, { after: 0 }, 10)).members
  t.same(
    members.map(each => [each.user, each.role]).sort(),
    [
      [alice, 'member'],
      [bob, 'member'],
    ].sort(),
  )
  await answerRequest(world, bob, { chat: asked, answer: 'decline' })
  t.same(shape(await place(alice, asked)), shape(await place(alice, known)), 'after a decline')
  t.same((await listMembers(world, alice, asked, { after: 0 }, 10)).members.length, 2)
  const diff = await readDiff(world, alice, asked, 0)
  t.notOk(diff.members.some(each => each.user === bob && each.role === 'left'))
  const profiles = (await describeChat(world, alice, asked)).users.map(user => user.id)
  t.ok(profiles.includes(bob))
})

t.test('a stranger writes so many messages, however many are sent at once', async t => {
  const { alice, bob, chat } = await request(0)
  const answers = await Promise.all(
    Array.from({ length: limits.requestMessagesMax + 5 }, (_, i) =>
      refusal(send(chat, alice, `${i}`)),
    ),
  )
  t.equal(answers.filter(code => code === 'none').length, limits.requestMessagesMax)
  t.equal(answers.filter(code => code === 'forbidden').length, 5)
  t.equal((await texts(bob, chat)).length, limits.requestMessagesMax)
  await answerRequest(world, bob, { chat, answer: 'accept' })
  t.equal(await refusal(send(chat, alice)), 'none')
})

t.test('the same rid is one message, also when both attempts come at once', async t => {
  const { alice, chat } = await request(0)
  const rid = nextRid()
  const [one, other] = await Promise.all([send(chat, alice, 'x', rid), send(chat, alice, 'x', rid)])
  t.same([one?.seq, other?.seq], [1, 1])
  t.match(await send(chat, alice, 'x', rid), { seq: 1 })
})

t.test('nothing else than plain messages before the answer', async t => {
  const { alice, bob, chat } = await request()
  const { seq } = await send(chat, alice, 'two')
  const group = await world.group(alice)
  t.equal(await refusal(editMessage(world, alice, { chat, seq, text: 'x' }, 100)), 'forbidden')
  t.equal(await refusal(setAutoDelete(world, alice, { chat, s: 86_400 })), 'forbidden')
  t.equal(await refusal(clearHistory(world, alice, { chat, forAll: true })), 'forbidden')
  t.equal(await refusal(deleteMessages(world, alice, chat, [seq])), 'none', 'one’s own may go')
  t.same(await readAcquainted(world.db, alice, [bob]), [], 'they are no acquaintances')
  t.equal(
    (await addMembers(world, alice, group, [bob])).added.length,
    1,
    'but by the rule of groups',
  )
})

t.test(
  'writing back is an answer; so is accepting, adding a contact, and coming by oneself',
  async t => {
    const accepts: Record<string, (bob: UserId, chat: ChatId, alice: UserId) => Promise<unknown>> =
      {
        reply: (bob, chat) => send(chat, bob, 'Hello yourself'),
        accept: (bob, chat) => answerRequest(world, bob, { chat, answer: 'accept' }),
        contact: (bob, _, alice) => setContact(world, bob, { user: alice, name: 'Al' }),
      }
    for (const [what, accept] of Object.entries(accepts)) {
      const { alice, bob, chat } = await request()
      const told = await toldTo(() => accept(bob, chat, alice))
      t.ok(told.get(bob)?.includes('place'), `${what}: their devices learn it`)
      t.notOk(told.has(alice), `${what}: nobody tells the stranger`)
      t.equal((await place(bob, chat)).me.request, undefined, what)
      t.equal(await rightsOf(chat), defaultRights.direct, what)
      const [sent] = await world.send({ chat, sender: alice })
      t.notOk(sent instanceof AppError, `${what}: the send path takes it from here`)
      t.same(await readAcquainted(world.db, alice, [bob]), [bob])
    }
    const { alice, bob, chat } = await request(0)
    t.equal(await createDirect(world, bob, alice), chat)
    t.equal((await place(bob, chat)).me.request, undefined)
    t.equal(await rightsOf(chat), defaultRights.direct)
    const again = await request()
    t.equal(await createDirect(world, again.bob, again.alice), again.chat)
    t.ok((await place(again.bob, again.chat)).me.request, 'looking at it is no answer')
  },
)

t.test('accepting twice changes nothing; there is nothing to answer for others', async t => {
  const { alice, bob, chat } = await request()
  t.equal(await refusal(answerRequest(world, alice, { chat, answer: 'accept' })), 'conflict')
  t.equal(await refusal(answerRequest(world, alice, { chat, answer: 'decline' })), 'conflict')
  const [carol = 0] = await world.people(1)
  for (const answer of ['accept', 'decline', 'block'] as const)
    t.equal(await refusal(answerRequest(world, carol, { chat, answer })), 'not_found', answer)
  await answerRequest(world, bob, { chat, answer: 'accept' })
  const told = await toldTo(() => answerRequest(world, bob, { chat, answer: 'accept' }))
  t.equal(told.size, 0)
  t.equal(await refusal(answerRequest(world, bob, { chat, answer: 'decline' })), 'conflict')
  const group = await world.group(alice)
  t.equal(await refusal(answerRequest(world, alice, { chat: group, answer: 'accept' })), 'conflict')
})

t.test('declining takes the chat away and tells nobody; what was written stays hidden', async t => {
  const { alice, bob, chat } = await request(2)
  const told = await toldTo(() => answerRequest(world, bob, { chat, answer: 'decline' }))
  t.same([...told], [[bob, ['left']]])
  t.notOk(await sees(bob, chat))
  t.equal(await refusal(readHistory(world, bob, chat, {}, 10)), 'not_found')
  const later = await toldTo(() => send(chat, alice, '3'))
  t.notOk(later.has(bob), 'they do not see what follows either')
  t.notOk(await sees(bob, chat))
  t.equal(await createDirect(world, bob, alice), chat, 'they may come by themselves')
  t.same(await texts(bob, chat), ['3'], 'what was declined stays gone')
  t.equal(await rightsOf(chat), defaultRights.direct)
})

t.test(
  'a contact’s chat needs no answer, nor the one of somebody who became a contact',
  async t => {
    const [alice = 0, bob = 0] = await world.people(2)
    await setContact(world, bob, { user: alice })
    const chat = await createDirect(world, alice, bob)
    t.equal((await place(bob, chat)).me.request, undefined)
    const later = await request(0)
    await setContact(world, later.bob, { user: later.alice })
    await send(later.chat, later.alice, 'Hi')
    t.match((await place(later.bob, later.chat)).me, { request: undefined })
    t.equal(await rightsOf(later.chat), defaultRights.direct)
  },
)

t.test('who wants no messages of strangers gets none, and no chat', async t => {
  const [alice = 0, bob = 0, carol = 0] = await world.people(3)
  await setPrivacy(world, bob, { messages: { who: 'contacts', always: [carol] } })
  t.equal(await refusal(createDirect(world, alice, bob)), 'forbidden')
  t.equal(await refusal(createDirect(world, carol, bob)), 'none')
  await setContact(world, bob, { user: alice })
  t.equal(await refusal(createDirect(world, alice, bob)), 'none')
  const open = await request(1)
  await setPrivacy(world, open.bob, { messages: { who: 'nobody' } })
  t.equal(await refusal(send(open.chat, open.alice)), 'forbidden', 'not answered yet')
  t.equal(await refusal(send(open.chat, open.bob)), 'none')
  t.equal(await refusal(send(open.chat, open.alice)), 'none', 'answered once')
})

t.test('blocking silences both, ending it by both lets them talk again', async t => {
  const [alice = 0, bob = 0] = await world.people(2)
  const chat = await world.direct(alice, bob)
  await send(chat, alice, 'before')
  const before = await place(bob, chat)
  const steps: [UserId, boolean, boolean][] = [
    [alice, true, false],
    [bob, true, false],
    [alice, false, false],
    [alice, true, false],
    [bob, false, false],
    [alice, false, true],
  ]
  for (const [user, blocked, talks] of steps) {
    const other = user === alice ? bob : alice
    const told = await toldTo(() => setBlock(world, user, other, blocked))
    t.same([...told], [[user, ['section']]], 'only who does it is told')
    for (const writer of [alice, bob]) {
      t.equal(await refusal(send(chat, writer)), talks ? 'none' : 'forbidden')
    }
  }
  t.match(await place(bob, chat), { rights: before.rights, members: 2, me: { role: 'member' } })
})

t.test('while a block stands the chat looks as it did, to both', async t => {
  const [alice = 0, bob = 0] = await world.people(2)
  const chat = await world.direct(alice, bob)
  await send(chat, bob, 'one')
  await send(chat, bob, 'two')
  await markReadBatch(world, [{ user: alice, chat, seq: 1 }])
  const before = await place(bob, chat)
  t.equal(before.peerRead, 1)
  const head = await world.head(chat)
  await setBlock(world, alice, bob, true)
  t.same(await place(bob, chat), before)
  await markReadBatch(world, [{ user: alice, chat, seq: 2 }])
  await markDelivered(world.db, [{ user: alice, chat, seq: 2 }])
  t.same(await place(bob, chat), before, 'reading on is not told')
  t.same((await readBy(world, bob, chat, 2)).readers, [])
  t.equal(
    (await listMembers(world, bob, chat, { after: 0 }, 9)).members.find(each => each.user === alice)
      ?.read,
    1,
  )
  t.equal((await place(alice, chat)).me.read, 2, 'but kept')
  t.same(await world.head(chat), head, 'no rev was taken')
  t.equal(await refusal(deleteMessages(world, bob, chat, [1])), 'none', 'one’s own may go')
  await setBlock(world, alice, bob, false)
  t.equal((await place(bob, chat)).peerRead, 2)
})

t.test(
  'a block keeps direct chats from being made, and people from being added, both ways',
  async t => {
    const [alice = 0, bob = 0] = await world.people(2)
    await setBlock(world, alice, bob, true)
    t.equal(await refusal(createDirect(world, alice, bob)), 'forbidden')
    t.equal(await refusal(createDirect(world, bob, alice)), 'forbidden')
    for (const [one, other] of [
      [alice, bob],
      [bob, alice],
    ] as const) {
      const group = await world.group(one)
      t.match(await addMembers(world, one, group, [other]), { added: [], refused: [other] })
      const made = await world.group(one, [other])
      t.equal((await world.head(made)).members, 1)
    }
    await setBlock(world, alice, bob, false)
    t.equal(await refusal(createDirect(world, alice, bob)), 'none')
  },
)

t.test(
  'blocking a stranger declines what they wrote; ending the block does not bring it back',
  async t => {
    const { alice, bob, chat } = await request(2)
    const told = await toldTo(() =>
      answerRequest(world, bob, { chat, answer: 'block', report: 'spam' }),
    )
    t.same(told.get(bob), ['left', 'section'])
    t.equal(await refusal(send(chat, alice)), 'forbidden')
    t.match(await listBlocks(world, bob, 0, 10), { blocks: [{ user: alice }] })
    const reports = await world.db.query<{ user_id: number; n: number }>({
      text: `select user_id, jsonb_array_length(evidence -> 'messages') as n from reports where reporter_id = $1`,
      values: [bob],
    })
    t.same(reports, [{ user_id: alice, n: 2 }], 'with what was written')
    await setBlock(world, bob, alice, false)
    t.equal(await refusal(send(chat, alice)), 'none', 'they may go on, to nobody')
    t.notOk(await sees(bob, chat))
  },
)

t.test('nobody blocks themself or nobody, nor more people than the limit', async t => {
  const [alice = 0, bob = 0] = await world.people(2)
  t.equal(await refusal(setBlock(world, alice, alice, true)), 'bad_request')
  t.equal(await refusal(setBlock(world, alice, 999_999, true)), 'not_found')
  await world.db.query({
    text: `with crowd as (insert into users (name) select 'Person' from generate_series(1, $2::int) returning id)
           insert into blocks (user_id, blocked_id) select $1, id from crowd`,
    values: [alice, limits.blocksMax - 1],
  })
  t.equal(await refusal(setBlock(world, alice, bob, true)), 'none')
  const [carol = 0] = await world.people(1)
  t.equal(await refusal(setBlock(world, alice, carol, true)), 'quota_reached')
  t.equal(await refusal(setBlock(world, alice, bob, true)), 'none', 'the same again is no more')
  const seen: UserId[] = []
  for (let after: UserId | undefined = 0; after !== undefined; ) {
    const page = await listBlocks(world, alice, after, limits.pagePeopleMax)
    seen.push(...page.blocks.map(each => each.user))
    after = page.next
  }
  t.equal(new Set(seen).size, limits.blocksMax)
})

t.test(
  'when a block is answered nothing passes any more, however many sends are under way',
  async t => {
    const [alice = 0, bob = 0] = await world.people(2)
    const chat = await world.direct(alice, bob)
    for (let round = 0; round < 5; round++) {
      let blocked = false
      const late: string[] = []
      const sends = Array.from({ length: 40 }, async (_, i) => {
        const wasBlocked = blocked
        const code = await refusal(send(chat, i % 2 ? alice : bob, `${i}`))
        if (wasBlocked && code === 'none') late.push(`${i}`)
        return code
      })
      await setBlock(world, alice, bob, true)
      blocked = true
      const { seq } = await world.head(chat)
      const after = await Promise.all(
        Array.from({ length: 5 }, (_, i) => refusal(send(chat, i % 2 ? alice : bob))),
      )
      await Promise.all(sends)
      t.same(late, [])
      t.ok(after.every(code => code === 'forbidden'))
      t.equal((await world.head(chat)).seq, seq)
      await setBlock(world, alice, bob, false)
    }
  },
)

t.test('blocks and their ends by both at once leave what the last of each says', async t => {
  for (let round = 0; round < 10; round++) {
    const [alice = 0, bob = 0] = await world.people(2)
    const chat = await world.direct(alice, bob)
    const flip = async (one: UserId, other: UserId, times: number) => {
      for (let i = 0; i < times; i++) await setBlock(world, one, other, i % 2 === 0)
    }
    // An even number of steps ends unblocked, an odd one blocked.
    const [mine, theirs] = [3 + (round % 2), 3 + ((round >> 1) % 2)]
    await Promise.all([flip(alice, bob, mine), flip(bob, alice, theirs)])
    const isQuiet = mine % 2 === 1 || theirs % 2 === 1
    t.equal(await rightsOf(chat), isQuiet ? 0 : defaultRights.direct, `${mine} and ${theirs}`)
  }
})

t.test('a chat begun while the other blocks is forbidden or silenced, never open', async t => {
  for (let round = 0; round < 10; round++) {
    const [alice = 0, bob = 0] = await world.people(2)
    if (round % 2) await world.acquaint(alice, bob)
    const [made] = await Promise.all([
      createDirect(world, alice, bob).catch((error: AppError) => error.code),
      setBlock(world, bob, alice, true),
    ])
    if (made === 'forbidden') continue
    t.equal(await rightsOf(made as ChatId), 0)
    t.equal(await refusal(send(made as ChatId, alice)), 'forbidden')
  }
})

t.test('both begin at once: one chat, and neither waits for the other', async t => {
  for (let round = 0; round < 5; round++) {
    const [alice = 0, bob = 0] = await world.people(2)
    const ids = await Promise.all(
      Array.from({ length: 8 }, (_, i) =>
        i % 2 ? createDirect(world, alice, bob) : createDirect(world, bob, alice),
      ),
    )
    t.equal(new Set(ids).size, 1)
    const [chat = 0] = ids
    t.equal(await rightsOf(chat), defaultRights.direct)
    t.match(await world.head(chat), { members: 2, seq: 0 })
    for (const user of [alice, bob]) t.equal((await place(user, chat)).me.request, undefined)
  }
})

t.test('an answer and the stranger’s next message at once end in one accepted chat', async t => {
  for (let round = 0; round < 10; round++) {
    const { alice, bob, chat } = await request()
    await Promise.all([
      send(chat, alice, 'a'),
      send(chat, bob, 'b'),
      answerRequest(world, bob, { chat, answer: 'accept' }),
    ])
    t.equal(await rightsOf(chat), defaultRights.direct)
    t.equal((await place(bob, chat)).me.request, undefined)
    t.equal((await texts(alice, chat)).length, 3)
  }
})
