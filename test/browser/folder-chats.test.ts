// What becomes of a folder when a chat is put into it or taken out by hand.

import t from 'tap'
import type { Folder } from '#client/types.ts'
import { limits } from '#shared/protocol/limits.ts'
import { isFull, isInFolder, toggledFolder } from '../../web/state/folder-chats.ts'
import { groupView } from './views.ts'

const context = { contacts: new Map(), now: 1_000_000 }
const base = { id: 1, title: 'Some' }

const toggled = (folder: Folder) => toggledFolder(folder, groupView(5), context)

t.test('by hand a chat is put in and taken out', async t => {
  t.same(toggled({ ...base, include: [3] }), { ...base, include: [3, 5] })
  t.same(toggled({ ...base, include: [3, 5] }), { ...base, include: [3] })
  t.same(toggled({ ...base, include: [5] }), base, 'an empty list is left out')
})

t.test('what a rule shows is left out by hand, and comes back', async t => {
  const rule = { kinds: ['group' as const] }
  t.same(toggled({ ...base, rule }), { ...base, rule, exclude: [5] })
  t.same(toggled({ ...base, rule, exclude: [4, 5] }), { ...base, rule, exclude: [4] })
  t.same(toggled({ ...base, rule, include: [5] }), { ...base, rule, exclude: [5] })
})

t.test('twice is as before, whatever the folder is', async t => {
  const rules = [undefined, {}, { kinds: ['direct' as const] }, { unread: true as const }]
  for (const rule of rules) {
    for (const include of [[], [5], [3, 5]]) {
      const folder = { ...base, ...(rule && { rule }), ...(include.length > 0 && { include }) }
      const was = isInFolder(folder, groupView(5), context)
      const once = toggled(folder)
      t.equal(isInFolder(once, groupView(5), context), !was)
      t.equal(isInFolder(toggled(once), groupView(5), context), was)
    }
  }
})

t.test('a folder takes as many chats by hand as the server does', async t => {
  const many = Array.from({ length: limits.folderChatsMax }, (_, index) => index + 1)
  t.equal(isFull({ ...base, include: many }), false)
  t.equal(isFull({ ...base, include: many, exclude: [0] }), true)
})
