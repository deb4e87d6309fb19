import t from 'tap'
import type { Chat, Folder, FolderRule } from '#shared/protocol/models.ts'
import { isArchived, isMuted } from './chat-state.ts'
import { chatsIn } from './folders.ts'
import type { ChatView } from './types.ts'

const now = 1_000_000
const contact = 7
const context = { now, isContact: (user: number) => user === contact }

interface Traits {
  me?: Partial<Chat['me']>
  peer?: number
  unread?: number
  archived?: boolean
}

function view(id: number, kind: Chat['kind'], traits: Traits = {}): ChatView {
  const { me, peer, unread = 0, archived = false } = traits
  const chat: Chat = {
    id,
    kind,
    rev: 1,
    seq: 5,
    rights: 0,
    members: 2,
    at: 0,
    me: { role: 'member', rights: 0, read: 5, ...me },
    ...(peer !== undefined && { peer }),
  }
  return { chat, title: '', unread, mentions: 0, archived, typing: [] }
}

const chats = [
  view(1, 'direct', { peer: contact }),
  view(2, 'direct', { peer: 8, unread: 3 }),
  view(3, 'group', { unread: 1, me: { mutedUntil: now + 1 } }),
  view(4, 'group', { me: { mutedUntil: now } }),
  view(5, 'channel', { me: { unread: true } }),
  view(6, 'saved'),
  view(7, 'group', { archived: true }),
]

const shown = (folder: Partial<Folder>) =>
  chatsIn({ id: 1, title: 'Some', ...folder }, chats, context).map(({ chat }) => chat.id)
const byRule = (rule: FolderRule) => shown({ rule })

t.test('without a rule there is only what is listed, in the order of the list', async t => {
  t.same(shown({}), [])
  t.same(shown({ include: [6, 2, 99] }), [2, 6])
  t.same(shown({ include: [6, 2], exclude: [2] }), [6], 'exclude goes first')
})

t.test('an empty rule takes everything but the archive', async t => {
  t.same(byRule({}), [1, 2, 3, 4, 5, 6])
  t.same(byRule({ archived: true }), [1, 2, 3, 4, 5, 6, 7])
  t.same(shown({ rule: {}, include: [7], exclude: [1, 6] }), [2, 3, 4, 5, 7])
})

t.test('each key narrows it down', async t => {
  t.same(byRule({ kinds: ['group', 'saved'] }), [3, 4, 6])
  t.same(byRule({ kinds: [] }), [])
  t.same(byRule({ kinds: ['direct'], contacts: true }), [1])
  t.same(byRule({ kinds: ['direct'], contacts: false }), [2])
  t.same(byRule({ contacts: true }), [1, 3, 4, 5, 6], 'it speaks of direct chats only')
  t.same(byRule({ unread: true }), [2, 3, 5], 'also those marked by hand')
  t.same(byRule({ muted: true }), [3])
  t.same(byRule({ muted: false }), [1, 2, 4, 5, 6])
  t.same(byRule({ kinds: ['group'], unread: true, muted: false }), [])
})

t.test('muted until a time, and no longer', async t => {
  const muted = (mutedUntil?: number) =>
    isMuted({ me: { role: 'member', rights: 0, read: 0, ...(mutedUntil && { mutedUntil }) } }, now)
  t.same([muted(), muted(now), muted(now + 1)], [false, false, true])
})

t.test('archived until a message comes while the chat is not muted', async t => {
  const at = (seq: number, me: Partial<Chat['me']>, time = 100) => {
    const last = { seq, rev: 1, from: 1, rid: 1, at: time, text: '' }
    const { chat } = view(1, 'group', { me })
    return isArchived({ ...chat, seq, last })
  }
  t.equal(at(5, {}), false)
  t.equal(at(5, { archived: true, archivedSeq: 5 }), true)
  t.equal(at(6, { archived: true, archivedSeq: 5 }), false)
  t.equal(at(6, { archived: true, archivedSeq: 5, mutedUntil: 100 }), true)
  t.equal(at(6, { archived: true, archivedSeq: 5, mutedUntil: 99 }), false)
  t.equal(at(6, { archived: true }), true, 'a server that does not say since when')
})
