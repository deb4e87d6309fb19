// A folder in the form that edits it, and back: nothing of it is lost or added on the way.

import t from 'tap'
import type { Folder } from '#client/types.ts'
import { limits } from '#shared/protocol/limits.ts'
import { folder } from '#shared/protocol/models.ts'
import {
  chatKinds,
  type FolderForm,
  folderOf,
  formOf,
  mistakeOf,
  type Narrowing,
  newFolder,
} from '../../web/state/folder-forms.ts'

const some = (count: number, from = 1) => Array.from({ length: count }, (_, i) => from + i)
const form = (more: Partial<FolderForm> = {}): FolderForm => ({
  ...formOf({ id: 1, title: 'Birds', rule: {} }),
  ...more,
})

t.test('what is opened and saved without a change is the same folder', async t => {
  const folders: Folder[] = [
    { id: 1, title: 'By hand', include: [3, 1, 2] },
    { id: 2, title: 'All', rule: {} },
    { id: 3, title: 'No kind', rule: { kinds: [] }, include: [1] },
    { id: 4, title: 'Strangers', rule: { kinds: ['direct'], contacts: false } },
    { id: 5, title: 'Contacts', rule: { contacts: true, muted: false }, exclude: [9] },
    { id: 6, title: 'New', rule: { unread: true, archived: true, muted: true }, include: [4] },
  ]
  for (const each of folders) {
    t.strictSame(folderOf(each.id, formOf(each)), each, each.title)
    t.strictSame(folder.parse(folderOf(each.id, formOf(each))), each)
  }
})

t.test('a new folder shows every chat, and has a number of its own', async t => {
  const first = newFolder([])
  t.equal(first.id, 1)
  t.match(formOf(first), { title: '', byRule: true, kinds: chatKinds, contacts: 'all' })
  const others = [1, 2, 4].map(id => ({ id, title: 'x' }))
  t.equal(newFolder(others).id, 3)
  const highest = 2 ** 31 - 1
  const next = newFolder([{ id: highest, title: 'x' }])
  t.doesNotThrow(() => folder.parse({ ...next, title: 'x' }), 'a number that the server takes')
})

t.test('all kinds are no rule on kinds, however another client wrote them', async t => {
  t.strictSame(folderOf(1, form()).rule, {})
  t.strictSame(folderOf(1, form({ kinds: ['direct', 'saved'] })).rule, {
    kinds: ['direct', 'saved'],
  })
  const twice: Folder = {
    id: 1,
    title: 'x',
    rule: { kinds: ['group', 'direct', 'group', 'group'] },
  }
  t.strictSame(folderOf(1, formOf(twice)).rule, { kinds: ['direct', 'group'] })
  const all: Folder = { id: 1, title: 'x', rule: { kinds: [...chatKinds].reverse() } }
  t.strictSame(folderOf(1, formOf(all)).rule, {})
})

t.test('each part narrows down one way, the other way or not at all', async t => {
  const told = { all: undefined, yes: true, no: false } as const
  for (const [value, rule] of Object.entries(told) as [Narrowing, boolean | undefined][]) {
    const contacts = rule === undefined ? {} : { contacts: rule }
    const muted = rule === undefined ? {} : { muted: rule }
    t.strictSame(folderOf(1, form({ contacts: value })).rule, contacts)
    t.strictSame(folderOf(1, form({ muted: value })).rule, muted)
    t.match(formOf({ id: 1, title: 'x', rule: contacts }), { contacts: value, muted: 'all' })
    t.match(formOf({ id: 1, title: 'x', rule: muted }), { contacts: 'all', muted: value })
  }
})

t.test('without a rule only chats by hand count, and what is hidden is not stored', async t => {
  const byHand = form({
    byRule: false,
    kinds: ['group'],
    unread: true,
    include: [1],
    exclude: [2],
  })
  t.strictSame(folderOf(7, byHand), { id: 7, title: 'Birds', include: [1] })
  t.equal(mistakeOf({ ...byHand, exclude: some(limits.folderChatsMax, 2) }), null)
})

t.test('a title has no spaces around it, and the lists are copies', async t => {
  const include = [1]
  const made = folderOf(1, form({ title: '  Sea birds ', include }))
  t.equal(made.title, 'Sea birds')
  t.not(made.include, include)
})

t.test('a folder that can show nothing, or holds too many chats, is not stored', async t => {
  t.equal(mistakeOf(form()), null)
  t.equal(mistakeOf(form({ kinds: [] })), 'empty')
  t.equal(mistakeOf(form({ kinds: [], exclude: [1] })), 'empty')
  t.equal(mistakeOf(form({ kinds: [], include: [1] })), null)
  t.equal(mistakeOf(form({ byRule: false })), 'empty', 'kinds do not count without the rule')
  const most = limits.folderChatsMax
  t.equal(mistakeOf(form({ include: some(most) })), null)
  t.equal(mistakeOf(form({ include: some(most), exclude: [most + 1] })), 'tooMany')
})
