// What the menus of a message offer: all that the server would do, and nothing that it would refuse.

import t from 'tap'
import type { MessageView } from '#client/types.ts'
import { limits } from '#shared/protocol/limits.ts'
import { defaultRights, type Role, right } from '#shared/protocol/permissions.ts'
import { standardReactions } from '#shared/protocol/reactions.ts'
import {
  type ConversationChat,
  isOwn,
  may,
  mayDeleteForAll,
  mayEdit,
  mayForward,
  mayLink,
  mayPin,
  mayReact,
  mayReply,
  mayReport,
  maySeeReactors,
  maySeeReaders,
  reactionsOf,
} from '../../web/state/message-rights.ts'

const me = 1
const other = 2
const now = 1_800_000_000_000

const message = (more: Partial<MessageView> = {}): MessageView => ({
  key: 'k',
  rid: 1,
  seq: 5,
  from: me,
  at: now - 60_000,
  text: 'Hello',
  state: 'sent',
  ...more,
})
const theirs = message({ from: other })
/** On its way to the server, so without a place in the chat. */
const waiting: MessageView = (({ seq: _, ...rest }) => rest)(message({ state: 'sending' }))
const told = message({ svc: { t: 'pinned', seq: 1 }, text: '' })
const gone = message({ deleted: true, text: '' })

interface Given extends Partial<Omit<ConversationChat, 'me'>> {
  role?: Role
  /** Of the user alone. */
  own?: number
}

function chatWith({
  role = 'member',
  own = 0,
  kind = 'group',
  ...more
}: Given = {}): ConversationChat {
  return {
    id: 7,
    kind,
    rights: defaultRights[kind],
    members: 3,
    me: { role, rights: own, read: 0 },
    ...more,
  }
}

const group = chatWith()
const direct = chatWith({ kind: 'direct' })
/** One of the two blocks the other, or has not answered yet. */
const quiet = chatWith({ kind: 'direct', rights: 0 })
const saved = chatWith({ kind: 'saved', role: 'owner', members: 1 })
const channel = (role: Role, own = 0) => chatWith({ kind: 'channel', role, own })
const readOnly = chatWith({ rights: 0 })

t.test('a role may what it has itself, what all have, or both', async t => {
  t.ok(may(group, 'post'))
  t.notOk(may(group, 'pin'))
  t.ok(may(chatWith({ role: 'owner', rights: 0 }), 'promote'))
  t.ok(may(chatWith({ role: 'admin', own: right.pin }), 'pin'))
  t.ok(may(chatWith({ role: 'admin', own: right.pin }), 'post'), 'an admin is a member as well')
  t.notOk(may(chatWith({ role: 'restricted', own: right.links }), 'post'))
  t.notOk(may(chatWith({ role: 'restricted', own: right.pin }), 'pin'), 'nobody may it here')
  for (const role of ['banned', 'left'] as const) t.notOk(may(chatWith({ role }), 'post'), role)
})

t.test('an own post that the channel signs is one’s own', async t => {
  t.ok(isOwn(message(), me))
  t.notOk(isOwn(theirs, me))
  t.notOk(isOwn(message({ from: 0 }), me))
  t.ok(isOwn(message({ from: 0, own: true }), me))
})

t.test(
  'nothing is offered at what is not there: on its way, deleted, or a service message',
  async t => {
    const owner = chatWith({ role: 'owner' })
    for (const each of [waiting, told, gone]) {
      t.notOk(mayReply(each, owner))
      t.notOk(mayEdit(each, owner, me, now))
      t.notOk(mayForward(each))
      t.notOk(mayPin(each, owner))
      t.notOk(mayReport({ ...each, from: other }, owner, me))
      t.notOk(maySeeReaders(each, owner, me, now))
      t.notOk(mayReact(each, owner))
      t.notOk(mayLink(each, owner))
    }
    t.notOk(mayDeleteForAll(waiting, owner, me))
    t.ok(mayDeleteForAll(told, owner, me), 'but what the chat tells of can be deleted')
  },
)

t.test('who may not write may not answer', async t => {
  t.ok(mayReply(theirs, group))
  t.notOk(mayReply(theirs, readOnly))
  t.notOk(mayReply(theirs, quiet))
  t.notOk(mayReply(theirs, channel('member')))
  t.ok(mayReply(theirs, channel('admin', right.post)))
})

t.test('own messages of conversations may be edited for two days, notes for ever', async t => {
  const late = message({ at: now - limits.editWindowS * 1000 })
  const timely = message({ at: late.at + 1 })
  for (const each of [group, direct]) {
    t.ok(mayEdit(timely, each, me, now), each.kind)
    t.notOk(mayEdit(late, each, me, now), each.kind)
    t.notOk(mayEdit(theirs, each, me, now), each.kind)
  }
  t.ok(mayEdit(late, saved, me, now))
  t.notOk(mayEdit(message(), readOnly, me, now), 'who may not post may not rewrite')
  t.notOk(mayEdit(message(), quiet, me, now))
  t.notOk(
    mayEdit(theirs, chatWith({ role: 'owner' }), me, now),
    'nor does the owner what others said',
  )
})

t.test('what was forwarded or asked stays as it was', async t => {
  const poll = { options: ['a', 'b'], voters: 0 }
  for (const each of [group, saved, channel('owner')]) {
    t.notOk(mayEdit(message({ fwd: { at: 1 } }), each, me, now), each.kind)
    t.notOk(mayEdit(message({ poll }), each, me, now), each.kind)
  }
})

t.test(
  'posts may be edited for ever: one’s own by who may post, others’ by who may change the channel',
  async t => {
    const post = message({ at: 0 })
    const another = message({ at: 0, from: other })
    const mayBoth = (role: Role, own = 0) =>
      [post, another].map(each => mayEdit(each, channel(role, own), me, now))
    t.same(mayBoth('owner'), [true, true])
    t.same(mayBoth('admin', right.post), [true, false])
    t.same(mayBoth('admin', right.changeInfo), [false, true])
    t.same(mayBoth('admin', right.post | right.changeInfo), [true, true])
    t.same(mayBoth('member'), [false, false])
    const unsigned = message({ from: 0, own: true, at: 0 })
    t.ok(mayEdit(unsigned, channel('admin', right.post), me, now))
  },
)

t.test(
  'deleting for all: own ones, with the right others’, in a direct chat all while it is open',
  async t => {
    const mayBoth = (chat: ConversationChat) =>
      [message(), theirs].map(each => mayDeleteForAll(each, chat, me))
    t.same(mayBoth(group), [true, false])
    t.same(mayBoth(readOnly), [true, false])
    t.same(mayBoth(chatWith({ role: 'admin', own: right.deleteOthers })), [true, true])
    t.same(mayBoth(direct), [true, true])
    t.same(mayBoth(quiet), [true, false])
    t.same(mayBoth(saved), [true, true])
    t.same(mayBoth(channel('member')), [true, false])
    t.same(mayBoth(channel('owner')), [true, true])
  },
)

t.test('pinning takes its right, which both have of a direct chat', async t => {
  t.notOk(mayPin(theirs, group))
  t.ok(mayPin(theirs, chatWith({ rights: right.pin })))
  t.ok(mayPin(theirs, chatWith({ role: 'admin', own: right.pin })))
  t.ok(mayPin(theirs, direct))
  t.ok(mayPin(message(), saved))
  t.notOk(mayPin(theirs, quiet))
})

t.test('others can be reported, oneself not', async t => {
  t.ok(mayReport(theirs, group, me))
  t.ok(mayReport(theirs, quiet, me))
  t.notOk(mayReport(message(), group, me))
  t.notOk(mayReport(message({ from: 0, own: true }), channel('admin'), me))
  t.notOk(mayReport(message({ from: other }), saved, me), 'what was saved is nobody else’s')
})

t.test('who has read it: told of own messages, in small conversations, for a week', async t => {
  const most = limits.readMarksMembersMax
  const old = message({ at: now - limits.readTimesKeptMs })
  t.ok(maySeeReaders(message(), chatWith({ members: most }), me, now))
  t.notOk(maySeeReaders(message(), chatWith({ members: most + 1 }), me, now))
  t.ok(maySeeReaders(message(), direct, me, now))
  t.notOk(maySeeReaders(theirs, group, me, now))
  t.notOk(maySeeReaders(message(), channel('owner'), me, now))
  t.notOk(maySeeReaders(message(), saved, me, now))
  t.notOk(maySeeReaders(old, group, me, now))
  t.ok(maySeeReaders({ ...old, at: old.at + 1 }, group, me, now))
})

t.test('reactions: those of the chat, and none from who is silenced', async t => {
  t.equal(reactionsOf(group), standardReactions)
  t.same(reactionsOf({ reactions: ['👍'] }), ['👍'])
  t.ok(mayReact(theirs, group))
  t.ok(mayReact(theirs, readOnly), 'reading is enough')
  t.ok(mayReact(theirs, channel('member')))
  t.notOk(mayReact(theirs, chatWith({ reactions: [] })))
  t.notOk(mayReact(theirs, quiet))
  t.notOk(mayReact(theirs, chatWith({ role: 'restricted', own: right.links })))
  t.ok(mayReact(theirs, chatWith({ role: 'restricted', own: right.post })))
})

t.test('who reacted is known to all but the subscribers of a channel', async t => {
  for (const each of [group, direct, saved]) t.ok(maySeeReactors(each), each.kind)
  t.notOk(maySeeReactors(channel('member')))
  t.ok(maySeeReactors(channel('admin')))
  t.ok(maySeeReactors(channel('owner')))
})

t.test('an address is offered where others could follow it', async t => {
  t.ok(mayLink(theirs, group))
  t.ok(mayLink(theirs, channel('member')))
  t.notOk(mayLink(theirs, direct))
})
