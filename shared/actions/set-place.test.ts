import t from 'tap'
import { decode } from '#shared/protocol/codec.ts'
import { limits, mutedForEver, plans } from '#shared/protocol/limits.ts'
import type { Mine } from '#shared/protocol/models.ts'
import type { OpIn } from '#shared/protocol/ops.ts'
import { openWorld, refusal } from '#test/helpers/world.ts'
import { openSaved } from './create-chat.ts'
import { addMembers, leaveChat } from './members.ts'
import { describeChat } from './read-chats.ts'
import { setDraft, setPlace } from './set-place.ts'
import { readUserDiff } from './sync.ts'

const world = await openWorld(t)
const pinsMax = plans.free.pinnedChatsMax
const [alice = 0, bob = 0, eve = 0] = await world.people(3)

const meOf = async (chat: number, user = alice) => (await describeChat(world, user, chat)).chat.me
const place = (chat: number, change: Omit<OpIn<'setPlace'>, 'chat'>, user = alice) =>
  setPlace(world, user, pinsMax, { chat, ...change })
const draft = (chat: number, more: Partial<OpIn<'draft'>>, user = alice) =>
  setDraft(world, user, plans.free.messageCharsMax, { chat, ...more })
/** The body of the `place` event that was published last. */
const lastTold = () => {
  const event = world.published.at(-1)?.events.at(-1)
  if (event?.type !== 'user') return null
  const [, , urev, body] = decode(event.frame).frame as [number, number, number, { me: Mine }]
  return { user: event.user, urev, me: body.me }
}

t.test('what is not one’s own to see is not there, and nothing is told', async t => {
  const chat = await world.group(bob)
  const count = world.published.length
  t.equal(await refusal(place(chat, { pinned: true })), 'not_found')
  t.equal(await refusal(place(987_654, { pinned: true })), 'not_found')
  t.equal(await refusal(draft(chat, { text: 'Hi' })), 'not_found')
  t.equal(world.published.length, count)
})

t.test('each choice is stored, told with its urev, and undone; the others stay', async t => {
  const chat = await world.group(alice, [bob])
  const until = Date.now() + 3_600_000
  const cases: [Omit<OpIn<'setPlace'>, 'chat'>, Partial<Mine>][] = [
    [{ mutedUntil: until }, { mutedUntil: until }],
    [{ mentionsMuted: true }, { mentionsMuted: true }],
    [{ pinned: true }, { pinned: true, pinnedAt: Number }] as never,
    [{ unread: true }, { unread: true }],
  ]
  const seen: Partial<Mine> = {}
  for (const [change, shown] of cases) {
    Object.assign(seen, shown)
    const { me } = await place(chat, change)
    t.match(me, seen)
    t.same(await meOf(chat), me)
    t.same(lastTold(), { user: alice, urev: me.urev, me })
    t.equal(await world.urev(alice), me.urev)
  }
  t.notMatch(await meOf(chat, bob), { mutedUntil: Number }, 'nobody else’s')
  const off = { mutedUntil: null, mentionsMuted: false, pinned: false, unread: false }
  const { me } = await place(chat, off)
  t.same(Object.keys(me).sort(), ['read', 'rights', 'role', 'urev'])
})

t.test('the same once more is no news', async t => {
  const chat = await world.group(alice)
  const { me } = await place(chat, { mutedUntil: 0, unread: true })
  const announced = await world.announced(() => place(chat, { mutedUntil: 0, unread: true }))
  t.same(announced, { chats: {}, users: {} })
  t.equal((await meOf(chat)).urev, me.urev)
})

t.test('devices that were away learn it from a diff of their state', async t => {
  const chat = await world.group(alice)
  const since = await world.urev(alice)
  const announced = await world.announced(() => place(chat, { pinned: true }))
  t.same(announced, { chats: {}, users: { [alice]: [since + 1] } })
  const diff = await readUserDiff(world, alice, since)
  t.match(diff, { urev: since + 1, chats: [{ id: chat, me: { pinned: true } }] })
  await place(chat, { pinned: false })
})

t.test('muted for ever, until a time, or no longer', async t => {
  const chat = await world.group(alice)
  t.equal((await place(chat, { mutedUntil: 0 })).me.mutedUntil, mutedForEver)
  t.equal((await meOf(chat)).mutedUntil, mutedForEver)
  const soon = Date.now() + 60_000.5
  t.equal((await place(chat, { mutedUntil: soon })).me.mutedUntil, Math.floor(soon))
  t.equal((await place(chat, { mutedUntil: Date.now() - 1 })).me.mutedUntil, undefined, 'past')
})

t.test('pins are bounded by the plan and ordered by when they were made', async t => {
  const [dora = 0] = await world.people(1)
  const chats = []
  for (let i = 0; i <= pinsMax; i++) chats.push(await world.group(dora))
  const pin = (chat: number, pinned = true) => place(chat, { pinned }, dora)
  for (const chat of chats.slice(0, pinsMax)) await pin(chat)
  const [first = 0] = chats
  const last = chats.at(-1) ?? 0
  t.equal(await refusal(pin(last)), 'quota_reached')
  const before = (await meOf(first, dora)).pinnedAt ?? 0
  t.ok(((await pin(first)).me.pinnedAt ?? 0) >= before, 'pinned again it moves to the front')
  await pin(first, false)
  await pin(last)
  t.equal(await refusal(pin(first)), 'quota_reached')
  t.equal(await refusal(setPlace(world, dora, pinsMax + 1, { chat: first, pinned: true })), 'none')
  await leaveChat(world, dora, last)
  t.equal(await refusal(pin(chats[1] ?? 0)), 'none')
})

t.test('two devices that pin at once do not get past the bound', async t => {
  const [dora = 0] = await world.people(1)
  const chats = await Promise.all(Array.from({ length: 12 }, () => world.group(dora)))
  const outcomes = await Promise.all(
    chats.map(chat => refusal(place(chat, { pinned: true }, dora))),
  )
  t.equal(outcomes.filter(outcome => outcome === 'none').length, pinsMax)
  t.equal(outcomes.filter(outcome => outcome === 'quota_reached').length, 12 - pinsMax)
})

t.test('an archived chat comes back with a message, unless it is muted then', async t => {
  const chat = await world.group(alice, [bob])
  await world.sent({ chat, sender: bob })
  await place(chat, { pinned: true })
  const { me } = await place(chat, { archived: true })
  t.match(me, { archived: true, archivedSeq: (await world.head(chat)).seq })
  t.equal(me.pinned, undefined, 'archiving ends a pin')
  await world.sent({ chat, sender: bob })
  t.equal((await meOf(chat)).archived, undefined)
  await place(chat, { mutedUntil: 0 })
  t.equal((await meOf(chat)).archived, undefined, 'muting does not put it away again')
  await place(chat, { archived: true })
  await world.sent({ chat, sender: bob })
  t.equal((await meOf(chat)).archived, true)
  await place(chat, { mutedUntil: null })
  t.equal((await meOf(chat)).archived, true, 'nor does unmuting bring it back')
  await world.sent({ chat, sender: bob })
  t.equal((await meOf(chat)).archived, undefined)
  t.equal((await place(chat, { archived: false })).me.archivedSeq, undefined)
})

t.test('a mute that has ended: only what came since brings the chat back', async t => {
  const chat = await world.group(alice, [bob])
  await place(chat, { archived: true, mutedUntil: Date.now() + 3_600_000 })
  await world.sent({ chat, sender: bob })
  const endMute = (until: string) =>
    world.db.query({
      text: `update members set muted_until = ${until} where chat_id = $1 and user_id = $2`,
      values: [chat, alice],
    })
  await endMute('(select last_at from chats where id = $1)')
  t.equal((await meOf(chat)).archived, true)
  await endMute("(select last_at - interval '1 s' from chats where id = $1)")
  t.equal((await meOf(chat)).archived, undefined)
})

t.test('a draft is kept, replaced and removed; the last one wins', async t => {
  const chat = await world.group(alice, [bob])
  const { seq } = await world.sent({ chat, sender: bob })
  const ents = [{ t: 'bold' as const, o: 0, l: 2 }]
  const { me } = await draft(chat, { text: 'Hi Bob', ents, reply: seq })
  t.match(me.draft, { text: 'Hi Bob', ents, reply: seq, at: Number })
  t.same(await meOf(chat), me)
  t.same(lastTold(), { user: alice, urev: me.urev, me })
  const same = await world.announced(() => draft(chat, { text: 'Hi Bob', ents, reply: seq }))
  t.same(same.users, {}, 'the same is no news')
  t.match((await draft(chat, { text: 'Bob' })).me.draft, { text: 'Bob' })
  t.strictSame((await meOf(chat)).draft?.reply, undefined)
  t.match((await draft(chat, { text: ' \n', reply: seq })).me.draft, { text: '', reply: seq })
  t.equal((await draft(chat, { text: '  ' })).me.draft, undefined)
  t.same((await world.announced(() => draft(chat, {}))).users, {}, 'there is none any more')
  t.equal((await meOf(chat, bob)).draft, undefined)
})

t.test('a draft is no longer than a message, and of what can be stored', async t => {
  const chat = await world.group(alice)
  const max = plans.free.messageCharsMax
  t.equal(await refusal(draft(chat, { text: 'x'.repeat(max) })), 'none')
  t.equal(await refusal(draft(chat, { text: 'x'.repeat(max + 1) })), 'text_too_long')
  t.equal(await refusal(draft(chat, { text: 'a\0b' })), 'bad_text')
  t.equal(
    await refusal(draft(chat, { text: 'ab', ents: [{ t: 'bold', o: 1, l: 2 }] })),
    'bad_entities',
  )
  t.equal(await refusal(draft(chat, { text: 'ab', reply: 99 })), 'bad_reply')
  await draft(chat, {})
})

t.test('the number of drafts is bounded', async t => {
  const max = limits.draftsPerUserMax
  const chats = await world.db.query<{ id: number }>({
    text: `insert into chats (kind, default_rights, member_count)
           select 'group', 15, 1 from generate_series(1, $1::int) returning id`,
    values: [max + 1],
  })
  await world.db.query({
    text: `insert into members (chat_id, user_id, role) select id, $1, 'member' from unnest($2::bigint[]) as id`,
    values: [eve, chats.map(each => each.id)],
  })
  const [first = 0, ...rest] = chats.map(each => each.id)
  const last = rest.pop() ?? 0
  for (const chat of [first, ...rest]) await draft(chat, { text: 'Hi' }, eve)
  t.equal(await refusal(draft(last, { text: 'Hi' }, eve)), 'quota_reached')
  t.equal(await refusal(draft(first, { text: 'Another' }, eve)), 'none')
  await draft(first, {}, eve)
  t.equal(await refusal(draft(last, { text: 'Hi' }, eve)), 'none')
})

t.test('who leaves and comes back starts anew', async t => {
  const chat = await world.group(bob, [alice])
  await draft(chat, { text: 'Hi' })
  await place(chat, { archived: true, pinned: true, unread: true })
  await leaveChat(world, alice, chat)
  await addMembers(world, bob, chat, [alice])
  const me = await meOf(chat)
  for (const key of ['draft', 'pinned', 'archived', 'unread'] as const)
    t.equal(me[key], undefined, key)
})

t.test('saved messages are kept like any chat', async t => {
  const chat = await openSaved(world, alice)
  await world.sent({ chat, sender: alice })
  const change = { pinned: true, mutedUntil: 0, unread: true } as const
  t.match((await place(chat, change)).me, { pinned: true, unread: true })
  t.match((await draft(chat, { text: 'Milk' })).me.draft, { text: 'Milk' })
  t.match((await place(chat, { archived: true })).me, { archived: true, archivedSeq: 1 })
})
