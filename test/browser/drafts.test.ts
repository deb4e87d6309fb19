// What a composer holds while an edit is on its way, and what other devices may change of it.

import t from 'tap'
import type { MessageView } from '#client/types.ts'
import {
  type Draft,
  draftOf,
  drafts,
  edited,
  resetDrafts,
  startEdit,
  startReply,
  takeShared,
  write,
} from '../../web/state/drafts.ts'

const chat = 1
const now = () => draftOf(drafts.get(), chat)
const editNow = () => now().edit as NonNullable<Draft['edit']>

function message(seq: number): MessageView {
  return { key: `k${seq}`, rid: seq, seq, from: 1, at: 0, text: `text ${seq}`, state: 'sent' }
}

t.beforeEach(() => resetDrafts())

t.test('an edit ends when it is stored, and the draft under it is back', async t => {
  write(chat, 'half a')
  startEdit(chat, message(7))
  write(chat, 'text seven')
  edited(chat, editNow())
  t.same(now(), { text: 'half a' })
})

t.test('what was written while an edit was being stored stays in the field', async t => {
  startEdit(chat, message(7))
  write(chat, 'text seven')
  const saved = editNow()
  write(chat, 'text seven and more')
  edited(chat, saved)
  t.same(editNow(), { seq: 7, text: 'text seven and more', was: 'text seven' })
})

t.test('another edit that was begun meanwhile goes on', async t => {
  startEdit(chat, message(7))
  const saved = editNow()
  startEdit(chat, message(8))
  edited(chat, saved)
  t.equal(editNow().seq, 8)
})

t.test('a quote stays with its answer when the words come from another device', async t => {
  const quote = { text: 'seven', o: 5 }
  startReply(chat, 7, quote)
  takeShared(chat, { text: 'indeed', reply: 7, at: 0 })
  t.same(now(), { text: 'indeed', reply: 7, quote })
  takeShared(chat, { text: 'indeed', reply: 8, at: 0 })
  t.same(now(), { text: 'indeed', reply: 8 })
})
