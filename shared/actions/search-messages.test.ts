import t, { type Test } from 'tap'
import type { ChatId, UserId } from '#shared/protocol/ids.ts'
import { limits } from '#shared/protocol/limits.ts'
import type { Db, Statement } from '#shared/store/db.ts'
import { indexAll, textsFound } from '#test/helpers/search.ts'
import { openWorld, refusal, type World } from '#test/helpers/world.ts'
import { deleteMessages, editMessage } from './edit-message.ts'
import { eraseCleared } from './expire-messages.ts'
import { clearHistory, hideMessages } from './hide-messages.ts'
import { addMembers, leaveChat, removeMember } from './members.ts'
import { createPoll } from './polls.ts'
import { MessageSearch, type SearchInput } from './search-messages.ts'

interface Place {
  world: World
  search: MessageSearch
  alice: UserId
  bob: UserId
  carol: UserId
  group: ChatId
  /** What somebody finds, everything indexed before. */
  finds(user: UserId, query: string, more?: Partial<SearchInput>): Promise<string[]>
  says(text: string, from?: UserId, chat?: ChatId): Promise<number>
}

/** However long it takes, it is not late: a late search answers in parts. */
const unhurried = ({ db, clock }: Pick<World, 'db' | 'clock'>) =>
  new MessageSearch({ db, clock: { ...clock, monotonic: () => 0 } })

/** Alice and Bob in a group; Carol is not in it. */
async function openPlace(t: Test): Promise<Place> {
  const world = await openWorld(t)
  const [alice = 0, bob = 0, carol = 0] = await world.people(3)
  const group = await world.group(alice, [bob])
  const search = unhurried(world)
  return {
    world,
    search,
    alice,
    bob,
    carol,
    group,
    async finds(user, query, more = {}) {
      await indexAll(world.db)
      return textsFound(search, user, { query, ...more })
    },
    says: async (text, from = alice, chat = group) =>
      (await world.sent({ chat, sender: from, text })).seq,
  }
}

t.test(
  'who is in a chat finds its messages; nobody else does, and nobody after leaving',
  async t => {
    const { world, alice, bob, carol, group, finds, says } = await openPlace(t)
    await says('canary in the group')
    const other = await world.direct(alice, carol)
    await says('canary of a direct chat', alice, other)
    t.strictSame(await finds(bob, 'canary'), ['canary in the group'])
    t.strictSame(await finds(carol, 'canary'), ['canary of a direct chat'])
    t.equal(await refusal(finds(carol, 'canary', { chat: group })), 'not_found')
    t.equal(await refusal(finds(carol, 'canary', { chat: 999_999 })), 'not_found')

    await addMembers(world, alice, group, [carol])
    t.strictSame(await finds(carol, 'canary', { chat: group }), ['canary in the group'])
    await leaveChat(world, bob, group)
    await removeMember(world, alice, group, carol)
    for (const gone of [bob, carol]) {
      t.strictSame(await finds(gone, 'group canary'), [])
      t.equal(await refusal(finds(gone, 'canary', { chat: group })), 'not_found')
    }
    await world.place(group, bob, 'banned')
    t.strictSame(await finds(bob, 'canary'), [])
  },
)

t.test('a position of somebody else opens no chat', async t => {
  const { world, search, alice, carol, group, finds, says } = await openPlace(t)
  for (let i = 0; i < 3; i++) await says(`canary ${i}`)
  await finds(alice, 'canary')
  const page = await search.search(alice, { query: 'canary', chat: group, limit: 1 })
  t.ok(page.next, 'there is more')
  const forged = { query: 'canary', limit: 20, next: page.next }
  t.strictSame((await search.search(carol, forged)).hits, [])
  t.equal(await refusal(search.search(carol, { ...forged, chat: group })), 'not_found')
  t.equal((await world.head(group)).seq > 0, true)
})

t.test('what is edited, deleted, hidden, cleared or expired is found as it is now', async t => {
  const { world, alice, bob, group, finds, says } = await openPlace(t)
  const edited = await says('first canary')
  const deleted = await says('second canary')
  const hidden = await says('third canary')
  t.equal((await finds(alice, 'canary')).length, 3)

  await editMessage(world, alice, { chat: group, seq: edited, text: 'first sparrow' }, 4_096)
  await deleteMessages(world, alice, group, [deleted])
  await hideMessages(world, alice, group, [hidden])
  const before = new MessageSearch(world)
  // The index does not know yet, and even so nothing shows what is gone.
  t.strictSame(await textsFound(before, alice, { query: 'canary' }), [])
  t.strictSame(await textsFound(before, bob, { query: 'canary' }), ['third canary'])
  t.strictSame(await finds(alice, 'canary'), [])
  t.strictSame(await finds(alice, 'sparrow'), ['first sparrow'])
  t.strictSame(await finds(bob, 'canary'), ['third canary'])

  await clearHistory(world, bob, { chat: group })
  t.strictSame(await finds(bob, 'canary'), [])
  const late = await says('fourth canary')
  t.strictSame(await finds(bob, 'canary'), ['fourth canary'])
  await world.db.query({
    text: "update messages set expires_at = now() - interval '1 second' where chat_id = $1 and seq = $2",
    values: [group, late],
  })
  t.strictSame(await finds(bob, 'canary'), [], 'its time is over, whether or not it was deleted')
})

t.test('text that is gone leaves the index', async t => {
  const { world, alice, bob, group, finds, says } = await openPlace(t)
  const kept = async () =>
    (
      await world.db.query<{ words: string }>({
        text: `select words from message_search where words like '%secret%'
               union all select word from search_words where word like '%secret%'`,
      })
    ).map(({ words }) => words)
  const edited = await says('secret one')
  const deleted = await says('secret secrets')
  const direct = await world.direct(alice, bob)
  await says('secretive', alice, direct)
  await finds(alice, 'secret')
  t.strictSame((await kept()).sort(), [
    ' secret one ',
    ' secret secrets ',
    ' secretive ',
    'secret',
    'secretive',
    'secrets',
  ])
  await editMessage(world, alice, { chat: group, seq: edited, text: 'nothing' }, 4_096)
  await deleteMessages(world, alice, group, [deleted])
  await clearHistory(world, alice, { chat: direct, forAll: true })
  await eraseCleared(world)
  await indexAll(world.db)
  t.strictSame(await kept(), [])
  // A chat that everybody has left.
  await says('secret again')
  await indexAll(world.db)
  t.equal((await kept()).length, 2)
  await leaveChat(world, bob, group)
  await leaveChat(world, alice, group)
  await indexAll(world.db)
  t.strictSame(await kept(), [])
})

t.test('words are found in their forms, English and Russian ones', async t => {
  const { alice, finds, says } = await openPlace(t)
  await says('She was running along the rivers')
  await says('Мы обсуждали важные встречи на следующей неделе')
  await says('Ёжик пришёл')
  await says('Crème brûlée for everybody')
  for (const query of ['run', 'RIVER', 'runs', 'river runs'])
    t.strictSame(await finds(alice, `${query} `), ['She was running along the rivers'], query)
  for (const query of ['встреча', 'встречу', 'важная встреча', 'недели', 'ОБСУЖДАЛ'])
    t.equal((await finds(alice, `${query} `)).length, 1, query)
  t.equal((await finds(alice, 'ежик пришел')).length, 1)
  t.equal((await finds(alice, 'creme brulee')).length, 1)
  t.strictSame(await finds(alice, 'walk '), [])
})

t.test('the last word may be begun, and parts of words are found behind all others', async t => {
  const { alice, finds, says } = await openPlace(t)
  await says('a petrel at sea')
  await says('the storm-petrels')
  await says('competition')
  await says('carpet')
  t.strictSame(await finds(alice, 'pet'), [
    'the storm-petrels',
    'a petrel at sea',
    'carpet',
    'competition',
  ])
  t.strictSame(await finds(alice, 'pet '), [
    'carpet',
    'competition',
    'the storm-petrels',
    'a petrel at sea',
  ])
  t.strictSame(await finds(alice, 'pe'), ['the storm-petrels', 'a petrel at sea'])
  t.strictSame(await finds(alice, 'storm-pet'), ['the storm-petrels'])
  t.strictSame(await finds(alice, 'trel sea'), ['a petrel at sea'])
})

t.test('quotes, exclusions, and what only looks like an operator', async t => {
  const { alice, finds, says } = await openPlace(t)
  await says('red apples and green pears')
  await says('green apples')
  await says('apples, green!')
  t.strictSame(await finds(alice, '"green apples"'), ['green apples'])
  t.strictSame(await finds(alice, '“green” apples -pears'), ['apples, green!', 'green apples'])
  t.strictSame(await finds(alice, 'apple -"green apples" -pear'), ['apples, green!'])
  t.strictSame(await finds(alice, '-green'), [], 'only exclusions find nothing')
  t.strictSame(await finds(alice, '"apple"'), [], 'in quotes: in no other form')
  for (const query of [
    '"',
    '-',
    '" "',
    '& | ! <->',
    "'",
    '%',
    '_',
    '\\',
    '()',
    "');--",
    '\ud800',
    '\0',
  ])
    t.strictSame(await finds(alice, query), [], JSON.stringify(query))
  t.strictSame(await finds(alice, 'green & apples'), [
    'apples, green!',
    'green apples',
    'red apples and green pears',
  ])
})

t.test('scripts without spaces, emoji, addresses, numbers', async t => {
  const { alice, finds, says } = await openPlace(t)
  await says('明日東京タワーに行きます')
  await says('京東で買った')
  await says('我们在北京见面')
  await says('สวัสดีครับ')
  await says('안녕하세요 여러분')
  await says('done 👍🏽 really')
  await says('family 👩‍👩‍👧 and ❤️')
  await says('see https://www.example.com/path?a=1')
  await says('order 10-2024/77')
  const one = async (query: string, text: string) =>
    t.strictSame(await finds(alice, query), [text], query)
  await one('東京', '明日東京タワーに行きます')
  await one('東京タワー', '明日東京タワーに行きます')
  await one('京東', '京東で買った')
  await one('北', '我们在北京见面')
  await one('ﾀﾜ', '明日東京タワーに行きます')
  await one('สวัส', 'สวัสดีครับ')
  await one('하세', '안녕하세요 여러분')
  await one('👍', 'done 👍🏽 really')
  await one('👩‍👩‍👧', 'family 👩‍👩‍👧 and ❤️')
  await one('❤', 'family 👩‍👩‍👧 and ❤️')
  await one('example.com', 'see https://www.example.com/path?a=1')
  await one('10-2024', 'order 10-2024/77')
  t.equal((await finds(alice, '京')).length, 3)
  t.strictSame(await finds(alice, '大阪'), [])
})

t.test('filters: chat, author, kind, time', async t => {
  const { world, alice, bob, group, finds, says } = await openPlace(t)
  const saved = await world.direct(alice, bob)
  await says('plain word', bob)
  await says('word https://example.com')
  await says('word elsewhere', alice, saved)
  await createPoll(world, alice, {
    chat: group,
    rid: 77,
    question: 'A word?',
    options: ['yes', 'never'],
  })
  t.strictSame(await finds(alice, 'word', { chat: saved }), ['word elsewhere'])
  t.strictSame(await finds(alice, 'word', { from: bob }), ['plain word'])
  t.strictSame(await finds(alice, 'word', { kinds: ['link'] }), ['word https://example.com'])
  t.strictSame(await finds(alice, 'word', { kinds: ['poll'] }), ['A word?'])
  t.strictSame(await finds(alice, 'never'), ['A word?'], 'by an option')
  t.strictSame(await finds(alice, 'word', { kinds: ['media'] }), [])
  t.strictSame(await finds(alice, 'word', { kinds: ['text'], chat: group }), [
    'word https://example.com',
    'plain word',
  ])
  await world.db.query({
    text: `update messages set created_at = '2020-01-01' where text = 'plain word'`,
  })
  await world.db.query({ text: 'truncate message_search, search_words, search_cursors' })
  const newYear = Date.UTC(2021, 0)
  for (const chat of [undefined, group]) {
    t.strictSame(await finds(alice, 'plain word', { before: newYear, chat }), ['plain word'])
    t.strictSame(await finds(alice, 'plain word', { after: newYear, chat }), [])
    t.strictSame(await finds(alice, 'word', { after: newYear, kinds: ['link'], chat }), [
      'word https://example.com',
    ])
  }
})

t.test('service messages are not found, and nobody learns who wrote a post', async t => {
  const { world, search, alice, bob, finds } = await openPlace(t)
  const channel = await world.channel(alice, [bob])
  await world.sent({ chat: channel, sender: alice, text: 'a post' })
  t.strictSame(await finds(bob, 'post'), ['a post'])
  t.strictSame(await finds(bob, 'post', { from: alice }), [])
  const { hits, users } = await search.search(bob, { query: 'post', limit: 20 })
  t.equal(hits[0]?.message.from, 0)
  t.strictSame(users, [])
  t.strictSame(await finds(alice, 'Birds'), [], 'the title is in a service message')
})

t.test(
  'pages follow without doubles or holes, in one chat and in all, through both kinds of matches',
  async t => {
    const { world, search, alice, bob, group, finds, says } = await openPlace(t)
    const other = await world.group(alice, [bob])
    const expected: string[] = []
    for (let i = 0; i < 60; i++) {
      const text = i % 3 === 0 ? `subway ${i}` : `way ${i}`
      expected.push(text)
      await says(text, alice, i % 2 ? group : other)
    }
    // Of the same millisecond, the higher chat comes first: times apart make the order plain.
    await world.db.query({
      text: `update messages set created_at = now() - make_interval(secs => 60 - split_part(text, ' ', 2)::int) where text like '%way %'`,
    })
    const newest = expected.toReversed()
    const inOrder = [
      ...newest.filter(text => text.startsWith('way')),
      ...newest.filter(text => text.startsWith('sub')),
    ]
    t.strictSame(await finds(alice, 'way', { limit: 7 }), inOrder)
    t.strictSame(await finds(alice, 'way', { limit: 1 }), inOrder)
    const { hits } = await search.search(alice, { query: 'way', chat: group, limit: 50 })
    t.strictSame(
      hits.map(({ chat }) => chat),
      hits.map(() => group),
    )
    t.strictSame(
      await finds(alice, 'way', { chat: group, limit: 4 }),
      inOrder.filter(text => Number(text.split(' ')[1]) % 2),
    )
  },
)

t.test('what is found in long histories is the same as by reading them', async t => {
  const { world, alice, bob, group, finds } = await openPlace(t)
  // Longer than what is read message by message, and in two slices.
  const other = await world.group(alice, [bob])
  await world.db.query({
    text: `with added as (
             insert into messages (chat_id, seq, rev, sender_id, rid, text, created_at)
             select c.id, c.last_seq + n, c.last_rev + n, $3, 1000000 + c.id * 100000 + n,
               case when n % 9000 = 1 then 'rare petrels ' || n when n % 3 = 0 then 'common word ' || n else 'other ' || n end,
               now() - make_interval(mins => 40000 - n)
             from chats c, generate_series(1, 36000) n where c.id = any ($1)
           ) update chats set last_seq = last_seq + 36000, last_rev = last_rev + 36000 where id = any ($1) and $2::int = 1 and $3::bigint > 0`,
    values: [[group, other], 1, bob],
  })
  const rare = (n: number) => `rare petrels ${n}`
  const numbers = [27_001, 18_001, 9_001, 1]
  for (const chat of [group, undefined]) {
    const wanted = numbers.flatMap(n => (chat ? [rare(n)] : [rare(n), rare(n)]))
    t.strictSame(await finds(alice, 'petrel', { chat, limit: 2 }), wanted)
    t.strictSame(await finds(alice, 'rare petr', { chat, limit: 50 }), wanted)
    t.strictSame(await finds(alice, 'etrel', { chat, limit: 3 }), wanted)
    t.strictSame(await finds(alice, '"rare petrels"', { chat, from: bob }), wanted)
    t.strictSame(await finds(alice, 'petrel', { chat, from: alice }), [])
  }
  // Of the words with that part, those of the most messages are looked for.
  const crowd = (words: number) =>
    world.db.query({
      text: `insert into search_words (word, messages)
             select 'zetrelz' || n, 1000000 from generate_series(1, $1::int) n on conflict do nothing`,
      values: [words],
    })
  await crowd(limits.searchWordsMax - 1)
  t.strictSame(await finds(alice, 'etrel', { chat: group, limit: 3 }), numbers.map(rare))
  await crowd(limits.searchWordsMax)
  t.not((await finds(alice, 'etrel', { chat: group, limit: 3 })).length, numbers.length)

  const page = await textsFoundFirst(world, alice, 'word')
  t.equal(page.length, 50)
  t.ok(page.every(text => text.startsWith('common word')))
})

t.test('a search that takes long answers in parts, which have it all together', async t => {
  const { world, alice, finds, says } = await openPlace(t)
  const texts = ['subway', 'way', 'highway', 'the way']
  for (const text of texts) await says(text)
  await finds(alice, 'way')
  /** All pages of a search of which each page finds so much time gone at its first look. */
  const pages = async (tookMs: number) => {
    const found: string[][] = []
    for (let next: SearchInput['next'], more = true; more && found.length < 20; more = !!next) {
      let isFirst = true
      const monotonic = () => {
        const ms = isFirst ? 0 : tookMs
        isFirst = false
        return ms
      }
      const search = new MessageSearch({ db: world.db, clock: { ...world.clock, monotonic } })
      const page = await search.search(alice, { query: 'way', limit: 20, next })
      found.push(page.hits.map(({ message }) => message.text))
      next = page.next
    }
    return found
  }
  const all = ['the way', 'way', 'highway', 'subway']
  t.strictSame(await pages(limits.searchMs), [all])
  const late = await pages(limits.searchMs + 1)
  t.ok(late.length > 1, 'short pages')
  t.strictSame(late.flat(), all)
})

t.test('each statement of a search has its time', async t => {
  const { world, alice, finds, says } = await openPlace(t)
  await says('canary')
  await finds(alice, 'canary')
  const times = new Set<string | undefined>()
  const db: Db = {
    ...world.db,
    tx: work =>
      world.db.tx(tx =>
        work({
          async query<Row>(statement: Statement) {
            const rows = await tx.query<Row>(statement)
            const text = "select current_setting('statement_timeout') as time"
            times.add((await tx.query<{ time: string }>({ text }))[0]?.time)
            return rows
          },
        }),
      ),
  }
  const { hits } = await unhurried({ ...world, db }).search(alice, { query: 'canary', limit: 5 })
  t.equal(hits.length, 1)
  t.strictSame([...times], [`${limits.searchStatementMs / 1000}s`])
})

async function textsFoundFirst(world: World, user: UserId, query: string): Promise<string[]> {
  const { hits } = await unhurried(world).search(user, { query, limit: 50 })
  return hits.map(({ message }) => message.text)
}

t.test('what was found is marked, with an excerpt, by places in the text', async t => {
  const { search, alice, finds, says } = await openPlace(t)
  await says(`${'🙂 filler '.repeat(60)}The Petrels ran; a café, ПЁТР. ${'more '.repeat(60)}`)
  await finds(alice, 'petrel')
  const marksOf = async (query: string) => {
    const { hits } = await search.search(alice, { query, limit: 1 })
    return hits[0]?.marks ?? []
  }
  const marked = async (query: string) => {
    const { hits } = await search.search(alice, { query, limit: 1 })
    const [hit] = hits
    if (!hit) return null
    const { text } = hit.message
    const { o, l } = hit.snippet
    t.ok(l <= limits.snippetCharsMax && text.slice(o, o + l).isWellFormed())
    t.ok(
      hit.marks.every(mark => mark.o >= o && mark.o + mark.l <= o + l),
      'inside of the excerpt',
    )
    return hit.marks.map(mark => text.slice(mark.o, mark.o + mark.l))
  }
  t.strictSame(await marked('petrel '), ['Petrels'])
  t.strictSame(await marked('petr'), ['Petr'])
  t.strictSame(await marked('etrel'), ['etrel'])
  t.strictSame(await marked('"petrels ran"'), ['Petrels ran'])
  t.strictSame(await marked('cafe петр '), ['café', 'ПЁТР'])

  await says('gull and '.repeat(limits.searchMarksMax))
  await finds(alice, 'gull')
  t.equal((await marksOf('gull')).length, limits.searchMarksMax)
  await says('tern and '.repeat(limits.searchMarksMax + 1))
  await finds(alice, 'tern')
  t.equal((await marksOf('tern')).length, limits.searchMarksMax, 'the first of them')
})

t.test('many at once wait for each other, and too many are told to come later', async t => {
  const { search, alice, finds, says } = await openPlace(t)
  await says('canary')
  await finds(alice, 'canary')
  const room = limits.searchesAtOnceMax + limits.searchesWaitingMax
  const all = Array.from({ length: room + 5 }, () =>
    refusal(search.search(alice, { query: 'canary', limit: 5 })),
  )
  const codes = await Promise.all(all)
  t.equal(codes.filter(code => code === 'overloaded').length, 5)
  t.equal(codes.filter(code => code === 'none').length, room)
  t.equal(search.waiting, 0)
})
