import t, { type Test } from 'tap'
import type { ChatId, UserId } from '#shared/protocol/ids.ts'
import type { Db, Queryable } from '#shared/store/db.ts'
import { readUnindexed } from '#shared/store/search-index.ts'
import { Stems } from '#shared/store/stems.ts'
import { indexAll } from '#test/helpers/search.ts'
import { openWorld, type World } from '#test/helpers/world.ts'
import { editChat } from './edit-chat.ts'
import { deleteMessages, editMessage } from './edit-message.ts'
import { indexMessages } from './index-messages.ts'
import { setReactions } from './reactions.ts'

/** Alice's and Bob's groups, and what they say in them. */
async function openPlace(t: Test, groups = 1) {
  const world = await openWorld(t)
  const [alice = 0, bob = 0] = await world.people(2)
  const chats: ChatId[] = []
  for (let i = 0; i < groups; i++) chats.push(await world.group(alice, [bob]))
  const say = (chat: ChatId, count: number, from: UserId = alice) =>
    world.send(
      ...Array.from({ length: count }, (_, i) => ({
        chat,
        sender: from,
        text: `wave ${i % 7} after wave`,
      })),
    )
  return { world, alice, bob, chats, say }
}

/** What is in the index and what should be, as far as they differ. */
async function differences({ db }: World): Promise<unknown[]> {
  const rows = await db.query({
    text: `select coalesce(m.chat_id, s.chat_id) as chat, coalesce(m.seq, s.seq) as seq, m.text, s.words
           from (select * from messages where kind <> 1 and deleted_at is null) m
           full join message_search s on s.chat_id = m.chat_id and s.seq = m.seq
           where ' ' || lower(m.text) || ' ' is distinct from s.words
              or s.at is distinct from floor(extract(epoch from m.created_at) * 1000)::bigint
           union all
           select null, coalesce(n.n, w.messages), coalesce(n.word, w.word), null from (
             select word, count(*) as n from (
               select distinct chat_id, seq, unnest(string_to_array(btrim(words), ' ')) as word from message_search) d
             group by word) n
           full join search_words w on w.word = n.word where n.n is distinct from w.messages`,
  })
  return [...rows, ...(await readUnindexed(db, 10))]
}

/** A database whose statements of this name fail `times` times, as when the process dies before it. */
function failing(db: Db, name: string, times: number): Db {
  let left = times
  const over = <On extends Queryable>(on: On): On => ({
    ...on,
    query: statement => {
      if (statement.name === name && left-- > 0) throw new Error('it died')
      return on.query(statement)
    },
  })
  return { ...over(db), tx: work => db.tx(tx => work(over(tx))) }
}

t.test('a batch that dies before its end has done nothing; the next one does it once', async t => {
  const { world, chats, say } = await openPlace(t, 2)
  for (const chat of chats) await say(chat, 30)
  for (const name of ['search-rows-store', 'search-words-count', 'search-cursors-move']) {
    const deps = { db: failing(world.db, name, 1), stems: new Stems() }
    await t.rejects(indexMessages(deps, chats, 500), /it died/)
    const rows = await world.db.query({ text: 'select from message_search' })
    t.equal(rows.length, 0, name)
  }
  await indexAll(world.db)
  t.strictSame(await differences(world), [])
})

t.test('several indexers at once, while people go on talking', async t => {
  const { world, alice, bob, chats, say } = await openPlace(t, 6)
  for (const chat of chats) await say(chat, 40)
  let talking = true
  const indexer = async () => {
    const stems = new Stems()
    let batches = 0
    do {
      const wanted = await readUnindexed(world.db, 100)
      if (wanted.length > 0) batches++
      await indexMessages({ db: world.db, stems }, wanted, 32)
    } while (talking)
    return batches
  }
  const talk = async () => {
    for (let round = 0; round < 12; round++) {
      for (const chat of chats) await say(chat, 5, round % 2 ? alice : bob)
      const [chat = 0] = chats
      await editMessage(world, alice, { chat, seq: 10 + round, text: `changed ${round}` }, 4_096)
      await deleteMessages(world, alice, chat, [30 + round])
    }
    talking = false
  }
  const [one, two] = await Promise.all([indexer(), indexer(), talk()])
  t.ok(one > 1 && two > 1, `both had something to do: ${one} and ${two} batches`)
  await indexAll(world.db)
  t.strictSame(await differences(world), [])
})

t.test(
  'at first the newest messages are indexed, and what is said meanwhile before the older ones',
  async t => {
    const { world, chats, say } = await openPlace(t)
    const [chat = 0] = chats
    await say(chat, 60)
    const deps = { db: world.db, stems: new Stems() }
    const seqs = async () => {
      const rows = await world.db.query<{ seq: number }>({
        text: 'select seq from message_search order by seq',
      })
      return rows.map(({ seq }) => seq)
    }
    const { seq: last } = await world.head(chat)
    t.same((await indexMessages(deps, chats, 10)).left, chats)
    t.strictSame(
      await seqs(),
      Array.from({ length: 10 }, (_, i) => last - 9 + i),
    )
    await say(chat, 3)
    await indexMessages(deps, chats, 10)
    t.ok((await seqs()).includes(last + 3))
    await indexAll(world.db, 10)
    t.strictSame(await differences(world), [])
  },
)

t.test(
  'what changes no text touches no row; changes without a message only move the cursor',
  async t => {
    const { world, alice, chats, say } = await openPlace(t)
    const [chat = 0] = chats
    await say(chat, 5)
    await indexAll(world.db)
    const versions = () =>
      world.db.query({ text: 'select seq, xmin::text from message_search order by seq' })
    const before = await versions()
    await world.db.query({
      text: `with moved as (update chats set last_rev = last_rev + 1 where id = $1 returning last_rev)
           update messages set rev = (select last_rev from moved), reacts = '[]' where chat_id = $1 and seq = 3`,
      values: [chat],
    })
    await setReactions(world, alice, chat, ['👍'])
    await editChat(world, alice, { chat, title: 'Waves' })
    t.ok((await indexAll(world.db)) > 0)
    t.strictSame(await versions(), before)
    t.strictSame(await readUnindexed(world.db, 10), [])
  },
)

t.test('whatever a text holds, it can be indexed', async t => {
  const { world, alice, chats } = await openPlace(t)
  const [chat = 0] = chats
  const texts = [
    'a'.repeat(8_000),
    `น${'\u0e49'.repeat(4_000)}`,
    '漢'.repeat(4_096),
    '👩‍👩‍👧‍👦'.repeat(300),
    `👍${'\u200d👍'.repeat(2_000)}`,
    `'); drop table messages; --  \\ ' '' " & | ! <-> :*`,
    'ß ŉ ǰ İ ﬃ ㍿ Ⅷ ٣',
    "ʼ’'",
    Array.from({ length: 2_000 }, (_, i) => i.toString(36)).join(' '),
  ]
  for (const text of texts) await world.sent({ chat, sender: alice, text })
  await indexAll(world.db)
  t.strictSame(await readUnindexed(world.db, 10), [])
  const rows = await world.db.query({ text: 'select from message_search' })
  t.equal(rows.length, texts.length - 1, 'all but the one without a word')
})
