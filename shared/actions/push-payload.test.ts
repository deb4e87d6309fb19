import t from 'tap'
import { limits } from '#shared/protocol/limits.ts'
import type { PushedMessage, PushView } from '#shared/store/pushes.ts'
import { payloadOf } from './push-payload.ts'

const message: PushedMessage = {
  seq: 3,
  text: 'Hello',
  ents: null,
  extra: null,
  isPoll: false,
  author: 'Alice',
}
const view: PushView = {
  subscription: 1,
  chat: 7,
  endpoint: 'https://push.example.org/abc',
  p256dh: Buffer.alloc(65),
  auth: Buffer.alloc(16),
  user: 2,
  previews: true,
  kind: 'group',
  title: 'Birds',
  top: 3,
  unread: 2,
  badge: 5,
  message,
}
const textOf = (text: string, ents: PushedMessage['ents'] = null) =>
  payloadOf({ ...view, message: { ...message, text, ents } })?.text

t.test(
  'a group names who wrote, a direct chat is its other person, a channel speaks for itself',
  async t => {
    const counts = { v: 1, user: 2, chat: 7, seq: 3, unread: 2, badge: 5 } as const
    t.strictSame(payloadOf(view), { ...counts, title: 'Birds', from: 'Alice', text: 'Hello' })
    t.strictSame(payloadOf({ ...view, kind: 'direct', title: null }), {
      ...counts,
      title: 'Alice',
      text: 'Hello',
    })
    t.strictSame(payloadOf({ ...view, kind: 'channel', message: { ...message, author: null } }), {
      ...counts,
      title: 'Birds',
      text: 'Hello',
    })
    t.strictSame(payloadOf({ ...view, previews: false }), counts)
    t.equal(payloadOf({ ...view, message: null }), null)
    t.match(payloadOf({ ...view, message: { ...message, isPoll: true } }), { poll: true })
  },
)

t.test('what a spoiler covers stays covered', async t => {
  t.equal(textOf('it was the cook', [{ t: 'spoiler', o: 7, l: 8 }]), 'it was ▒▒▒▒▒▒▒▒')
  t.equal(
    textOf('it', [
      { t: 'spoiler', o: 0, l: 99 },
      { t: 'bold', o: 0, l: 2 },
    ]),
    '▒▒',
  )
})

t.test('a long text is cut between characters, on one line', async t => {
  const { pushTextCharsMax: max } = limits
  t.equal(textOf(' two\n\nlines '), 'two lines')
  t.equal(textOf('👩'.repeat(max)), '👩'.repeat(max))
  t.equal(textOf('👩'.repeat(max + 1)), `${'👩'.repeat(max - 1)}…`)
  t.equal([...(textOf('a'.repeat(9_999)) ?? '')].length, max)
})
