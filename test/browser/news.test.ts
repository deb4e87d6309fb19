// Which messages the open page tells of. Pure, without a browser.

import t from 'tap'
import type { ChatView, MessageView } from '#client/types.ts'
import { mutedForEver } from '#shared/protocol/limits.ts'
import { type Heard, newsOf, unreadOf } from '../../web/state/news.ts'

const me = 1
const now = 1_000_000

function viewOf(
  seq: number,
  more: { last?: Partial<MessageView>; me?: object; view?: Partial<ChatView>; id?: number } = {},
): ChatView {
  const last = { key: 'k', rid: 1, seq, from: 2, at: now, text: 'Hi', state: 'sent', ...more.last }
  return {
    chat: {
      id: more.id ?? 7,
      kind: 'group',
      seq,
      at: now,
      me: { role: 'member', rights: 0, read: seq - 1, ...more.me },
    },
    title: 'Birds',
    unread: 1,
    mentions: 0,
    archived: false,
    typing: [],
    last,
    ...more.view,
  } as ChatView
}

/** Whether the second picture has news after the first one. */
function isNews(before: ChatView | null, after: ChatView): boolean {
  const heard = new Map<number, Heard>()
  if (before) newsOf([before], heard, me, now)
  return newsOf([after], heard, me, now).length > 0
}

t.test('a new message of somebody else, once', async t => {
  const heard = new Map<number, Heard>()
  t.equal(newsOf([viewOf(3)], heard, me, now).length, 1)
  t.equal(newsOf([viewOf(3)], heard, me, now).length, 0)
  const [news] = newsOf([viewOf(4, { last: { text: 'Again' } })], heard, me, now)
  t.match(news, { message: { text: 'Again' } })
  // An older state of the chat, as after a hiccup, is no news, and neither is what follows it.
  newsOf([viewOf(3)], heard, me, now)
  t.equal(newsOf([viewOf(4)], heard, me, now).length, 0)
})

t.test('own, silent, deleted, read, old and service messages are none', async t => {
  t.ok(isNews(viewOf(3), viewOf(4)))
  t.notOk(isNews(viewOf(3), viewOf(4, { last: { from: me } })))
  t.notOk(isNews(viewOf(3), viewOf(4, { last: { silent: true } })))
  t.notOk(isNews(viewOf(3), viewOf(4, { last: { deleted: true } })))
  t.notOk(isNews(viewOf(3), viewOf(4, { last: { svc: { t: 'joined' } } })))
  t.notOk(isNews(viewOf(3), viewOf(4, { last: { at: now - 120_001 } })))
  t.notOk(isNews(viewOf(3), viewOf(4, { view: { unread: 0 } })))
  // Mine, on its way, lies over it.
  const { last: _, ...pending } = viewOf(4)
  t.notOk(isNews(viewOf(3), pending as ChatView))
})

t.test('a muted chat is news only when it calls, and not when that is muted too', async t => {
  const muted = { mutedUntil: mutedForEver }
  const called = { mentions: 1 }
  t.notOk(isNews(viewOf(3, { me: muted }), viewOf(4, { me: muted })))
  t.ok(isNews(viewOf(3, { me: muted }), viewOf(4, { me: muted, view: called })))
  const both = { ...muted, mentionsMuted: true }
  t.notOk(isNews(viewOf(3, { me: both }), viewOf(4, { me: both, view: called })))
  const over = { mutedUntil: now - 1 }
  t.ok(isNews(viewOf(3, { me: over }), viewOf(4, { me: over })))
})

t.test('muted chats are not counted', async t => {
  const chats = [
    viewOf(3, { view: { unread: 2 } }),
    viewOf(3, { id: 8, view: { unread: 3 } }),
    viewOf(3, { id: 9, view: { unread: 9 }, me: { mutedUntil: mutedForEver } }),
  ]
  t.equal(unreadOf(chats, now), 5)
})
