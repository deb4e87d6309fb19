// A preview is shown only at a message that still has the link, as a change of the message that everybody gets alike.

import t from 'tap'
import { decode } from '#shared/protocol/codec.ts'
import { chatEvents } from '#shared/protocol/events.ts'
import type { Message } from '#shared/protocol/models.ts'
import { readHistory } from '#shared/store/messages.ts'
import { openWorld } from '#test/helpers/world.ts'
import { deleteMessages, editMessage } from './edit-message.ts'
import { showPreview } from './show-preview.ts'
import { readDiff } from './sync.ts'

const world = await openWorld(t)
const url = 'https://birds.example/'
const preview = { url, title: 'Birds', text: 'All of them', site: 'birds.example' }
const [alice = 0, bob = 0] = await world.people(2)
const fresh = () => world.group(alice, [bob])
const stored = async (chat: number, seq: number): Promise<Message | undefined> =>
  (await readHistory(world.db, chat, { around: seq }, 10)).find(message => message.seq === seq)

t.test(
  'the message changes as a whole, with a rev of its own, for live and late readers',
  async t => {
    const chat = await fresh()
    const sent = await world.sent({ chat, sender: alice, text: `See ${url}`, silent: true })
    let shown = false
    const announced = await world.announced(async () => {
      shown = await showPreview(world, { chat, seq: sent.seq, url }, preview)
    })
    t.equal(shown, true)
    t.same(announced, { chats: { [chat]: [sent.rev + 1] }, users: {} })
    const event = world.published.at(-1)?.events[0] as { frame: Uint8Array }
    const { frame } = decode(event.frame)
    const message = await stored(chat, sent.seq)
    t.match(message, { preview, silent: true, rev: sent.rev + 1, text: `See ${url}` })
    t.notOk(message?.edited)
    t.same(frame, [2, chatEvents.changed.kind, chat, sent.rev + 1, message])
    const diff = await readDiff(world, bob, chat, sent.rev)
    t.same(diff.messages, [message])
  },
)

t.test(
  'the same again, another link, none, a refused one, a deleted message: nothing changes',
  async t => {
    const chat = await fresh()
    const send = async (more: object) => (await world.sent({ chat, sender: alice, ...more })).seq
    const plain = await send({ text: 'No link' })
    const other = await send({ text: 'https://other.example/' })
    const unwanted = await send({ text: url, extra: { noPreview: true } })
    const deleted = await send({ text: url })
    await deleteMessages(world, alice, chat, [deleted])
    const twice = await send({ text: url })
    await showPreview(world, { chat, seq: twice, url }, preview)
    const before = await world.head(chat)
    for (const seq of [plain, other, unwanted, deleted, twice, 1, 9_999]) {
      t.equal(await showPreview(world, { chat, seq, url }, preview), false)
    }
    t.equal(
      await showPreview(world, { chat: 999_999, seq: 1, url }, preview),
      false,
      'no such chat',
    )
    t.same(await world.head(chat), before)
  },
)

t.test(
  'an edit keeps the preview of a link that stays and drops that of one that goes',
  async t => {
    const chat = await fresh()
    const { seq } = await world.sent({ chat, sender: alice, text: url, extra: { album: 5 } })
    await showPreview(world, { chat, seq, url }, preview)
    const edit = (text: string) => editMessage(world, alice, { chat, seq, text }, 4_096)
    await edit(`Look: ${url}`)
    t.match(await stored(chat, seq), { preview, album: 5, text: `Look: ${url}` })
    await edit('Look: https://other.example/')
    const message = await stored(chat, seq)
    t.notOk(message?.preview)
    t.match(message, { album: 5 })
    const event = world.published.at(-1)?.events[0] as { frame: Uint8Array }
    t.same(decode(event.frame).frame, [2, chatEvents.edited.kind, chat, message?.rev, message])
    t.equal(
      await showPreview(world, { chat, seq, url }, preview),
      false,
      'a late one of the old link',
    )
  },
)

t.test('many at once and an edit between them: one order, nothing lost', async t => {
  const chat = await fresh()
  const { seq } = await world.sent({ chat, sender: alice, text: url })
  const before = (await world.head(chat)).rev
  const all = await Promise.all([
    ...Array.from({ length: 6 }, () => showPreview(world, { chat, seq, url }, preview)),
    editMessage(world, alice, { chat, seq, text: `Now ${url}` }, 4_096).then(() => false),
  ])
  t.equal(all.filter(Boolean).length, 1)
  t.match(await stored(chat, seq), { preview, text: `Now ${url}` })
  t.equal((await world.head(chat)).rev, before + 2)
})
