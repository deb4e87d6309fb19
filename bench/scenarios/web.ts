// The web client as it is built for production, in a real Chromium on this machine: what it loads, how soon lists and chats
// are on the screen, what a key costs in a long chat, and how it bears many messages at once.

import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { buildWeb, webDir } from '#deploy/build.ts'
import { chromiumPath, startChromium } from '#deploy/chromium.ts'
import { limits } from '#shared/protocol/limits.ts'
import { Latencies, type Latency } from '../generator/latency.ts'
import { givePasswords, password } from '../passwords.ts'
import type { Bench, Scenario } from '../scenario.ts'
import { type Person, Seed } from '../seed.ts'
import type { Stack } from '../stack.ts'

const crowd = { crowd: 'web' }
const ratePerS = 500
const keyEveryMs = 40
const sayEveryMs = 150
const unmeasured = 3
const patienceMs = 60_000
const keptMs = 3_000
const mb = 1_000_000
const probeFile = fileURLToPath(new URL('../web/page-probe.js', import.meta.url))

export const web: Scenario = {
  name: 'web',
  about: `the page in Chromium: first load, long lists, a long chat, ${ratePerS} messages a second`,
  limitS: { quick: 120, full: 400 },
  ownStack: true,
  notQuick: true,
  async run(bench) {
    if (chromiumPath(bench.env) === undefined) {
      bench.note('skipped: no Chromium is installed')
      return
    }
    await buildWeb()
    const stack = await bench.ownStack({ webDir })
    const [seed, browser] = await Promise.all([Seed.open(stack), startChromium(bench.env)])
    const close = () => void browser.close()
    bench.signal.addEventListener('abort', close, { once: true })
    try {
      await look(bench, { stack, seed, browser })
    } finally {
      bench.signal.removeEventListener('abort', close)
      await browser.close()
      await seed.close()
      await stack.stop()
    }
  },
}

interface House {
  stack: Stack
  seed: Seed
  browser: Browser
}

async function look(bench: Bench, house: House): Promise<void> {
  const { reader, partner, rooms } = await furnish(bench, house)
  const [long = 0, busy = 0, talk = 0, ...others] = rooms
  const mine = await signIn(bench, house, reader)
  await lists(bench, mine, rooms.length)
  await opening(bench, mine, others.slice(0, bench.pick(8, 25)))
  await longChat(bench, mine, long)
  await messagesAtOnce(bench, house, { window: mine, partner, room: busy })
  const theirs = await signIn(bench, house, partner)
  await betweenWindows(bench, { from: theirs.page, to: mine.page, room: talk })
  await Promise.all([mine, theirs].map(({ context }) => context.close()))
}

interface Furnished {
  reader: Person
  partner: Person
  /** Of both: the long one, one for many messages at once, one to talk in, and many others, the newest first. */
  rooms: readonly number[]
}

async function furnish(bench: Bench, { stack, seed }: House): Promise<Furnished> {
  const chats = bench.pick(500, 5_000)
  const people = await seed.people(102)
  await givePasswords(stack, seed)
  const [reader, partner, ...rest] = people as [Person, Person, ...Person[]]
  const rooms = await seed.roomsOfTwo(
    Array.from({ length: chats }, (_, i) => ({
      one: reader,
      other: i < 3 ? partner : (rest[i % rest.length] as Person),
    })),
  )
  const filling = rooms.map((room, i) => {
    const other = i < 3 ? partner : (rest[i % rest.length] as Person)
    return { room, one: reader.user, other: other.user, count: 30 }
  })
  for (let i = filling.length; i > 0; i -= 1_000) {
    await seed.addMessages(filling.slice(Math.max(0, i - 1_000), i))
  }
  const [long] = filling
  const inLong = bench.pick(10_000, 100_000)
  const step = 10_000
  for (let i = 0; long && i < inLong; i += step) await seed.addMessages([{ ...long, count: step }])
  // Else the chats would open at their beginnings, where the first unread messages are.
  await seed.run(
    'update members m set read_seq = c.last_seq from chats c where c.id = m.chat_id and m.user_id = any ($1::bigint[])',
    [[reader.user, partner.user]],
  )
  await seed.settle()
  return { reader, partner, rooms }
}

interface Window {
  context: BrowserContext
  page: Page
  /** Of JavaScript, as they came over the line for signing in and the list of chats. */
  bytes: number
}

/** Signs in as somebody would, in a profile of their own. */
async function signIn(bench: Bench, { stack, browser }: House, person: Person): Promise<Window> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 } })
  context.setDefaultTimeout(patienceMs)
  await context.addInitScript({ path: probeFile })
  const page = await context.newPage()
  page.on('pageerror', error => bench.fail(`the page threw: ${error.message}`))
  await page.goto(new URL('/', stack.apiUrl).href)
  await page.getByTestId('account-submit').waitFor()
  const bytes = await ask(page, 'scriptBytes')
  await page.getByLabel('Username').fill(person.username)
  await page.getByLabel('Password').fill(password)
  await page.getByTestId('account-submit').click()
  await page.getByTestId('chat-row').first().waitFor()
  return { context, page, bytes }
}

/** What came over the line for the list, and how soon it is there at the next visit, with all chats on the device. */
async function lists(bench: Bench, { page, bytes }: Window, chats: number): Promise<void> {
  bench.figure('JavaScript of the first load', bytes / 1024, 'KiB', { target: { atMost: 200 } })
  await ask(page, 'fillList', chats)
  // The SDK writes twice a second.
  await sleep(keptMs)
  const runs = await bench.repeat('', async () => {
    await page.reload()
    return page.evaluate<number>('probe.listed')
  })
  const rows = await page.locator('nav.chats').getAttribute('data-rows')
  // A HELLO has room for so many; what is older comes page by page when the list is scrolled.
  const kept = Math.min(chats, limits.resumeChatsMax)
  if (Number(rows) < kept) bench.fail(`only ${rows} of ${chats} chats were kept`)
  if (kept < chats) bench.note(`of ${chats} chats the device keeps the ${kept} last active ones`)
  bench.figure(`list of ${chats} chats on the screen, from the device`, runs, 'ms', {
    target: { atMost: 1_000 },
  })
}

async function opening(bench: Bench, { page }: Window, rooms: readonly number[]): Promise<void> {
  const [first, ...measured] = rooms
  await ask(page, 'open', first as number)
  for (const which of ['chat opened for the first time', 'chat opened again']) {
    const times = new Latencies()
    for (const room of measured) times.add(await ask(page, 'open', room))
    tell(bench, which, times, { atMost: 100 })
  }
}

async function longChat(bench: Bench, { context, page }: Window, room: number): Promise<void> {
  bench.figure('long chat opened', await ask(page, 'open', room), 'ms')
  const longestMs = await ask(page, 'scrollUp', bench.pick(500, 3_000))
  bench.figure('longest frame, scrolling up', longestMs, 'ms')
  const text = 'The petrel is a bird of the open sea, and comes to land only to breed. '
  await page.getByTestId('composer').focus()
  await page.keyboard.type(text.repeat(bench.pick(1, 3)), { delay: keyEveryMs })
  const { work, painted } = await page.evaluate<Keys>('probe.keys')
  await page.getByTestId('composer').fill('')
  tell(bench, 'a key in the long chat, work of the page', latenciesOf(work), { atMost: 16 })
  tell(bench, 'a key in the long chat until its frame', latenciesOf(painted))
  const devTools = await context.newCDPSession(page)
  await devTools.send('HeapProfiler.collectGarbage')
  const { usedSize } = await devTools.send('Runtime.getHeapUsage')
  bench.figure('heap with the long chat open', usedSize / mb, 'MB', { target: { atMost: 100 } })
}

async function messagesAtOnce(
  bench: Bench,
  { stack, seed }: House,
  { window: { page }, partner, room }: { window: Window; partner: Person; room: number },
): Promise<void> {
  await ask(page, 'open', room)
  const generator = await bench.generator()
  const members = { tokens: [seed.token(partner)], rooms: [room] }
  const where = { dialect: 'petrel', address: stack.gateway, atOnce: 1 } as const
  await generator.call('enter', { ...crowd, ...where, members })
  const warmUpS = bench.pick(0.5, 1)
  const seconds = bench.pick(3, 10)
  const sending = generator.call('openLoop', { ...crowd, ratePerS, warmUpS, seconds, drainS: 5 })
  await sleep(warmUpS * 1000)
  const { perS, longestMs } = await ask(page, 'frames', seconds * 1000)
  await sending
  await generator.call('leave', crowd)
  bench.figure(`frames with ${ratePerS} msg/s in the open chat`, perS, 'frames/s', {
    target: { atLeast: 50 },
  })
  bench.figure('longest frame meanwhile', longestMs, 'ms')
  const [last = 0] = await seed.lastSeqs([room])
  const newest = page.locator(`[role=log] [data-seq="${last}"]`)
  await newest.waitFor().catch(() => bench.fail(`message ${last}, the last one, was never shown`))
}

async function betweenWindows(
  bench: Bench,
  { from, to, room }: { from: Page; to: Page; room: number },
): Promise<void> {
  for (const page of [from, to]) await ask(page, 'open', room)
  const times = new Latencies()
  // The first ones compile what both pages run.
  for (let i = -unmeasured; i < bench.pick(15, 60); i++) {
    const text = `A storm of words, number ${i}.`
    await ask(to, 'watch', text)
    await from.getByTestId('composer').fill(text)
    await from.keyboard.press('Enter')
    const seenAt = await to.evaluate<number>('probe.awaited')
    const tookMs = seenAt - (await from.evaluate<number>('probe.sentAt'))
    if (i >= 0) times.add(tookMs)
    await sleep(sayEveryMs)
  }
  tell(bench, 'sent in one window, painted in another', times, { atMost: 60 })
}

/** What can be asked of the page, and its answers; described in page-probe.js. */
interface Probe {
  scriptBytes(): number
  open(chat: number): number
  fillList(count: number): void
  scrollUp(count: number): number
  frames(ms: number): { perS: number; longestMs: number }
  watch(text: string): void
}

/** One number a key, in ms. */
interface Keys {
  work: number[]
  painted: number[]
}

function ask<Name extends keyof Probe>(
  page: Page,
  name: Name,
  ...args: Parameters<Probe[Name]>
): Promise<ReturnType<Probe[Name]>> {
  return page.evaluate(`probe.${name}(${args.map(arg => JSON.stringify(arg)).join(', ')})`)
}

function latenciesOf(values: readonly number[]): Latencies {
  const latencies = new Latencies()
  for (const value of values) latencies.add(value)
  return latencies
}

function tell(bench: Bench, what: string, latencies: Latencies, target?: { atMost: number }): void {
  const { p50, p95 }: Latency = latencies.summary
  bench.figure(`${what}, p50`, p50, 'ms')
  bench.figure(`${what}, p95`, p95, 'ms', target && { target })
  bench.plot(what, latencies.summary)
}
