// Catching up by diffs: whoever applies them from any earlier position sees what somebody sees who reads everything.

import { deepStrictEqual } from 'node:assert/strict'
import fc from 'fast-check'
import t from 'tap'
import { decode } from '#shared/protocol/codec.ts'
import type { ChatId, Rev, UserId } from '#shared/protocol/ids.ts'
import { limits } from '#shared/protocol/limits.ts'
import { type Chat, diff as diffShape, type Member, type Message } from '#shared/protocol/models.ts'
import { isActive } from '#shared/protocol/permissions.ts'
import { readHistory as readPage } from '#shared/store/messages.ts'
import { openWorld, refusal } from '#test/helpers/world.ts'
import { editChat } from './edit-chat.ts'
import { deleteMessages, editMessage } from './edit-message.ts'
import { markReadBatch } from './mark-read.ts'
import { addMembers, leaveChat, removeMember, setRole } from './members.ts'
import { describeChat, listMembers, readHistory } from './read-chats.ts'
import { readDiff, readUserDiff } from './sync.ts'

const world = await openWorld(t)

interface View {
  rev: Rev
  messages: Map<number, Message>
  members: Map<number, Member>
  info: Partial<Chat>
}

const emptyView = (): View => ({ rev: 0, messages: new Map(), members: new Map(), info: {} })
const copyOf = (view: View): View => structuredClone(view)

/** Applies diffs until there are no more, as a client does. */
async function catchUp(view: View, user: UserId, chat: ChatId): Promise<number> {
  for (let pages = 1; ; pages++) {
    const page = diffShape.parse(await readDiff(world, user, chat, view.rev))
    for (const message of page.messages) {
      if (message.rev > (view.messages.get(message.seq)?.rev ?? 0))
        view.messages.set(message.seq, message)
    }
    for (const member of page.members) {
      if (isActive(member.role)) view.members.set(member.user, member)
      else view.members.delete(member.user)
    }
    if (page.info) view.info = page.info
    if (page.rev < view.rev || (page.rev === view.rev && page.more))
      throw new Error('a diff goes on')
    view.rev = page.rev
    if (!page.more) return pages
  }
}

/** What the chat is, read whole. */
async function readAll(user: UserId, chat: ChatId): Promise<View> {
  const messages = await readPage(world.db, chat, { after: 0 }, 10_000)
  const { members } = await listMembers(world, user, chat, {}, 1_000)
  const { chat: info } = await describeChat(world, user, chat)
  return {
    rev: info.rev,
    messages: new Map(messages.map(message => [message.seq, message])),
    members: new Map(members.map(member => [member.user, member])),
    info,
  }
}

/** The parts of a view that diffs promise: rows, members, and the chat's own row. */
function comparable(view: View): unknown {
  const { title, about, owner, rights, members } = view.info
  const bySeq = [...view.messages.values()].sort((a, b) => a.seq - b.seq)
  // A read mark is no change of the chat; it comes with whatever else changes in the row.
  const byUser = [...view.members.values()]
    .sort((a, b) => a.user - b.user)
    .map(({ read: _, ...rest }) => rest)
  return {
    rev: view.rev,
    messages: bySeq,
    members: byUser,
    info: { title, about, owner, rights, members },
  }
}

const step = fc.record({
  what: fc.constantFrom(
    'send',
    'send',
    'send',
    'edit',
    'delete',
    'join',
    'leave',
    'remove',
    'promote',
    'demote',
    'title',
  ),
  who: fc.nat(4),
  whom: fc.nat(4),
  which: fc.nat(20),
  n: fc.integer({ min: 1, max: 3 }),
})
type Step = typeof step extends fc.Arbitrary<infer Value> ? Value : never

async function run(
  chat: ChatId,
  people: readonly UserId[],
  { what, who, whom, which, n }: Step,
): Promise<void> {
  const actor = people[who] ?? 0
  const other = people[whom] ?? 0
  const { seq } = await world.head(chat)
  const target = (which % Math.max(seq, 1)) + 1
  const work: Record<Step['what'], () => Promise<unknown>> = {
    send: () =>
      world.send(...Array.from({ length: n }, () => ({ chat, sender: actor, text: `${which}` }))),
    edit: () => editMessage(world, actor, { chat, seq: target, text: `${which} ${n}` }, 100),
    delete: () => deleteMessages(world, actor, chat, [target]),
    join: () => addMembers(world, actor, chat, [other]),
    leave: () => leaveChat(world, actor, chat),
    remove: () => removeMember(world, actor, chat, other),
    promote: () => setRole(world, actor, { chat, user: other, role: 'admin' }),
    demote: () => setRole(world, actor, { chat, user: other, role: 'member' }),
    title: () => editChat(world, actor, { chat, title: `Title ${which}` }),
  }
  // Much of it is refused: an outsider acts, a tombstone is edited. That must change nothing either.
  await refusal(work[what]())
}

t.test('a reader who applies diffs from any earlier position sees what is there', async () => {
  // The reader never leaves and does nothing, so they can read at any time.
  await fc.assert(
    fc.asyncProperty(
      fc.array(step, { minLength: 1, maxLength: 25 }),
      fc.nat(9),
      async (steps, every) => {
        const [reader = 0, ...people] = await world.people(6)
        const chat = await world.group(people[0] ?? 0, [reader, ...people.slice(1, 4)])
        const stops: View[] = [emptyView()]
        for (const [i, each] of steps.entries()) {
          await run(chat, people, each)
          if (i % (every + 1) !== 0) continue
          const stop = copyOf(stops.at(-1) as View)
          await catchUp(stop, reader, chat)
          stops.push(stop)
        }
        const whole = comparable(await readAll(reader, chat))
        for (const stop of stops) {
          const from = stop.rev
          await catchUp(stop, reader, chat)
          deepStrictEqual(comparable(stop), whole, `from ${from}`)
        }
      },
    ),
    { numRuns: 25 },
  )
})

t.test('live events say the same as diffs', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 25 }), async steps => {
      const [reader = 0, ...people] = await world.people(6)
      const chat = await world.group(people[0] ?? 0, [reader, ...people.slice(1, 4)])
      const view = emptyView()
      await catchUp(view, reader, chat)
      const from = world.published.length
      for (const each of steps) await run(chat, people, each)
      for (const { events } of world.published.slice(from)) {
        for (const event of events)
          if (event.type === 'chat') applyEvent(view, decode(event.frame).frame)
      }
      deepStrictEqual(comparable(view), comparable(await readAll(reader, chat)))
    }),
    { numRuns: 25 },
  )
})

const kinds = { member: 4, info: 5 }

function applyEvent(view: View, [, kind, , rev, body]: unknown[]): void {
  if (rev !== view.rev + 1) throw new Error(`rev ${rev} after ${view.rev}`)
  view.rev = rev as Rev
  if (kind === kinds.info) {
    const { title, about, owner, rights, members } = body as Chat
    view.info = { ...view.info, title, about, owner, rights, members } as Chat
  } else if (kind === kinds.member) {
    const {
      by: _,
      profile: __,
      members,
      ...member
    } = body as Member & { by: UserId; profile: unknown; members: number }
    view.info = { ...view.info, members }
    if (isActive(member.role)) view.members.set(member.user, member)
    else view.members.delete(member.user)
  } else {
    view.messages.set((body as Message).seq, body as Message)
  }
}

t.test('more than 200 rows come in pages, the chat itself with them', async t => {
  const [alice = 0, bob = 0] = await world.people(2)
  const chat = await world.group(alice, [bob])
  const early = await world.head(chat)
  await editChat(world, alice, { chat, title: 'Changed before the messages' })
  await world.send(...Array.from({ length: 500 }, () => ({ chat, sender: alice })))
  await setRole(world, alice, { chat, user: bob, role: 'admin' })
  await world.send(...Array.from({ length: 50 }, () => ({ chat, sender: bob })))
  const page = await readDiff(world, alice, chat, early.rev)
  t.equal(page.messages.length, limits.diffRowsMax)
  t.equal(page.more, true)
  t.ok(page.messages.every(message => message.rev <= page.rev))
  for (const since of [0, early.rev]) {
    const view = emptyView()
    view.rev = since
    t.equal(await catchUp(view, bob, chat), 3)
    t.equal(view.info.title, 'Changed before the messages')
    t.match(view.members.get(bob), { role: 'admin' })
    // The group's begin and its new title are messages too.
    t.equal(view.messages.size, since === 0 ? 552 : 551)
  }
})

t.test('a title or a member that changed before the last page is not forgotten', async t => {
  const [alice = 0, bob = 0, carol = 0] = await world.people(3)
  const change: Record<string, (chat: ChatId) => Promise<unknown>> = {
    title: chat => editChat(world, alice, { chat, title: 'Changed early' }),
    member: chat => addMembers(world, alice, chat, [carol]),
  }
  for (const [what, work] of Object.entries(change)) {
    const chat = await world.group(alice, [bob])
    const view = emptyView()
    await catchUp(view, bob, chat)
    await work(chat)
    await world.send(...Array.from({ length: 250 }, () => ({ chat, sender: alice })))
    t.equal(await catchUp(view, bob, chat), 2)
    t.same(comparable(view), comparable(await readAll(bob, chat)), what)
  }
})

t.test('many members changed: pages too', async t => {
  const people = await world.people(450)
  const [alice = 0] = people
  const chat = await world.channel(alice)
  for (let at = 1; at < 450; at += 200)
    await addMembers(world, alice, chat, people.slice(at, at + 200))
  await world.sent({ chat, sender: alice })
  const view = emptyView()
  t.equal(await catchUp(view, alice, chat), 3)
  t.equal(view.members.size, 450)
  t.equal(view.info.members, 450)
  t.equal(view.messages.size, 1)
})

t.test('pages are cut by bytes as well, at least one row each', async t => {
  const [alice = 0, bob = 0] = await world.people(2)
  const chat = await world.direct(alice, bob)
  const text = '€'.repeat(8_192)
  await world.send(...Array.from({ length: 40 }, () => ({ chat, sender: alice, text })))
  const page = await readDiff(world, bob, chat, 0)
  t.equal(page.more, true)
  t.ok(page.messages.length >= 1)
  const bytes = Buffer.byteLength(JSON.stringify(page))
  t.ok(bytes < limits.diffBytesMax * 1.1, `${bytes} bytes`)
  const view = emptyView()
  await catchUp(view, bob, chat)
  t.equal(view.messages.size, 40)
})

t.test('too far behind, or ahead of the server: too_old', async t => {
  const [alice = 0, bob = 0, carol = 0] = await world.people(3)
  const chat = await world.direct(alice, bob)
  for (let i = 0; i < 3; i++)
    await world.send(...Array.from({ length: 334 }, () => ({ chat, sender: alice })))
  const { rev } = await world.head(chat)
  const ask = (since: number, user = bob) => refusal(readDiff(world, user, chat, since))
  t.equal(rev, 1_004)
  t.equal(await ask(rev - limits.diffBehindRevsMax - 1), 'too_old')
  t.equal(await ask(rev - limits.diffBehindRevsMax), 'none')
  t.equal(await ask(rev), 'none')
  t.equal(await ask(rev + 1), 'too_old')
  t.equal(await ask(Number.MAX_SAFE_INTEGER), 'too_old')
  t.equal(await ask(rev, carol), 'not_found')
  t.equal(await refusal(readDiff(world, alice, 999_999, 0)), 'not_found')
  const last = await readDiff(world, bob, chat, rev)
  t.same(last, { chat, rev, seq: 1_002, messages: [], members: [], users: [] })
})

t.test('a diff read while the chat goes on never claims what it has not given', async t => {
  const [alice = 0, bob = 0] = await world.people(2)
  const chat = await world.direct(alice, bob)
  let writing = true
  const writer = (async () => {
    for (let i = 0; i < 60; i++) {
      await world.send(...Array.from({ length: 9 }, () => ({ chat, sender: alice })))
      const { seq } = await world.head(chat)
      await editMessage(
        world,
        alice,
        { chat, seq: Math.max(1, seq - (i % 7)), text: `edit ${i}` },
        100,
      )
      await deleteMessages(world, alice, chat, [Math.max(1, seq - (i % 5))])
    }
    writing = false
  })()
  const view = emptyView()
  while (writing) await catchUp(view, bob, chat)
  await writer
  await catchUp(view, bob, chat)
  t.same(comparable({ ...view, info: {} }), comparable({ ...(await readAll(bob, chat)), info: {} }))
})

t.test("a user's own changes since a urev: chats joined, left, and read elsewhere", async t => {
  const [alice = 0, bob = 0] = await world.people(2)
  const kept = await world.group(alice, [bob])
  const read = await world.group(alice, [bob])
  const left = await world.group(alice, [bob])
  await world.sent({ chat: read, sender: alice })
  const before = await world.urev(bob)
  const joined = await world.group(alice, [bob])
  await markReadBatch(world, [{ user: bob, chat: read, seq: 1 }])
  await leaveChat(world, bob, left)
  const found = await readUserDiff(world, bob, before)
  t.same(found.chats.map(chat => chat.id).sort(), [read, joined].sort())
  t.equal(found.chats.find(chat => chat.id === read)?.me.read, 1)
  t.same(found.gone, [left])
  t.equal(found.urev, await world.urev(bob))
  t.same((await readUserDiff(world, bob, found.urev)).chats, [])
  t.notOk(found.chats.some(chat => chat.id === kept))
})

t.test('history: outsiders see nothing; heavy pages keep the message asked for', async t => {
  const [alice = 0, bob = 0, carol = 0] = await world.people(3)
  const chat = await world.direct(alice, bob)
  t.equal(await refusal(readHistory(world, carol, chat, {}, 10)), 'not_found')
  const text = '€'.repeat(8_192)
  await world.send(...Array.from({ length: 60 }, () => ({ chat, sender: alice, text })))
  const page = async (range: Parameters<typeof readHistory>[3], limit = 60) =>
    (await readHistory(world, bob, chat, range, limit)).messages.map(message => message.seq)
  const run = (from: number, to: number) =>
    Array.from({ length: to - from + 1 }, (_, i) => from + i)
  const newest = await page({})
  t.ok(newest.length > 1 && newest.length < 60)
  t.same(newest, run(61 - newest.length, 60))
  const older = await page({ before: 31 })
  t.same(older, run(31 - older.length, 30))
  const newer = await page({ after: 30 })
  t.same(newer, run(31, 30 + newer.length))
  for (const around of [1, 2, 30, 59, 60]) {
    const middle = await page({ around })
    t.ok(middle.includes(around), `around ${around}: ${middle}`)
    t.same(middle, run(middle[0] ?? 0, middle.at(-1) ?? 0), 'without a gap')
    t.ok(middle.length >= 5)
    if (around > 2) t.ok(middle.includes(around - 1), 'with what stands before')
    if (around < 59) t.ok(middle.includes(around + 1), 'and behind it')
  }
})
