// Who is told that somebody is typing, and how often.

import t from 'tap'
import { limits } from '#shared/protocol/limits.ts'
import { fakeConnection } from '#test/helpers/fake-socket.ts'
import type { Asker, Context } from './context.ts'
import { messageHandlers } from './messages.ts'

/** Somebody in a chat. `typing` answers how often the others were told so far. */
function setUp(chat: { members: number; kind?: string; quiet?: boolean }) {
  let nowMs = 100_000
  let told = 0
  const context = {
    hub: {
      subscription: () => ({ kind: 'group', quiet: false, ...chat }),
      castChat: () => told++,
    },
    bus: { cast: () => undefined },
    clock: { now: () => 0, monotonic: () => nowMs },
  } as unknown as Context
  const { connection } = fakeConnection({ user: 1 })
  const asker: Asker = { connection, user: 1, session: 1, plan: 'free' }
  return {
    typing() {
      messageHandlers.typing(context, asker, { chat: 7 })
      return told
    },
    pass(ms: number) {
      nowMs += ms
    },
  }
}

t.test('typing is told in chats of so many members and no more', async t => {
  t.equal(setUp({ members: limits.typingMembersMax }).typing(), 1)
  t.equal(setUp({ members: limits.typingMembersMax + 1 }).typing(), 0)
  t.equal(setUp({ members: 2, kind: 'channel' }).typing(), 0)
  t.equal(setUp({ members: 2, quiet: true }).typing(), 0)
})

t.test('typing is told at most twice as often as clients are to say it', async t => {
  const { typing, pass } = setUp({ members: 2 })
  t.equal(typing(), 1)
  pass(limits.typingEveryMs / 2 - 1)
  t.equal(typing(), 1)
  pass(1)
  t.equal(typing(), 2)
  t.equal(typing(), 2)
})
