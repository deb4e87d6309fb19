// How fast people find what was said, and read on from wherever that was: common words and rare ones, in one long chat
// and in all chats of somebody, and pages of history from any depth. The messages are stored by SQL, index and all.

import type { Entered } from '../generator/crowd.ts'
import type { Latency } from '../generator/latency.ts'
import type { Members } from '../members.ts'
import type { Bench, Scenario } from '../scenario.ts'
import { buildHistories, type Histories, vocabulary } from '../search-history.ts'
import type { Person, Seed } from '../seed.ts'

const people = 60
const groups = 50
const crowd = { crowd: 'search' }
const searchP95Ms = 100
const pageP95Ms = 10
/** Answers shorter than this have no message in them. */
const emptyBytes = 200

interface Kind {
  name: string
  /** Each asks for something else; `nth` counts the requests. */
  query(nth: number): string
  finds: 'much' | 'something' | 'nothing'
}

export const search: Scenario = {
  name: 'search',
  about:
    'searches for common and rare words in a long chat and in all chats, and deep pages of history',
  limitS: { quick: 120, full: 900 },
  quickRuns: 1,
  ownStack: true,
  async run(bench) {
    const seed = await bench.seed()
    const cancel = () => void seed.cancel().catch(() => undefined)
    bench.signal.addEventListener('abort', cancel, { once: true })
    try {
      const place = await build(bench, seed)
      await enter(bench, place.members)
      for (const scope of ['one', 'all'] as const)
        for (const kind of kinds()) await searches(bench, place, kind, scope)
      await pages(bench, place)
      const generator = await bench.generator()
      await generator.call('leave', crowd)
    } finally {
      bench.signal.removeEventListener('abort', cancel)
    }
  },
}

interface Place {
  members: Members
  long: number
  messages: number
}

/** Everybody is in one long chat and in fifty groups; others talk in chats of their own. */
async function build(bench: Bench, seed: Seed): Promise<Place> {
  const messages = bench.pick(40_000, 1_000_000)
  const members = await seed.crowdedLists(people, groups + 1, people)
  const [someone] = (await seed.people(1)) as [Person]
  const rooms = [...new Set(await seed.roomsOf(someone))]
  const long = members.rooms[0] as number
  const others = [...new Set((await seed.pairs(500)).rooms)].filter(room => !rooms.includes(room))
  const sender = someone.user
  const histories: Histories[] = [
    { rooms: others, each: messages / 1_000, sender },
    { rooms: rooms.filter(room => room !== long), each: messages / 200, sender },
    { rooms: [long], each: messages, sender },
  ]
  const beganMs = performance.now()
  await buildHistories(seed, histories, () => bench.signal.throwIfAborted())
  const all = histories.reduce((sum, { rooms, each }) => sum + rooms.length * each, 0)
  const seconds = ((performance.now() - beganMs) / 1000).toFixed(0)
  bench.say(`${all.toLocaleString('en')} messages stored and indexed after ${seconds} s`)
  // Tokens of now: signed before all that, they would soon be over.
  return { members: await seed.crowdedLists(people, groups + 1, people), long, messages }
}

async function enter(bench: Bench, members: Members): Promise<Entered> {
  const [stack, generator] = await Promise.all([bench.stack(), bench.generator()])
  const where = { ...crowd, dialect: 'petrel', address: stack.gateway } as const
  return generator.call('enter', { ...where, members, atOnce: 40 })
}

function kinds(): Kind[] {
  const { english, russian } = vocabulary()
  const word = (nth: number, from: number, to: number) => {
    const words = nth % 2 ? english : russian
    return words[from + ((nth * 7_919) % (to - from))] as string
  }
  return [
    { name: 'a common word', query: nth => `${word(nth, 0, 20)} `, finds: 'much' },
    { name: 'a usual word', query: nth => `${word(nth, 300, 1_000)} `, finds: 'much' },
    { name: 'a rare word', query: nth => `${word(nth, 15_000, 20_000)} `, finds: 'something' },
    { name: 'an unknown word', query: nth => `qx${nth}zj`, finds: 'nothing' },
    {
      name: 'two words',
      query: nth => `${word(nth, 100, 200)} ${word(nth, 0, 50)} `,
      finds: 'something',
    },
    { name: 'a begun word', query: nth => word(nth, 2_000, 9_000).slice(0, 3), finds: 'much' },
    {
      name: 'a part of a word',
      query: nth => word(nth, 9_000, 15_000).slice(2, 6),
      finds: 'something',
    },
    {
      name: 'a phrase',
      query: nth => `"${word(nth, 10, 40)} ${word(nth, 0, 9)}"`,
      finds: 'something',
    },
  ]
}

async function searches(
  bench: Bench,
  { members, long }: Place,
  kind: Kind,
  scope: 'one' | 'all',
): Promise<void> {
  const count = bench.pick(30, 300)
  const generator = await bench.generator()
  const asks = Array.from({ length: count }, (_, nth) => ({
    token: members.tokens[nth % people] as string,
    body: { query: kind.query(nth), ...(scope === 'one' && { chat: long }) },
  }))
  const what = `${kind.name}, ${scope === 'one' ? 'one chat' : 'all chats'}`
  const { latency, bytes } = await generator.call('ask', {
    ...crowd,
    op: 'search',
    asks,
    atOnce: 1,
  })
  const isEmpty = bytes < count * emptyBytes
  if (isEmpty !== (kind.finds === 'nothing'))
    bench.fail(`${what}: answers of ${bytes / count} bytes`)
  tell(bench, what, latency, searchP95Ms)
}

/** Pages of the long chat, from its beginning to its end. */
async function pages(bench: Bench, { members, long, messages }: Place): Promise<void> {
  const count = bench.pick(200, 1_000)
  const generator = await bench.generator()
  const asks = Array.from({ length: count }, (_, nth) => ({
    token: members.tokens[nth % people] as string,
    body: { chat: long, before: 1 + ((nth * 7_919 * 127) % messages) },
  }))
  const { latency } = await generator.call('ask', { ...crowd, op: 'history', asks, atOnce: 1 })
  tell(bench, 'history page, any depth', latency, pageP95Ms)
}

function tell(bench: Bench, what: string, latency: Latency, p95MsMax: number): void {
  bench.figure(`${what} p50`, latency.p50, 'ms')
  bench.figure(`${what} p95`, latency.p95, 'ms', { target: { atMost: p95MsMax } })
  bench.plot(what, latency)
}
