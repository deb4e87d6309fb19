// Things that happen to one chat at the same moment, decided by its lock: any order is fine, nothing between is.

import t from 'tap'
import { AppError } from '#shared/protocol/codes.ts'
import type { UserId } from '#shared/protocol/ids.ts'
import type { Queryable } from '#shared/store/db.ts'
import { lockUsers, readMember } from '#shared/store/members.ts'
import { eraseUser } from '#shared/store/users.ts'
import { until } from '#test/helpers/until.ts'
import { nextRid, openWorld, refusal } from '#test/helpers/world.ts'
import { createInvite, joinByInvite } from './invites.ts'
import { answerJoinRequests } from './join-requests.ts'
import { addMembers, leaveChat, removeMember, setRole } from './members.ts'
import { readDiff } from './sync.ts'

const world = await openWorld(t, { poolMax: 20 })

/** Runs `work` in a transaction that holds a person, while `other` waits for that person. @returns what became of both */
async function whileHeld<Result>(
  user: UserId,
  other: () => Promise<Result>,
  work: (tx: Queryable) => Promise<unknown>,
): Promise<{ outcome: Promise<Result> }> {
  return world.db.tx(async tx => {
    await lockUsers(tx, [user])
    const outcome = other()
    outcome.catch(() => undefined)
    await until(async () => {
      const [row] = await world.db.query<{ n: number }>({
        text: `select count(*)::int as n from pg_stat_activity
               where datname = current_database() and wait_event_type = 'Lock'`,
      })
      return row?.n === 1
    })
    await work(tx)
    return { outcome }
  })
}

/** Locks a person at once. @throws AppError timeout when somebody else holds them */
const lockNow = (user: UserId) =>
  world.db.query({
    text: 'select 1 from users where id = $1 for no key update nowait',
    values: [user],
  })

t.test('a member who is removed while sending: no message of theirs after the removal', async t => {
  let [kept, refused] = [0, 0]
  const isOver = (round: number) => round >= 15 && (round >= 300 || (kept > 0 && refused > 0))
  for (let round = 0; !isOver(round); round++) {
    const [alice = 0, bob = 0] = await world.people(2)
    const chat = await world.group(alice, [bob])
    const sends = Array.from({ length: 6 }, () =>
      world.send({ chat, sender: bob }, { chat, sender: alice }),
    )
    // Somewhere among the sends, whose statements are on their way already.
    const removal = removeMember(world, alice, chat, bob)
    const more = Array.from({ length: 6 }, () =>
      world.send({ chat, sender: bob }, { chat, sender: alice }),
    )
    const answers = await Promise.all([...sends, ...more])
    const { rev } = await removal
    for (const [his, hers] of answers) {
      if (!his || !hers || hers instanceof AppError)
        throw new Error('a neighbour is always written')
      if (his instanceof AppError) {
        t.equal(his.code, 'not_found')
        t.ok(hers.rev > rev, 'refused only after the removal')
        refused++
      } else {
        t.ok(his.rev < rev, 'written only before it')
        kept++
      }
    }
    const head = await world.head(chat)
    // Two more messages tell that the group was made and who was removed.
    t.equal(head.seq, 26 - answers.filter(([his]) => his instanceof AppError).length)
    t.equal(head.rev, head.seq + 3)
  }
  t.ok(kept > 0 && refused > 0, `both orders came up: ${kept} written, ${refused} refused`)
})

t.test('two who remove each other: at most one succeeds', async t => {
  for (let round = 0; round < 10; round++) {
    const [owner = 0, admin = 0] = await world.people(2)
    const chat = await world.group(owner, [admin])
    await setRole(world, owner, { chat, user: admin, role: 'admin', rights: 1023 })
    const outcomes = await Promise.all([
      refusal(removeMember(world, owner, chat, admin)),
      refusal(removeMember(world, admin, chat, owner)),
    ])
    t.equal(outcomes[0], 'none')
    t.match(outcomes[1], /^(forbidden|not_found)$/)
    t.match(await world.head(chat), { members: 1 })
  }
})

t.test(
  'an owner leaves while promoting and demoting: there is exactly one owner after it',
  async t => {
    for (let round = 0; round < 10; round++) {
      const [owner = 0, bob = 0, carol = 0] = await world.people(3)
      const chat = await world.group(owner, [bob, carol])
      const outcomes = await Promise.all([
        refusal(setRole(world, owner, { chat, user: carol, role: 'admin' })),
        refusal(leaveChat(world, owner, chat)),
        refusal(setRole(world, owner, { chat, user: bob, role: 'admin' })),
        refusal(leaveChat(world, bob, chat)),
      ])
      t.equal(outcomes[1], 'none')
      t.equal(outcomes[3], 'none')
      const rows = await world.db.query<{ user: number }>({
        text: `select user_id as user from members where chat_id = $1 and role = 'owner'`,
        values: [chat],
      })
      t.same(rows, [{ user: carol }])
      const [row] = await world.db.query<{ owner: number; members: number }>({
        text: 'select owner_id as owner, member_count as members from chats where id = $1',
        values: [chat],
      })
      t.same(row, { owner: carol, members: 1 })
    }
  },
)

t.test('everything at once in several chats of the same people: no deadlock, no gap', async t => {
  const people = await world.people(6)
  const [owner = 0] = people
  const chats = await Promise.all([1, 2, 3].map(() => world.group(owner, people.slice(1, 3))))
  const before = await Promise.all(chats.map(world.head))
  const urevs = await Promise.all(people.map(world.urev))
  const told = await world.announced(() =>
    Promise.all(
      chats.flatMap((chat, c) =>
        people
          .slice(1)
          .flatMap((user, i) => [
            refusal(addMembers(world, owner, chat, c % 2 ? people : [...people].reverse())),
            world.send(...chats.map(each => ({ chat: each, sender: people[i] ?? 0 }))),
            refusal(setRole(world, owner, { chat, user, role: 'admin' })),
            refusal(removeMember(world, owner, chat, user)),
            refusal(leaveChat(world, user, chat)),
          ]),
      ),
    ),
  )
  const up = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => from + i + 1)
  const sorted = (list: number[] = []) => [...list].sort((a, b) => a - b)
  for (const [c, chat] of chats.entries()) {
    const { rev, seq, members } = await world.head(chat)
    t.same(sorted(told.chats[chat]), up(before[c]?.rev ?? 0, rev), 'every rev was told once')
    const [row] = await world.db.query<{ members: number; messages: number }>({
      text: `select (select count(*)::int from members where chat_id = $1 and role <> 'left') as members,
               (select count(*)::int from messages where chat_id = $1) as messages`,
      values: [chat],
    })
    t.same(row, { members, messages: seq })
    const diff = await readDiff(world, owner, chat, 0)
    t.equal(diff.rev, rev)
  }
  for (const [i, user] of people.entries())
    t.same(sorted(told.users[user]), up(urevs[i] ?? 0, await world.urev(user)))
})

t.test('whoever waits for one person holds no other whose turn comes later', async t => {
  const [first = 0, second = 0, third = 0] = (await world.people(3)).sort((a, b) => a - b)
  const made = await whileHeld(
    first,
    () => world.group(first, [second]),
    async () => t.equal(await refusal(lockNow(second)), 'none', 'a new group'),
  )
  const chat = await made.outcome
  const { token } = await createInvite(world, first, { chat, rid: nextRid(), approval: true })
  await joinByInvite(world, third, token)
  const answered = await whileHeld(
    first,
    () => answerJoinRequests(world, first, { chat, user: third, accept: true }),
    async () => t.equal(await refusal(lockNow(third)), 'none', 'somebody who is let in'),
  )
  t.match(await answered.outcome, { answered: 1 })
})

t.test(
  'somebody who deletes their account while they are added does not stay as a member',
  async t => {
    const [alice = 0, bob = 0] = await world.people(2)
    const chat = await world.group(alice)
    const { outcome } = await whileHeld(
      bob,
      () => addMembers(world, alice, chat, [bob]),
      tx => eraseUser(tx, bob),
    )
    t.equal(await refusal(outcome), 'not_found')
    t.notOk(await readMember(world.db, chat, bob))
    t.match(await world.head(chat), { members: 1 })
    t.match(
      await addMembers(world, alice, chat, [bob]),
      { added: [] },
      'afterwards nobody is there',
    )
  },
)
