import t from 'tap'
import { limits } from '#shared/protocol/limits.ts'
import { right } from '#shared/protocol/permissions.ts'
import { readHistory } from '#shared/store/messages.ts'
import { openWorld, refusal } from '#test/helpers/world.ts'
import { openSaved } from './create-chat.ts'
import { deleteMessages, editMessage } from './edit-message.ts'
import { leaveChat, setRole } from './members.ts'

const world = await openWorld(t)
const people = await world.people(4)
const [alice = 0, bob = 0, carol = 0, outsider = 0] = people
const group = () => world.group(alice, [bob, carol])
const edit = (actor: number, chat: number, seq: number, text = 'changed', more = {}) =>
  editMessage(world, actor, { chat, seq, text, ...more }, 100)
/** Without the service message that a group begins with: what is written there begins with 2. */
const rows = async (chat: number) =>
  (await readHistory(world.db, chat, {}, 100)).filter(row => !row.svc)

t.test('one edits one’s own message, at a new rev, and nothing else of it changes', async t => {
  const chat = await group()
  const ents = [{ t: 'bold' as const, o: 0, l: 1 }]
  const { seq, rev, at } = await world.sent({
    chat,
    sender: bob,
    reply: undefined,
    silent: true,
    ents,
  })
  const [before] = await rows(chat)
  let answer = { rev: 0, at: 0 }
  const told = await world.announced(async () => {
    answer = await edit(bob, chat, seq)
  })
  t.same(told, { chats: { [chat]: [rev + 1] }, users: {} })
  t.equal(answer.rev, rev + 1)
  if (!before) throw new Error('it is there')
  const { ents: _, ...kept } = before
  t.same(await rows(chat), [{ ...kept, text: 'changed', rev: rev + 1, edited: answer.at }])
  t.equal(kept.at, at)
  t.match(await world.head(chat), { rev: rev + 1, seq })
})

t.test('the same text again changes nothing, with formatting too', async t => {
  const chat = await group()
  const { seq } = await world.sent({ chat, sender: bob })
  const ents = [
    { t: 'link' as const, o: 0, l: 2, url: 'https://example.org' },
    { t: 'userMention' as const, o: 2, l: 2, user: alice },
  ]
  const first = await edit(bob, chat, seq, 'changed', { ents })
  const told = await world.announced(async () => {
    t.same(await edit(bob, chat, seq, 'changed', { ents }), first)
  })
  t.same(told, { chats: {}, users: {} })
  t.not((await edit(bob, chat, seq, 'changed', { ents: ents.slice(1) })).rev, first.rev)
  t.not((await edit(bob, chat, seq, 'changed')).rev, first.rev)
})

t.test('what cannot be edited, and that nothing changes then', async t => {
  const chat = await group()
  const { seq } = await world.sent({ chat, sender: bob })
  const gone = await world.sent({ chat, sender: bob })
  await deleteMessages(world, bob, chat, [gone.seq])
  const head = await world.head(chat)
  const told = await world.announced(async () => {
    t.equal(await refusal(edit(alice, chat, seq)), 'forbidden', 'another’s, also for the owner')
    t.equal(await refusal(edit(outsider, chat, seq)), 'not_found')
    t.equal(await refusal(edit(bob, 999_999, 1)), 'not_found')
    t.equal(await refusal(edit(bob, chat, 99)), 'not_found')
    t.equal(await refusal(edit(bob, chat, gone.seq)), 'conflict')
    t.equal(await refusal(edit(alice, chat, gone.seq)), 'forbidden')
    t.equal(await refusal(edit(bob, chat, seq, ' ')), 'text_empty')
    t.equal(await refusal(edit(bob, chat, seq, 'x'.repeat(101))), 'text_too_long')
    t.equal(await refusal(edit(bob, chat, seq, 'a\0')), 'bad_text')
    t.equal(
      await refusal(edit(bob, chat, seq, 'a', { ents: [{ t: 'bold', o: 1, l: 1 }] })),
      'bad_entities',
    )
    await world.place(chat, bob, 'restricted')
    t.equal(await refusal(edit(bob, chat, seq)), 'forbidden', 'who may not post may not rewrite')
    await world.place(chat, bob, 'banned')
    t.equal(await refusal(edit(bob, chat, seq)), 'not_found')
    await world.place(chat, bob, 'left')
    t.equal(await refusal(edit(bob, chat, seq)), 'not_found')
  })
  t.same(told, { chats: {}, users: {} })
  t.same(await world.head(chat), head)
})

t.test('deleting several: a rev each, tombstones keep their place and nothing else', async t => {
  const chat = await group()
  await world.send(
    ...Array.from({ length: 4 }, () => ({ chat, sender: bob, text: 'secret', silent: true })),
  )
  await edit(bob, chat, 3)
  const { rev } = await world.head(chat)
  const told = await world.announced(async () => {
    t.same(await deleteMessages(world, bob, chat, [4, 3, 4]), { rev: rev + 2 })
  })
  t.same(told.chats, { [chat]: [rev + 1, rev + 2] })
  const [one, two, three, four] = await rows(chat)
  t.match([one, four], [{ text: 'secret' }, { text: 'secret' }])
  for (const [tombstone, seq] of [
    [two, 3],
    [three, 4],
  ] as const) {
    t.same(Object.keys(tombstone ?? {}).sort(), [
      'at',
      'deleted',
      'from',
      'rev',
      'rid',
      'seq',
      'text',
    ])
    t.match(tombstone, { seq, text: '', deleted: true, from: bob })
  }
  const stored = await world.db.query({
    text: `select text, entities from messages where chat_id = $1 and deleted_at is not null`,
    values: [chat],
  })
  t.same(stored, [
    { text: '', entities: null },
    { text: '', entities: null },
  ])
  t.match(await world.head(chat), { seq: 5 }, 'seq stays')
})

t.test('deleted ones stay so and cost no rev', async t => {
  const chat = await group()
  await world.send({ chat, sender: bob }, { chat, sender: bob })
  const { rev } = await deleteMessages(world, bob, chat, [2])
  const told = await world.announced(async () => {
    t.same(await deleteMessages(world, bob, chat, [2]), { rev })
  })
  t.same(told, { chats: {}, users: {} })
  t.same(await deleteMessages(world, bob, chat, [2, 3]), { rev: rev + 1 })
})

t.test('one that is another’s or does not exist: then none is deleted', async t => {
  const chat = await group()
  await world.send({ chat, sender: bob }, { chat, sender: alice }, { chat, sender: bob })
  const head = await world.head(chat)
  t.equal(await refusal(deleteMessages(world, bob, chat, [2, 3, 4])), 'forbidden')
  t.equal(await refusal(deleteMessages(world, bob, chat, [2, 99])), 'not_found')
  t.equal(await refusal(deleteMessages(world, outsider, chat, [1])), 'not_found')
  t.equal(await refusal(deleteMessages(world, bob, 999_999, [1])), 'not_found')
  t.same(await world.head(chat), head)
  t.notOk((await rows(chat)).some(row => row.deleted))
})

t.test('owner and admins with the right delete others’ messages', async t => {
  const chat = await group()
  await world.send(...Array.from({ length: 4 }, () => ({ chat, sender: carol })))
  t.equal(await refusal(deleteMessages(world, alice, chat, [2])), 'none')
  t.equal(await refusal(deleteMessages(world, bob, chat, [3])), 'forbidden')
  await setRole(world, alice, { chat, user: bob, role: 'admin', rights: 1 })
  t.equal(await refusal(deleteMessages(world, bob, chat, [3])), 'forbidden')
  await setRole(world, alice, { chat, user: bob, role: 'admin', rights: 128 })
  t.equal(await refusal(deleteMessages(world, bob, chat, [3])), 'none')
  await leaveChat(world, carol, chat)
  t.equal(await refusal(deleteMessages(world, carol, chat, [4])), 'not_found')
})

t.test('a deleted message still answers its rid, and may still be replied to', async t => {
  const chat = await group()
  const first = await world.sent({ chat, sender: bob, rid: 42 })
  await deleteMessages(world, bob, chat, [first.seq])
  t.match(await world.sent({ chat, sender: bob, rid: 42 }), { seq: first.seq, at: first.at })
  t.match(await world.sent({ chat, sender: alice, reply: first.seq }), { seq: first.seq + 1 })
})

t.test('in direct chats either one deletes for both', async t => {
  const chat = await world.direct(alice, bob)
  await world.send({ chat, sender: alice }, { chat, sender: bob })
  t.equal(await refusal(deleteMessages(world, outsider, chat, [1])), 'not_found')
  t.equal(await refusal(deleteMessages(world, bob, chat, [1, 2])), 'none')
  t.ok((await rows(chat)).every(row => row.deleted))
})

t.test('conversations are not rewritten long after, posts and notes may be', async t => {
  const late = { ...world, clock: { ...world.clock, now: () => Date.now() + more } }
  let more = limits.editWindowS * 1000 - 5_000
  const again = (chat: number, seq: number) =>
    refusal(editMessage(late, alice, { chat, seq, text: `changed ${Math.random()}` }, 100))
  const chats = {
    group: await group(),
    direct: await world.direct(alice, bob),
    channel: await world.channel(alice),
    saved: await openSaved(world, alice),
  }
  const sent = new Map<string, number>()
  for (const [kind, chat] of Object.entries(chats)) {
    sent.set(kind, (await world.sent({ chat, sender: alice })).seq)
  }
  for (const [kind, chat] of Object.entries(chats)) {
    t.equal(await again(chat, sent.get(kind) ?? 0), 'none', kind)
  }
  more = limits.editWindowS * 1000 + 60_000
  for (const [kind, chat] of Object.entries(chats)) {
    const expected = kind === 'group' || kind === 'direct' ? 'too_late' : 'none'
    t.equal(await again(chat, sent.get(kind) ?? 0), expected, kind)
  }
})

t.test('in a channel, who may change the chat edits others’ posts', async t => {
  const chat = await world.channel(alice, [bob, carol])
  const { seq } = await world.sent({ chat, sender: alice })
  t.equal(await refusal(edit(bob, chat, seq)), 'forbidden', 'a subscriber')
  await setRole(world, alice, { chat, user: bob, role: 'admin', rights: right.post })
  t.equal(await refusal(edit(bob, chat, seq)), 'forbidden', 'an admin without the right')
  await setRole(world, alice, { chat, user: bob, role: 'admin', rights: right.changeInfo })
  t.equal(await refusal(edit(bob, chat, seq)), 'none')
  const group = await world.group(alice, [bob])
  const theirs = await world.sent({ chat: group, sender: alice })
  await setRole(world, alice, { chat: group, user: bob, role: 'admin', rights: right.changeInfo })
  t.equal(await refusal(edit(bob, group, theirs.seq)), 'forbidden', 'but nobody in a group')
})

t.test('an edit brings no link where none may be posted', async t => {
  const chat = await group()
  const { seq } = await world.sent({ chat, sender: bob })
  const rights = right.post | right.media
  await world.db.query({
    text: 'update chats set default_rights = $2 where id = $1',
    values: [chat, rights],
  })
  const url = 'https://example.org'
  t.equal(await refusal(edit(bob, chat, seq, `see ${url}`)), 'forbidden')
  const ents = [{ t: 'link' as const, o: 0, l: 3, url }]
  t.equal(await refusal(edit(bob, chat, seq, 'see it', { ents })), 'forbidden')
  t.equal(await refusal(edit(bob, chat, seq, 'see it')), 'none')
})

t.test('edit against delete: in the end it is deleted, and never half of both', async t => {
  const chat = await group()
  for (let round = 0; round < 20; round++) {
    const { seq } = await world.sent({ chat, sender: bob })
    const [edited] = await Promise.all([
      refusal(edit(bob, chat, seq)),
      deleteMessages(world, bob, chat, [seq]),
    ])
    t.ok(edited === 'none' || edited === 'conflict', edited)
    const row = (await rows(chat)).find(each => each.seq === seq)
    t.strictSame(Object.keys(row ?? {}).length, 7, 'a tombstone')
    t.match(row, { deleted: true, text: '' })
  }
})
