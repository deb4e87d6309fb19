// Reactions: what may be chosen, that it is durable at once, and that the message's sums follow exactly and seldom.

import fc from 'fast-check'
import t from 'tap'
import { decode } from '#shared/protocol/codec.ts'
import { AppError } from '#shared/protocol/codes.ts'
import { limits } from '#shared/protocol/limits.ts'
import type { Message, Own, Reaction, Reactor } from '#shared/protocol/models.ts'
import { right } from '#shared/protocol/permissions.ts'
import { standardReactions } from '#shared/protocol/reactions.ts'
import type { BusEvent } from '#shared/store/bus.ts'
import type { Spot } from '#shared/store/dirty-messages.ts'
import { messageKind } from '#shared/store/messages.ts'
import { until } from '#test/helpers/until.ts'
import { openWorld, refusal } from '#test/helpers/world.ts'
import { changeChat } from './change-chat.ts'
import { type Choice, choose } from './choose.ts'
import { deleteMessages, editMessage } from './edit-message.ts'
import { listReactors, setReactions } from './reactions.ts'
import { readHistory } from './read-chats.ts'
import { readDiff, readUserDiff } from './sync.ts'
import { tellSums } from './tell-sums.ts'

const world = await openWorld(t)
const [alice = 0, bob = 0, carol = 0, outsider = 0] = await world.people(4)
const group = () => world.group(alice, [bob, carol])
const ask = <Row>(text: string, ...values: unknown[]) => world.db.query<Row>({ text, values })

/** One choice alone. @throws AppError */
async function one(spot: Spot, choice: Choice): Promise<Own> {
  const { results } = await choose(world, spot, [choice])
  const [result] = results
  if (!result || result instanceof AppError) throw result ?? new Error('no answer')
  return result
}
const react = (spot: Spot, user: number, ...emojis: string[]) => one(spot, { user, emojis })

/** Tells the sums as soon as they are due. */
async function told(spot: Spot): Promise<Message> {
  await until(async () => (await tellSums(world, spot, { skip: false })) === null)
  return read(spot)
}

async function read({ chat, seq }: Spot, user = alice): Promise<Message> {
  const { messages } = await readHistory(world, user, chat, { around: seq }, 10)
  const message = messages.find(each => each.seq === seq)
  if (!message) throw new Error(`no message ${seq}`)
  return message
}

async function ownOf({ chat, seq }: Spot, user: number): Promise<Own | undefined> {
  const { own = [] } = await readHistory(world, user, chat, { around: seq }, 10)
  return own.find(each => each.seq === seq)
}

async function post(chat: number, sender = alice): Promise<Spot> {
  return { chat, seq: (await world.sent({ chat, sender })).seq }
}

/** What the rows of a message add up to, counted here. */
async function counted({ chat, seq }: Spot): Promise<Record<string, number>> {
  const rows = await ask<{ emoji: string; n: number }>(
    'select emoji, count(*)::int as n from reactions where chat_id = $1 and seq = $2 group by emoji',
    chat,
    seq,
  )
  return Object.fromEntries(rows.map(row => [row.emoji, row.n]))
}

const asRecord = (reacts: readonly Reaction[] = []) =>
  Object.fromEntries(reacts.map(({ e, n }) => [e, n]))

/** Events of one chat published since `from`, decoded: kind and body. */
function chatEventsSince(from: number, chat: number): { kind: number; body: Message }[] {
  const events: BusEvent[] = world.published.slice(from).flatMap(batch => batch.events)
  return events.flatMap(event => {
    if (event.type !== 'chat' || event.chat !== chat) return []
    const { frame } = decode(event.frame)
    return [{ kind: frame[1] as number, body: frame[4] as Message }]
  })
}

t.test('a choice is durable and told to the own devices; then the message follows', async t => {
  const spot = await post(await group())
  const { rev } = await world.head(spot.chat)
  const urev = await world.urev(bob)
  const first = await world.announced(async () => {
    t.same(await react(spot, bob, '👍'), { seq: spot.seq, reacts: ['👍'] })
  })
  t.same(first, { chats: {}, users: { [bob]: [urev + 1] } })
  t.same(await ownOf(spot, bob), { seq: spot.seq, reacts: ['👍'] })
  t.equal(await ownOf(spot, alice), undefined, 'nobody else’s')
  t.notOk((await read(spot)).reacts, 'the sums are not told yet')
  const second = await world.announced(() => told(spot))
  t.same(second, { chats: { [spot.chat]: [rev + 1] }, users: {} })
  t.match(await read(spot), { rev: rev + 1, reacts: [{ e: '👍', n: 1 }], text: 'Hello' })
  t.same((await readUserDiff(world, bob, urev)).sections, ['rows'], 'devices away look again')
})

t.test('the event is the whole message, and what an edit writes later keeps the sums', async t => {
  const spot = await post(await group())
  await react(spot, bob, '🔥')
  const from = world.published.length
  await told(spot)
  const [event] = chatEventsSince(from, spot.chat)
  t.equal(event?.kind, 6)
  t.same(event?.body, await read(spot))
  await editMessage(world, alice, { ...spot, text: 'changed' }, 100)
  t.match(await read(spot), { text: 'changed', reacts: [{ e: '🔥', n: 1 }] })
})

t.test(
  'the whole choice is set: changed, taken back, and the same again changes nothing',
  async t => {
    const spot = await post(await group())
    await react(spot, bob, '👍', '🔥', '👏')
    await react(spot, carol, '🔥')
    t.same((await told(spot)).reacts, [
      { e: '🔥', n: 2 },
      { e: '👍', n: 1 },
      { e: '👏', n: 1 },
    ])
    t.same((await react(spot, bob, '👏', '❤️')).reacts, ['👏', '❤️'])
    t.same(asRecord((await told(spot)).reacts), { '👏': 1, '❤️': 1, '🔥': 1 })
    const silent = await world.announced(async () => {
      t.same((await react(spot, bob, '❤️', '👏', '❤️')).reacts, ['👏', '❤️'])
      await told(spot)
    })
    t.same(silent, { chats: {}, users: {} })
    t.same(await react(spot, bob), { seq: spot.seq })
    await react(spot, carol)
    const last = await told(spot)
    t.notOk('reacts' in last)
    t.equal(await ownOf(spot, bob), undefined)
  },
)

t.test('what comes to the same sums is no event', async t => {
  const spot = await post(await group())
  await react(spot, bob, '👍')
  await react(spot, bob)
  t.same(await world.announced(() => told(spot)), { chats: {}, users: {} })
})

t.test('who may not react, and that nothing is written then', async t => {
  const chat = await group()
  const spot = await post(chat)
  const gone = await post(chat)
  await deleteMessages(world, alice, chat, [gone.seq])
  await changeChat(world, chat, alice, change => change.addService({ t: 'title', text: 'x' }))
  const service = { chat, seq: (await world.head(chat)).seq }
  const other = await post(await world.group(carol), carol)
  const nothing = await world.announced(async () => {
    t.equal(await refusal(react(spot, outsider, '👍')), 'not_found')
    t.equal(await refusal(react({ ...spot, seq: 99 }, bob, '👍')), 'not_found')
    t.equal(await refusal(react({ chat: 999_999, seq: 1 }, bob, '👍')), 'not_found')
    t.equal(await refusal(react(other, bob, '👍')), 'not_found', 'a chat of others')
    t.equal(await refusal(react(gone, bob, '👍')), 'conflict')
    t.equal(await refusal(react(service, bob, '👍')), 'conflict')
    t.equal(await refusal(react(spot, bob, '🦆')), 'forbidden', 'not a standard one')
    t.equal(await refusal(one(spot, { user: bob, options: [0] })), 'not_found', 'no poll')
    for (const role of ['banned', 'left']) {
      await world.place(chat, bob, role)
      t.equal(await refusal(react(spot, bob, '👍')), 'not_found', role)
    }
    await world.place(chat, bob, 'restricted', 0)
    t.equal(await refusal(react(spot, bob, '👍')), 'forbidden', 'muted')
  })
  t.same(nothing, { chats: {}, users: {} })
  t.same(await counted(spot), {})
  t.same(await ask('select from dirty_messages where chat_id = $1', chat), [])
  await world.place(chat, bob, 'restricted', right.post)
  t.equal(await refusal(react(spot, bob, '👍')), 'none', 'restricted in something else')
  await world.place(chat, bob, 'restricted', 0)
  t.equal(await refusal(react(spot, bob)), 'none', 'taking back is always allowed')
})

t.test('one that is refused does not fail the others of its batch', async t => {
  const spot = await post(await group())
  const { results, dueInMs } = await choose(world, spot, [
    { user: outsider, emojis: ['👍'] },
    { user: bob, emojis: ['👍'] },
    { user: carol, emojis: ['🦆'] },
    { user: alice, emojis: [] },
  ])
  t.equal(dueInMs, 0)
  t.match(results, [{ code: 'not_found' }, { reacts: ['👍'] }, { code: 'forbidden' }, {}])
  t.same(await counted(spot), { '👍': 1 })
})

t.test(
  'members of a group without the right to post react, subscribers of a channel too',
  async t => {
    const chat = await group()
    await ask('update chats set default_rights = 0 where id = $1', chat)
    t.equal(await refusal(react(await post(chat), bob, '👍')), 'none')
    const channel = await world.channel(alice, [bob])
    const spot = await post(channel)
    t.equal(await refusal(react(spot, bob, '👍')), 'none')
    t.same((await told(spot)).reacts, [{ e: '👍', n: 1 }])
    await world.direct(alice, bob)
    const direct = await post(await world.direct(bob, alice))
    t.equal(await refusal(react(direct, alice, '👍')), 'none', 'one’s own message')
    await ask('update chats set default_rights = 0 where id = $1', direct.chat)
    t.equal(await refusal(react(direct, bob, '👍')), 'forbidden', 'while one blocks the other')
  },
)

t.test('a chat’s own list of reactions', async t => {
  const chat = await group()
  const spot = await post(chat)
  await react(spot, bob, '👍')
  const { rev } = await world.head(chat)
  const change = await world.announced(async () => {
    t.same(await setReactions(world, alice, chat, ['🦆', '❤️', '🦆']), { rev: rev + 1 })
    t.same(await setReactions(world, alice, chat, ['🦆', '❤️']), { rev: rev + 1 }, 'again')
  })
  t.same(change.chats, { [chat]: [rev + 1] })
  t.equal(await refusal(react(spot, carol, '👍')), 'forbidden')
  t.equal(await refusal(react(spot, carol, '🦆')), 'none')
  t.same(asRecord((await told(spot)).reacts), { '👍': 1, '🦆': 1 }, 'what was chosen before stays')
  await setReactions(world, alice, chat, [])
  t.equal(await refusal(react(spot, bob, '❤️')), 'forbidden')
  t.equal(await refusal(react(spot, bob)), 'none')
  await setReactions(world, alice, chat, null)
  t.equal(await refusal(react(spot, bob, '👍')), 'none')
  t.equal(await refusal(setReactions(world, bob, chat, null)), 'forbidden')
  t.equal(await refusal(setReactions(world, outsider, chat, null)), 'not_found')
  const direct = await world.direct(alice, bob)
  t.equal(await refusal(setReactions(world, alice, direct, [])), 'conflict')
})

t.test('the event of the chat’s own row tells the list, and its log who changed it', async t => {
  const chat = await group()
  const from = world.published.length
  await setReactions(world, alice, chat, ['🦆'])
  t.match(chatEventsSince(from, chat), [{ kind: 5, body: { reactions: ['🦆'] } }])
  const from2 = world.published.length
  await setReactions(world, alice, chat, null)
  t.notOk('reactions' in (chatEventsSince(from2, chat)[0]?.body ?? {}))
  const acts = await ask(
    'select action, detail from audit_log where chat_id = $1 order by id',
    chat,
  )
  t.match(acts.slice(-2), [
    { action: 'rules', detail: { rule: 'reactions', text: '🦆', was: 'all' } },
    { action: 'rules', detail: { rule: 'reactions', text: 'all', was: '🦆' } },
  ])
})

t.test('at most so many different emojis at a message: the limit and one above', async t => {
  const people = await world.people(limits.reactionEmojisMax + 1)
  const chat = await world.group(alice, people)
  const spot = await post(chat)
  const emojiOf = (i: number) => standardReactions[i] ?? ''
  const { results } = await choose(
    world,
    spot,
    people.map((user, i) => ({ user, emojis: [emojiOf(i)] })),
  )
  t.equal(results.filter(result => result instanceof AppError).length, 1)
  t.match(results.at(-1), { code: 'conflict' })
  const last = people.at(-1) ?? 0
  t.equal(await refusal(react(spot, last, emojiOf(limits.reactionEmojisMax))), 'conflict')
  t.equal(await refusal(react(spot, last, emojiOf(0))), 'none', 'one that is there')
  await react(spot, people[1] ?? 0)
  t.equal(await refusal(react(spot, alice, emojiOf(70))), 'none', 'room again')
  t.equal((await told(spot)).reacts?.length, limits.reactionEmojisMax)
})

t.test('the bound on different emojis holds for choices that come at once, one by one', async t => {
  const people = await world.people(limits.reactionEmojisMax + 8)
  const spot = await post(await world.group(alice, people))
  const codes = await Promise.all(
    people.map((user, i) => refusal(react(spot, user, standardReactions[i] ?? ''))),
  )
  t.equal(codes.filter(code => code === 'none').length, limits.reactionEmojisMax)
  t.equal(codes.filter(code => code === 'conflict').length, 8)
  t.equal((await told(spot)).reacts?.length, limits.reactionEmojisMax)
})

t.test(
  'sums are told at once, then not before the time is over, and nothing is left out',
  async t => {
    const spot = await post(await group())
    t.equal((await choose(world, spot, [{ user: bob, emojis: ['👍'] }])).dueInMs, 0)
    await told(spot)
    const { dueInMs } = await choose(world, spot, [{ user: carol, emojis: ['👍'] }])
    t.ok(dueInMs !== null && dueInMs > 0 && dueInMs <= limits.choicesToldEveryMs, `${dueInMs} ms`)
    const again = await tellSums(world, spot, { skip: false })
    t.ok(again !== null && again > 0, 'too soon')
    t.same((await read(spot)).reacts, [{ e: '👍', n: 1 }])
    t.same((await told(spot)).reacts, [{ e: '👍', n: 2 }])
    t.equal(await tellSums(world, spot, { skip: false }), null, 'nothing left')
  },
)

t.test(
  'deleting the message deletes what was chosen, also what comes at the same moment',
  async t => {
    const chat = await group()
    const spot = await post(chat)
    await react(spot, bob, '👍')
    await told(spot)
    await deleteMessages(world, alice, chat, [spot.seq])
    t.same(await counted(spot), {})
    t.notOk('reacts' in (await read(spot)))
    for (let round = 0; round < 10; round++) {
      const next = await post(chat)
      await Promise.all([
        deleteMessages(world, alice, chat, [next.seq]),
        refusal(react(next, bob, '👍')),
        refusal(react(next, carol, '🔥')),
      ])
      const { rev } = await world.head(chat)
      await told(next)
      t.same(await counted(next), {})
      t.equal((await world.head(chat)).rev, rev, 'a tombstone has no sums to tell')
    }
  },
)

t.test('many at once, in any order: no deadlock, and the sums are those of the rows', async t => {
  const people = await world.people(30)
  const chat = await world.group(alice, people)
  const spots = [await post(chat), await post(chat), await post(chat)]
  const emojis = standardReactions.slice(0, 6)
  await fc.assert(
    fc.asyncProperty(
      fc.array(
        fc.record({
          spot: fc.nat(spots.length - 1),
          user: fc.nat(people.length - 1),
          chosen: fc.subarray([...emojis], { maxLength: 3 }),
          tells: fc.boolean(),
        }),
        { minLength: 1, maxLength: 40 },
      ),
      async steps => {
        const wanted = new Map<string, string[]>()
        await Promise.all(
          steps.map(async ({ spot: at, user: who, chosen, tells }) => {
            const spot = spots[at] as Spot
            // Of one person's choices the order is not known when they go at once: only one each.
            const key = `${at}:${who}`
            if (wanted.has(key)) return
            wanted.set(key, chosen)
            await react(spot, people[who] ?? 0, ...chosen)
            if (tells) await tellSums(world, spot, { skip: false })
          }),
        )
        for (const [at, spot] of spots.entries()) {
          const { reacts } = await told(spot)
          t.strictSame(asRecord(reacts), await counted(spot))
          const ns = (reacts ?? []).map(({ n }) => n)
          t.strictSame(
            ns,
            [...ns].sort((a, b) => b - a),
            'most chosen first',
          )
          for (const [key, chosen] of wanted) {
            const [spotIndex, who] = key.split(':').map(Number)
            if (spotIndex !== at) continue
            const own = await ownOf(spot, people[who ?? 0] ?? 0)
            t.strictSame([...(own?.reacts ?? [])].sort(), [...chosen].sort())
          }
        }
      },
    ),
    { numRuns: 15 },
  )
})

t.test('diffs bring what one chose, and only one’s own', async t => {
  const chat = await group()
  const { rev } = await world.head(chat)
  const spot = await post(chat)
  await post(chat)
  await react(spot, bob, '👍', '🔥')
  await react(spot, carol, '🔥')
  await told(spot)
  t.same((await readDiff(world, bob, chat, rev)).own, [{ seq: spot.seq, reacts: ['👍', '🔥'] }])
  t.same((await readDiff(world, carol, chat, rev)).own, [{ seq: spot.seq, reacts: ['🔥'] }])
  t.notOk('own' in (await readDiff(world, alice, chat, rev)))
})

t.test('who reacted: newest first, page by page, each once', async t => {
  const people = await world.people(25)
  const chat = await world.group(alice, people)
  const spot = await post(chat)
  await choose(
    world,
    spot,
    people.map((user, i) => ({ user, emojis: i % 2 ? ['👍'] : ['🔥', '👍'] })),
  )
  await react(spot, alice, '👏')
  const all: Reactor[] = []
  let pages = 0
  for (let after: Reactor | undefined; ; pages++) {
    const page = await listReactors(world, people[0] ?? 0, spot, { after, limit: 7 })
    t.same(new Set(page.users.map(user => user.id)), new Set(page.reactors.map(each => each.user)))
    all.push(...page.reactors)
    after = page.next
    if (!after) break
  }
  t.equal(all.length, 25 + 13 + 1)
  t.equal(new Set(all.map(each => `${each.user}${each.e}`)).size, all.length)
  t.equal(all[0]?.user, alice)
  t.same(
    all.map(each => each.at),
    all.map(each => each.at).sort((a, b) => b - a),
  )
  t.ok(pages > 3)
  const flames = await listReactors(world, alice, spot, { emoji: '🔥', limit: 10 })
  const rest = await listReactors(world, alice, spot, {
    emoji: '🔥',
    after: flames.next,
    limit: 10,
  })
  t.equal(flames.reactors.length + rest.reactors.length, 13)
  t.notOk(rest.next)
  t.ok([...flames.reactors, ...rest.reactors].every(each => each.e === '🔥'))
  t.equal(await refusal(listReactors(world, outsider, spot, { limit: 7 })), 'not_found')
  t.equal(await refusal(listReactors(world, alice, { chat, seq: 99 }, { limit: 7 })), 'not_found')
  const channel = await world.channel(alice, [bob])
  const announced = await post(channel)
  await react(announced, bob, '👍')
  t.equal(await refusal(listReactors(world, bob, announced, { limit: 7 })), 'forbidden')
  t.match(await listReactors(world, alice, announced, { limit: 7 }), { reactors: [{ user: bob }] })
})

t.test('a poll may be reacted to as well', async t => {
  const chat = await group()
  const seq = await changeChat(world, chat, alice, async change => {
    const poll = { options: ['a', 'b'], counts: [0, 0], voters: 0 }
    const message = await change.addMessage({
      from: alice,
      kind: messageKind.poll,
      text: 'Q',
      extra: { poll },
    })
    return message.seq
  })
  await react({ chat, seq }, bob, '👍')
  t.match(await told({ chat, seq }), { reacts: [{ e: '👍', n: 1 }], text: 'Q' })
})
