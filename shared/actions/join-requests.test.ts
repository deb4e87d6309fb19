// Requests to join: asked once, answered once, told to those who answer, gone with their link or a ban.

import t from 'tap'
import { decode } from '#shared/protocol/codec.ts'
import { userEvents } from '#shared/protocol/events.ts'
import type { ChatId, UserId } from '#shared/protocol/ids.ts'
import { limits } from '#shared/protocol/limits.ts'
import { ops } from '#shared/protocol/ops.ts'
import { right } from '#shared/protocol/permissions.ts'
import { nextRid, openWorld, refusal } from '#test/helpers/world.ts'
import { forgetOld } from './admin-log.ts'
import { createInvite, joinByInvite, previewInvite, revokeInvite } from './invites.ts'
import { answerJoinRequests, listJoinRequests, withdrawJoinRequest } from './join-requests.ts'
import { addMembers, leaveChat, removeMember, setRole } from './members.ts'
import { describeChat, readHistory } from './read-chats.ts'
import { setRules } from './rules.ts'
import { readUserDiff } from './sync.ts'

const world = await openWorld(t, { poolMax: 20 })

const link = (actor: UserId, chat: ChatId, more: { usesMax?: number; expiresAt?: number } = {}) =>
  createInvite(world, actor, { chat, rid: nextRid(), approval: true, ...more })
const waiting = async (actor: UserId, chat: ChatId) => {
  const { requests, count } = await listJoinRequests(world, actor, chat, 0, 100)
  t.equal(requests.length, Math.min(count, 100), 'the number is that of the list')
  return requests.map(request => request.user)
}
const answer = (actor: UserId, chat: ChatId, accept: boolean, user?: UserId) =>
  answerJoinRequests(world, actor, { chat, accept, user })
const sql = (text: string, ...values: unknown[]) =>
  world.db.query<Record<string, number>>({ text, values })

t.test('asking: not in yet, asked once however often, and told to those who answer', async t => {
  const [alice = 0, admin = 0, mute = 0, bob = 0, carol = 0] = await world.people(5)
  const chat = await world.group(alice, [admin, mute, bob])
  await setRole(world, alice, { chat, user: admin, role: 'admin', rights: right.invite })
  await setRole(world, alice, { chat, user: mute, role: 'admin', rights: right.pin })
  await sql('update chats set default_rights = 1 where id = $1', chat)
  const { token, invite } = await link(alice, chat)
  t.equal(invite.approval, true)
  t.match(await previewInvite(world, carol, token), { approval: true })
  const { rev } = await world.head(chat)
  const urevs = { alice: await world.urev(alice), admin: await world.urev(admin) }
  const told = await world.announced(async () => {
    t.same(await joinByInvite(world, carol, token), { chat, requested: true })
    t.same(await joinByInvite(world, carol, token), { chat, requested: true })
  })
  const users = { [alice]: [urevs.alice + 1], [admin]: [urevs.admin + 1] }
  t.same(told, { chats: {}, users }, 'the chat does not learn of it')
  t.match(await world.head(chat), { rev, members: 4 })
  const events = world.published.flatMap(batch => batch.events)
  const place = events.findLast(event => event.type === 'user' && event.user === alice)
  const { frame } = decode((place as { frame: Uint8Array }).frame)
  const me = { requests: 1, urev: urevs.alice + 1, role: 'owner' }
  t.match(frame, [3, userEvents.place.kind, urevs.alice + 1, { chat, me }])
  t.match(await previewInvite(world, carol, token), { requested: true })
  t.equal((await describeChat(world, alice, chat)).chat.me.requests, 1)
  t.equal((await describeChat(world, bob, chat)).chat.me.requests, undefined)
  t.equal((await describeChat(world, mute, chat)).chat.me.requests, undefined)
  const diff = await readUserDiff(world, admin, urevs.admin)
  t.equal(diff.chats.find(each => each.id === chat)?.me.requests, 1, 'who was away learns of it')
  t.same(await waiting(alice, chat), [carol])
  t.equal(await refusal(listJoinRequests(world, mute, chat, 0, 10)), 'forbidden')
  t.equal(await refusal(listJoinRequests(world, bob, chat, 0, 10)), 'forbidden')
  t.equal(await refusal(listJoinRequests(world, carol, chat, 0, 10)), 'not_found')
  t.equal(await refusal(answer(mute, chat, true, carol)), 'forbidden')
  t.equal(await refusal(answer(carol, chat, true, carol)), 'not_found')
})

t.test('accepted: in, told, counted, once', async t => {
  const [alice = 0, bob = 0] = await world.people(2)
  const chat = await world.group(alice)
  const { token, invite } = await link(alice, chat)
  await joinByInvite(world, bob, token)
  const { rev } = await world.head(chat)
  const told = await world.announced(async () => {
    const outcomes = await Promise.all([1, 2, 3].map(() => refusal(answer(alice, chat, true, bob))))
    t.same(outcomes.sort(), ['none', 'not_found', 'not_found'])
  })
  t.same(told.chats, { [chat]: [rev + 1, rev + 2] })
  t.match(await world.head(chat), { members: 2 })
  t.same(await waiting(alice, chat), [])
  t.equal((await describeChat(world, alice, chat)).chat.me.requests, undefined)
  const [row] = await sql('select uses from invites where id = $1', invite.id)
  t.same(row, { uses: 1 })
  const { messages } = await readHistory(world, bob, chat, {}, 1)
  t.match(messages, [{ from: alice, svc: { t: 'accepted', users: [bob] } }])
  t.same(await joinByInvite(world, bob, token), { chat })
})

t.test('declined: out, may ask again after a while; then it counts anew', async t => {
  const [alice = 0, bob = 0] = await world.people(2)
  const chat = await world.group(alice)
  const { token } = await link(alice, chat)
  await joinByInvite(world, bob, token)
  t.match(await answer(alice, chat, false, bob), { answered: 1, count: 0 })
  t.same(await waiting(alice, chat), [])
  const error = await joinByInvite(world, bob, token).catch(error => error)
  t.equal(error.code, 'rate_limited')
  t.ok(error.retryMs > limits.joinAgainMs - 60_000 && error.retryMs <= limits.joinAgainMs)
  await sql(
    "update join_requests set declined_at = declined_at - interval '1 hour' where user_id = $1",
    bob,
  )
  t.same(await joinByInvite(world, bob, token), { chat, requested: true })
  t.same(await waiting(alice, chat), [bob])
  await answer(alice, chat, false, bob)
  await sql(
    "update join_requests set declined_at = now() - interval '1 day' where user_id = $1",
    bob,
  )
  await forgetOld(world)
  t.equal((await sql('select 1 from join_requests where user_id = $1', bob)).length, 0)
})

t.test(
  'requests die with their link, with who made it, with a ban, and with another way in',
  async t => {
    const [alice = 0, admin = 0, bob = 0, carol = 0, dora = 0, emil = 0] = await world.people(6)
    const chat = await world.group(alice, [admin])
    const first = await link(alice, chat)
    const second = await link(admin, chat)
    const third = await link(alice, chat)
    const open = await createInvite(world, alice, { chat, rid: nextRid() })
    await joinByInvite(world, bob, first.token)
    await joinByInvite(world, carol, second.token)
    for (const user of [dora, emil]) await joinByInvite(world, user, third.token)
    t.same(await waiting(alice, chat), [bob, carol, dora, emil])
    await revokeInvite(world, alice, chat, first.invite.id)
    t.same(await waiting(alice, chat), [carol, dora, emil])
    t.equal(await refusal(answer(alice, chat, true, bob)), 'not_found')
    await removeMember(world, alice, chat, admin)
    t.same(await waiting(alice, chat), [dora, emil])
    await addMembers(world, alice, chat, [dora])
    t.same(await waiting(alice, chat), [emil])
    await joinByInvite(world, emil, open.token)
    t.same(await waiting(alice, chat), [])
  },
)

t.test('an account that is deleted waits no longer', async t => {
  const [alice = 0, bob = 0, carol = 0] = await world.people(3)
  const chat = await world.group(alice)
  const { token } = await link(alice, chat)
  for (const user of [bob, carol]) await joinByInvite(world, user, token)
  await withdrawJoinRequest(world, bob, chat)
  t.same(await waiting(alice, chat), [carol])
  await sql('update users set deleted_at = now() where id = $1', carol)
  t.match(await answer(alice, chat, true), { answered: 0, count: 0 })
  t.match(await world.head(chat), { members: 1 })
})

t.test('all at once: as many as there is room and uses for; in pages', async t => {
  const people = await world.people(260)
  const [alice = 0] = people
  const chat = await world.group(alice)
  const [many, two] = [await link(alice, chat), await link(alice, chat, { usesMax: 2 })]
  for (const user of people.slice(1, 4)) await joinByInvite(world, user, two.token)
  for (const user of people.slice(4, 214)) await joinByInvite(world, user, many.token)
  const pages = [await listJoinRequests(world, alice, chat, 0, 100)]
  while (pages.at(-1)?.next) {
    pages.push(await listJoinRequests(world, alice, chat, pages.at(-1)?.next ?? 0, 100))
  }
  t.same(
    pages.flatMap(page => page.requests.map(each => each.user)),
    people.slice(1, 214),
    'longest waiting first',
  )
  t.match(pages, [{ count: 213 }, { count: 213 }, { count: 213 }])
  t.match(await answer(alice, chat, true), { answered: 199, count: 14 })
  t.match(await world.head(chat), { members: 200 })
  t.equal(await refusal(answer(alice, chat, true)), 'group_full')
  t.equal(await refusal(answer(alice, chat, true, people[213])), 'group_full')
  t.equal((await sql('select uses from invites where id = $1', two.invite.id))[0]?.uses, 2)
  await removeMember(world, alice, chat, people[1] ?? 0)
  t.equal(
    await refusal(answer(alice, chat, true, people[3])),
    'invite_expired',
    'its uses are gone',
  )
  t.match(await answer(alice, chat, true), { answered: 1, count: 13 })
  t.same((await waiting(alice, chat)).slice(0, 2), [people[3], people[202]], 'the rest waits on')
  t.match(await answer(alice, chat, false), { answered: 13, count: 0 })
  t.match(await answer(alice, chat, false), { answered: 0, count: 0 })
})

t.test('an expired link makes no requests, but those made in time can be accepted', async t => {
  const [alice = 0, bob = 0, carol = 0] = await world.people(3)
  const chat = await world.group(alice)
  const { token, invite } = await link(alice, chat, { expiresAt: Date.now() + 60_000 })
  await joinByInvite(world, bob, token)
  await sql("update invites set expires_at = now() - interval '1 second' where id = $1", invite.id)
  t.equal(await refusal(joinByInvite(world, carol, token)), 'invite_expired')
  t.match(await answer(alice, chat, true, bob), { answered: 1 })
})

t.test(
  'too many at once by a plain link: the rest wait, and the next minute is free again',
  async t => {
    const people = await world.people(12)
    const [alice = 0] = people
    const chat = await world.group(alice)
    await setRules(world, alice, { chat, joinsPerMinute: 5 })
    const { token } = await createInvite(world, alice, { chat, rid: nextRid() })
    const answers = await Promise.all(
      people.slice(1, 9).map(user => joinByInvite(world, user, token)),
    )
    t.equal(answers.filter(each => !each.requested).length, 5)
    t.equal((await waiting(alice, chat)).length, 3)
    t.match(await world.head(chat), { members: 6 })
    t.same(
      (await addMembers(world, alice, chat, [people[9] ?? 0])).added,
      [people[9]],
      'added by hand',
    )
    await sql("update join_counts set since = since - interval '1 minute' where chat_id = $1", chat)
    t.same(await joinByInvite(world, people[10] ?? 0, token), { chat })
    t.match(await answer(alice, chat, true), { answered: 3, count: 0 })
    await setRules(world, alice, { chat, joinsPerMinute: 0 })
    t.same(await joinByInvite(world, people[11] ?? 0, token), { chat })
  },
)

t.test('a link for one: at most one of many at once gets in, asked for or not', async t => {
  const people = await world.people(21)
  const [alice = 0] = people
  const chat = await world.group(alice)
  const plain = await createInvite(world, alice, { chat, rid: nextRid(), usesMax: 1 })
  const outcomes = await Promise.all(
    people.slice(1, 11).map(user => refusal(joinByInvite(world, user, plain.token))),
  )
  t.same(outcomes.sort(), [...Array(9).fill('invite_expired'), 'none'])
  const asked = await link(alice, chat, { usesMax: 1 })
  const askers = people.slice(11)
  await Promise.all(askers.map(user => joinByInvite(world, user, asked.token)))
  const answers = await Promise.all(askers.map(user => refusal(answer(alice, chat, true, user))))
  t.same(answers.sort(), [...Array(9).fill('invite_expired'), 'none'])
  t.match(await world.head(chat), { members: 3 })
})

t.test('no more wait than the bound; a raid is not told to the admins one by one', async t => {
  const people = await world.people(limits.joinRequestsToldMax + 4)
  const [alice = 0, last = 0, over = 0] = people
  const chat = await world.group(alice)
  const { token } = await link(alice, chat)
  const urev = await world.urev(alice)
  for (const user of people.slice(3)) await joinByInvite(world, user, token)
  await joinByInvite(world, over, token)
  t.equal((await world.urev(alice)) - urev, limits.joinRequestsToldMax + 1, 'the hundredth is told')
  await joinByInvite(world, last, token)
  t.equal((await world.urev(alice)) - urev, limits.joinRequestsToldMax + 1, 'the next one is not')
  await sql('update chats set requests = $2 where id = $1', chat, limits.joinRequestsPerChatMax - 1)
  const [one = 0, two = 0] = await world.people(2)
  t.equal(await refusal(joinByInvite(world, one, token)), 'none')
  t.equal(await refusal(joinByInvite(world, two, token)), 'rate_limited')
})

t.test('one answer takes so many and no more', async t => {
  const max = limits.joinAnswersMax
  const people = await world.people(max + 2)
  const [alice = 0] = people
  const chat = await world.channel(alice)
  const { token } = await link(alice, chat)
  for (const user of people.slice(1)) await joinByInvite(world, user, token)
  t.match(await answer(alice, chat, true), { answered: max, count: 1 })
  t.match(await answer(alice, chat, true), { answered: 1, count: 0 })
  t.match(await world.head(chat), { members: max + 2 })
  const page = (limit: number) => ops.joinRequests.in.safeParse({ chat, limit }).success
  t.same([limits.pageRequestsMax, limits.pageRequestsMax + 1].map(page), [true, false])
})

t.test('in a channel subscribers ask and are let in without a word in it', async t => {
  const [alice = 0, bob = 0] = await world.people(2)
  const chat = await world.channel(alice)
  const { token } = await link(alice, chat)
  await joinByInvite(world, bob, token)
  const { seq } = await world.head(chat)
  await answer(alice, chat, true, bob)
  t.match(await world.head(chat), { seq, members: 2 })
  await leaveChat(world, bob, chat)
})
