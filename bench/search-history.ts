// Histories to search in: messages of English and Russian words that are as common as words are, in one long chat, in
// groups of the same people and in chats of others, with the index as its job would have made it. All by SQL, since the
// job takes its time on purpose. The words: a hundred real ones of each language, which are most of what people say, and
// thousands that are put together from syllables.

import type { Seed } from './seed.ts'

const common = {
  english:
    'the to and of in is it you that for on was with be have are this not at he but as my they we so what just me can if there from all or your like do out up one about get an had would know will when who then think time go them good people no her him by some were has more their how she make got see want now because which us really could did well even much any thing right here too only still back day going over need take where way work also never yeah lot',
  russian:
    'и в не на я что с это как а он по но у так за то все мы вы к же бы из от мне только еще вот уже было есть нет да если меня когда или ну его они тебя ты очень до может там надо чтобы быть их даже сейчас потом был просто сегодня завтра теперь хорошо можно время где день кто тут больше сказал для про раз без знаю один того этого нас вам нам себя ничего куда вопрос дело работа дома',
}
const syllables = {
  english:
    'ba be bi bo ca co de di do fa fi fo ga ge go ha he hi in ka ke la le li lo ma me mi mo na ne ni no pa pe po ra re ri ro sa se si so st ta te ti to tr va ve vi wa we ing er on al ent ation ly ed est',
  russian:
    'ба бе би во ва ве ви га го да де ди до жа за зе зи ка ки ко ла ле ли ло ма ме ми мо на не ни но па пе по ра ре ри ро са се си со ста та те ти то тра ча че ши ша ова ение ость ный ать ить ского',
}
const wordsEach = 20_000
const rowsPerCall = 50_000
const twoYears = "interval '2 years'"

/** Chats and how many messages each gets; by whom does not matter. */
export interface Histories {
  rooms: readonly number[]
  each: number
  sender: number
}

/** Words of known commonness, to be looked for. */
export interface Vocabulary {
  english: string[]
  russian: string[]
}

/** The words, most common first; the same at every call. */
export function vocabulary(): Vocabulary {
  const next = random(42)
  return {
    english: invent(common.english, syllables.english, next),
    russian: invent(common.russian, syllables.russian, next),
  }
}

function invent(known: string, parts: string, next: () => number): string[] {
  const words = new Set(known.split(' '))
  const each = parts.split(' ')
  while (words.size < wordsEach) {
    const count = 2 + Math.floor(next() * 3)
    words.add(Array.from({ length: count }, () => each[Math.floor(next() * each.length)]).join(''))
  }
  return [...words]
}

/** Numbers from 0 to 1, always the same ones (mulberry32). */
function random(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let bits = Math.imul(state ^ (state >>> 15), 1 | state)
    bits = (bits + Math.imul(bits ^ (bits >>> 7), 61 | bits)) ^ bits
    return ((bits ^ (bits >>> 14)) >>> 0) / 2 ** 32
  }
}

/** Stores all of these, spread over two years, and their index. About 60 s for a million. */
export async function buildHistories(
  seed: Seed,
  histories: readonly Histories[],
  onCall: () => void,
): Promise<void> {
  const { english, russian } = vocabulary()
  await seed.run(
    `create unlogged table bench_words as
     select language, n::int, word, coalesce((ts_lexize((language || '_stem')::regdictionary, word))[1], word) as stem
     from (select 'english' as language, word, n from unnest($1::text[]) with ordinality as w (word, n)
           union all select 'russian', word, n from unnest($2::text[]) with ordinality as w (word, n)) w`,
    [english, russian],
  )
  await seed.run('create unique index on bench_words (language, n) include (word, stem)', [])
  await seed.run('analyze bench_words', [])
  const [index] = await seed.run<{ indexdef: string }>(
    `select indexdef from pg_indexes where indexname = 'message_search_find'`,
    [],
  )
  // Made at the end, all at once: a tenth of the time.
  await seed.run('drop index message_search_find', [])
  for (const { rooms, each, sender } of histories) {
    const roomsPerCall = Math.max(1, Math.floor(rowsPerCall / each))
    for (let from = 0; from < rooms.length; from += roomsPerCall) {
      for (let first = 1; first <= each; first += rowsPerCall) {
        const last = Math.min(each, first + rowsPerCall - 1)
        await addMessages(
          seed,
          rooms.slice(from, from + roomsPerCall),
          { first, last, each },
          sender,
        )
        onCall()
      }
    }
  }
  await seed.run((index as { indexdef: string }).indexdef, [])
  await seed.run(
    `insert into search_words (word, messages)
     select word, count(*) from (
       select unnest(tsvector_to_array(array_to_tsvector(array_remove(string_to_array(words, ' '), '')))) as word
       from message_search
     ) w group by word on conflict (word) do update set messages = excluded.messages`,
    [],
  )
  await seed.run('drop table bench_words', [])
  for (const table of ['message_search', 'search_words', 'messages', 'chats', 'search_cursors'])
    await seed.run(`vacuum (analyze) ${table}`, [])
  await seed.run('checkpoint', [])
}

/** Numbers `first` to `last` of `each` in all of the rooms. Ranks of words are drawn so that the nth is 1/n as common. */
async function addMessages(
  seed: Seed,
  rooms: readonly number[],
  { first, last, each }: { first: number; last: number; each: number },
  sender: number,
): Promise<void> {
  await seed.run(
    `with made as materialized (
       select c.id as chat, c.last_seq - $2::bigint + 1 + i as seq, c.last_rev - $2::bigint + 1 + i as rev,
         date_trunc('milliseconds', now() - ${twoYears} * (1 - i::float8 / ($4::int + 1))) as at, t.text, t.stems
       from (select id, last_seq, last_rev from chats where id = any ($1::bigint[])) c
       cross join generate_series($2::int, $3::int) as i
       cross join lateral (
         select string_agg(w.word, ' ') as text, array_agg(distinct w.stem) as stems
         from (
           -- Drawn here and joined there: a random number in the join would be drawn anew for each word that it looks at.
           select floor(exp(random() * ln(${wordsEach}::float8)))::int as n
           from generate_series(1, 3 + floor(-ln(1 - random()) * 6)::int + 0 * i)
         ) drawn
         -- One at a time by the index: without the limit the plan reads all words for each message.
         cross join lateral (
           select w.word, w.stem from bench_words w
           where w.language = (case when (i + c.id) % 2 = 0 then 'english' else 'russian' end) and w.n = drawn.n limit 1
         ) w
       ) t
       where t.text is not null
     ), stored as (
       insert into messages (chat_id, seq, rev, sender_id, rid, text, created_at)
       select chat, seq, rev, $5::bigint, (random() * 9007199254740990)::bigint + 1, text, at from made
     ), indexed as (
       insert into message_search (chat_id, seq, sender_id, at, kinds, stems, words)
       select chat, seq, $5::bigint, floor(extract(epoch from at) * 1000), 1, array_to_tsvector(stems), ' ' || text || ' ' from made
     ), moved as (
       update chats c set last_seq = m.seq, last_rev = m.rev, last_at = m.at
       from (select chat, max(seq) as seq, max(rev) as rev, max(at) as at from made group by chat) m where c.id = m.chat
     )
     insert into search_cursors (chat_id, rev, back_seq) select chat, max(rev), 0 from made group by chat
     on conflict (chat_id) do update set rev = excluded.rev, back_seq = 0`,
    [rooms, first, last, each, sender],
  )
}
