// Which rows the chat list has, what its tabs count, and which chats are found by their titles.

import t from 'tap'
import { listRows, loudUnreadOf } from '../../web/state/list-rows.ts'
import { groupView } from './views.ts'

const now = 1_000_000

const input = { requests: [], folder: undefined, contacts: new Map(), now }
const keys = (rows: ReturnType<typeof listRows>) => rows.map(row => row.key)

t.test('requests and archive stand first, and archived chats only in there', async t => {
  const chats = [groupView(1), groupView(2, { archived: true, unread: 3 }), groupView(3)]
  const requests = [groupView(9)]
  const rows = listRows({ ...input, chats, requests, page: 'chats' })
  t.same(keys(rows), ['requests', 'archive', 1, 3])
  t.match(rows[1], { kind: 'archive', unread: 1 })
  t.same(keys(listRows({ ...input, chats, requests, page: 'archive' })), [2])
  t.same(keys(listRows({ ...input, chats, requests, page: 'requests' })), [9])
  t.same(keys(listRows({ ...input, chats: [groupView(1)], page: 'chats' })), [1], 'no empty gates')
})

t.test('a folder shows its chats alone', async t => {
  const folder = { id: 1, title: 'Some', include: [3] }
  const rows = listRows({ ...input, chats: [groupView(1), groupView(3)], folder, page: 'chats' })
  t.same(keys(rows), [3])
})

t.test('a tab counts chats, marked ones too, and muted ones only when they call', async t => {
  const muted = { mutedUntil: now + 1 }
  const chats = [
    groupView(1, { unread: 7 }),
    groupView(2, { me: { unread: true } }),
    groupView(3, { unread: 5, me: muted }),
    groupView(4, { unread: 5, mentions: 1, me: muted }),
    groupView(5),
  ]
  t.equal(loudUnreadOf(chats, now), 3)
})
