// Accounts, groups, channels and invite links in a real browser, and a history longer than the screen.

import type { Page } from 'playwright-core'
import t, { type Test } from 'tap'
import { WebSocket } from 'ws'
import { PetrelClient, webSocketTransport } from '#client/index.ts'
import { startStack } from '#test/helpers/stack.ts'
import { until } from '#test/helpers/until.ts'
import { enterAs, openWindow, startBrowser } from './browser.ts'
import { newcomerAt } from './pages.ts'

const stack = await startStack(t, { demo: true, web: true })
const browser = await startBrowser(t)

async function person(t: Test, username: string): Promise<Page> {
  const { page } = await openWindow(t, browser)
  await enterAs(page, stack.url, username)
  return page
}

async function startDialog(page: Page, item: string): Promise<void> {
  await page.getByTestId('new-chat').click()
  await page.getByRole('menuitem', { name: item }).click()
}

t.test(
  'an account is made, signed out of, refused with the wrong password, and entered again',
  async t => {
    const { page } = await openWindow(t, browser)
    const username = `page_${Date.now().toString(36)}`
    const password = 'seventeen grey feathers'
    await page.goto(stack.url)
    await page.getByTestId('account-turn').click()
    await page.getByLabel('Username').fill(username)
    await page.getByLabel('Your name').fill('Carol the Second')
    await page.getByLabel('Password').fill('password')
    await page.getByTestId('account-submit').click()
    await page
      .getByTestId('error')
      .getByText(/too easy to guess/)
      .waitFor()
    await page.getByLabel('Password').fill(password)
    await page.getByTestId('account-submit').click()
    await page.getByTestId('me').getByText('Carol the Second').waitFor()
    await page.reload()
    await page.getByTestId('me').getByText('Carol the Second').waitFor()

    await page.getByTestId('account-menu').click()
    await page.getByRole('menuitem', { name: 'Sign out' }).click()
    await page.getByLabel('Username').fill(username)
    await page.getByLabel('Password').fill('not the password')
    await page.getByTestId('account-submit').click()
    await page.getByTestId('error').getByText('Username or password is wrong.').waitFor()
    t.equal(await page.getByLabel('Username').inputValue(), username, 'what was typed stays')
    await page.getByLabel('Password').fill(password)
    await page.getByTestId('account-submit').click()
    await page.getByTestId('me').getByText('Carol the Second').waitFor()
    const kept = await page.evaluate<string>('JSON.stringify({ ...sessionStorage })')
    t.notMatch(kept, /Token/, 'an ordinary account is not kept in this window only')
  },
)

t.test('a taken username and an impossible one are told apart', async t => {
  const { page } = await openWindow(t, browser)
  await page.goto(stack.url)
  await page.getByTestId('account-turn').click()
  await page.getByLabel('Your name').fill('Alice')
  await page.getByLabel('Password').fill('seventeen grey feathers')
  await page.getByLabel('Username').fill('1 bird')
  await page.getByTestId('account-submit').click()
  await page
    .getByTestId('error')
    .getByText(/not possible/)
    .waitFor()
  await page.getByLabel('Username').fill('alice')
  await page.getByTestId('account-submit').click()
  await page
    .getByTestId('error')
    .getByText(/is taken/)
    .waitFor()
  t.equal(await page.getByTestId('error').count(), 1)
})

t.test(
  'a group is made with people, and an invite link brings in another, who is made an admin',
  async t => {
    const [alice, carol] = await Promise.all([person(t, 'alice'), person(t, 'carol')])
    await startDialog(alice, 'New group')
    await alice.getByLabel('Title').fill('Night watch')
    await alice.getByTestId('person').filter({ hasText: 'Bob' }).click()
    await alice.getByTestId('dialog-submit').click()
    await alice.getByRole('heading', { name: 'Night watch' }).waitFor()
    await alice.getByTestId('status').getByText('2 members').waitFor()

    await alice.getByTestId('chat-info').click()
    await alice.getByTestId('place-invites').click()
    await alice.getByTestId('create-invite').click()
    const link = await alice.getByTestId('invite-link').inputValue()
    t.ok(link.startsWith(`${stack.url}/join#`), 'the token stands in the fragment')

    const sent: string[] = []
    carol.on('request', request => sent.push(request.url()))
    await carol.goto(link)
    await carol.getByRole('heading', { name: 'Join “Night watch”?' }).waitFor()
    t.equal(new URL(carol.url()).hash, '', 'the token does not stay in the address')
    t.notMatch(sent.join('\n'), link.split('#')[1] ?? link, 'nor is it part of any request')
    await carol.getByTestId('dialog-submit').click()
    await carol.getByRole('heading', { name: 'Night watch' }).waitFor()
    await alice.getByTestId('status').getByText('3 members').waitFor()

    await alice.getByTestId('info-back').click()
    await alice.getByTestId('place-members').click()
    const row = alice.getByTestId('member').filter({ hasText: 'Carol' })
    await row.getByTestId('member-menu').click()
    await alice.getByRole('menuitem', { name: 'Make admin' }).click()
    await alice.getByTestId('save-rights').click()
    await alice.locator('[data-testid=member][data-role=admin]', { hasText: 'Carol' }).waitFor()

    await carol.getByTestId('chat-info').click()
    await carol.getByTestId('leave').click()
    await carol.getByTestId('sure').click()
    await carol
      .getByTestId('chat-row')
      .filter({ hasText: 'Night watch' })
      .waitFor({ state: 'detached' })
    await alice.getByTestId('status').getByText('2 members').waitFor()
  },
)

t.test('a link that leads nowhere says so', async t => {
  const page = await person(t, 'bob')
  await startDialog(page, 'Join by invite link')
  await page.getByRole('textbox', { name: 'Invite link or public name' }).fill('hello')
  await page.getByTestId('dialog-submit').click()
  await page
    .getByTestId('error')
    .getByText(/does not look like/)
    .waitFor()
  await page
    .getByRole('textbox', { name: 'Invite link or public name' })
    .fill(`${stack.url}/join#AAAAAAAAAAAAAAAAAAAAAA`)
  await page.getByTestId('dialog-submit').click()
  await page
    .getByTestId('error')
    .getByText(/expired or revoked|Nothing was found/)
    .waitFor()
  t.pass('both are explained')
})

t.test('a channel is read by its members and written by its admins', async t => {
  const [alice, bob] = await Promise.all([person(t, 'alice'), person(t, 'bob')])
  await startDialog(alice, 'New channel')
  await alice.getByLabel('Title').fill('Sightings')
  await alice.getByTestId('dialog-submit').click()
  await alice.getByRole('heading', { name: 'Sightings' }).waitFor()
  await alice.getByTestId('chat-info').click()
  await alice.getByTestId('place-members').click()
  await alice.getByTestId('add-members').click()
  await alice.getByLabel('Name or @username').fill('nobody_of_this_name')
  await alice.getByText(/Nobody found/).waitFor()
  await alice.getByLabel('Name or @username').fill('bob')
  await alice.getByTestId('person').filter({ hasText: '@bob' }).click()
  await alice.getByTestId('add-submit').click()
  await bob.getByTestId('chat-row').filter({ hasText: 'Sightings' }).click()
  await bob.getByTestId('read-only').waitFor()
  t.equal(await bob.getByTestId('composer').count(), 0)
  await alice.getByTestId('info-back').click()
  await alice.getByTestId('info-close').click()
  await alice.getByTestId('composer').fill('A dozen off the pier')
  await alice.getByTestId('composer').press('Enter')
  await bob.getByTestId('message').filter({ hasText: 'A dozen off the pier' }).waitFor()
})

t.test('a direct chat by username, and the saved messages', async t => {
  const carol = await person(t, 'carol')
  await startDialog(carol, 'New direct chat')
  await carol.getByLabel('Name or @username').fill('bob')
  await carol.getByTestId('person').filter({ hasText: '@bob' }).click()
  await carol.getByRole('heading', { name: 'Bob', exact: true }).waitFor()
  await startDialog(carol, 'Saved messages')
  await carol.getByRole('heading', { name: 'Saved messages' }).waitFor()
  await carol.getByTestId('composer').fill('buy red torches')
  await carol.getByTestId('composer').press('Enter')
  await carol.locator('[data-testid=message][data-state=sent]').waitFor()
  t.equal(await carol.getByTestId('message').count(), 1)
})

t.test(
  'a long history loads while it is scrolled, and what is on screen stays where it is',
  async t => {
    const page = await person(t, 'alice')
    const chat = await longHistory(t, 160)
    await page.locator(`[data-testid=chat-row][data-chat="${chat}"]`).click()
    // Alice wrote it with another device, whose read mark may still be on its way: nothing of it is unread.
    await page.locator('[data-seq="160"]').waitFor()
    t.ok((await page.getByTestId('message').count()) < 60, 'only what is near the screen is there')
    await staysWhileLoading(t, page)
    await page.getByRole('log').hover()
    await until(async () => {
      await page.mouse.wheel(0, -900)
      return (await page.locator('[data-seq="1"]').count()) === 1
    })
    const seqs = await page.evaluate<number[]>(
      `[...document.querySelectorAll('[data-seq]')].map(element => Number(element.dataset.seq))`,
    )
    t.same(
      seqs,
      seqs.map((_, index) => index + 1),
      'ascending without holes',
    )
    await page.getByTestId('to-end').click()
    await page.locator('[data-seq="160"]').waitFor()
  },
)

/** Comes near the top of what is loaded; when older messages arrive, what is on screen must not have moved. */
async function staysWhileLoading(t: Test, page: Page): Promise<void> {
  const rows = () => page.getByRole('log').getAttribute('data-rows')
  const before = await rows()
  // Who has just come is kept at the end until the rows there are measured.
  await atRest(page)
  // Not near enough for more to be loaded: there the list comes to rest, and where things stand is certain.
  await page.evaluate(`document.querySelector('[role=log]').scrollTop = 1120`)
  const { seq, y, scrollTop } = await atRest(page)
  t.equal(await rows(), before, 'nothing was loaded yet')
  // Near enough, and no farther than rows are measured ahead.
  await page.evaluate(`document.querySelector('[role=log]').scrollTop = 950`)
  const wanted = y + scrollTop - 950
  await until(async () => (await rows()) !== before)
  const seen: number[] = []
  await until(
    async () => {
      const box = await page.locator(`[data-seq="${seq}"]`).boundingBox()
      if (box) seen.push(box.y)
      return box && Math.abs(box.y - wanted) <= 3
    },
    { message: `message ${seq} goes from ${y} px to ${wanted} px` },
  ).catch(error => t.same(seen, [wanted], String(error)))
}

/** The first message on the screen and where it and the list stand, in px, once the list has measured its rows. */
function atRest(page: Page): Promise<{ seq: string; y: number; scrollTop: number }> {
  return page.evaluate(`new Promise(resolve => {
    const log = document.querySelector('[role=log]')
    let last
    let calmFrames = 0
    const look = () => {
      const { top } = log.getBoundingClientRect()
      const topOf = row => row.getBoundingClientRect().top
      const row = [...log.querySelectorAll('[data-seq]')].find(each => topOf(each) >= top)
      const now = row && { seq: row.dataset.seq, y: topOf(row) }
      calmFrames = now && now.seq === last?.seq && now.y === last.y ? calmFrames + 1 : 0
      if (calmFrames === 10) return resolve({ ...now, scrollTop: log.scrollTop })
      last = now
      requestAnimationFrame(look)
    }
    requestAnimationFrame(look)
  })`)
}

/** A group of Alice with so many messages, written by the SDK. */
async function longHistory(t: Test, count: number): Promise<number> {
  const client = new PetrelClient({ api: stack.url, transport: webSocketTransport({ WebSocket }) })
  t.teardown(() => client.stop())
  await client.api.enterDemo('alice')
  const { chat } = await client.rooms.createGroup('Logbook', [])
  const sent = Array.from({ length: count }, (_, index) =>
    client.send(chat.id, `Entry ${index + 1} of the log, ${'with some words '.repeat(index % 7)}`),
  )
  await Promise.all(sent.map(each => each.sent))
  return chat.id
}

t.test('who signs out of a demo window sees the account of this browser again', async t => {
  const { page } = await newcomerAt(t, { stack, browser }, 'Carol')
  const demo = await page.context().newPage()
  await demo.goto(`${stack.url}/?demo=bob`)
  await demo.getByTestId('me').getByText('Bob').waitFor()
  await demo.getByTestId('account-menu').click()
  await demo.getByRole('menuitem', { name: 'Sign out' }).click()
  await demo.getByTestId('me').getByText('Carol').waitFor()
  await demo.locator('[data-testid=connection][data-state=online]').waitFor({ state: 'attached' })
  await page.reload()
  await page.getByTestId('me').getByText('Carol').waitFor()
})

t.test(
  'after how long the messages of a direct chat delete themselves is chosen in its panel',
  async t => {
    const [alice, bob] = await Promise.all([person(t, 'alice'), person(t, 'bob')])
    const open = async (page: Page, title: string) => {
      await page
        .getByTestId('chat-row')
        .filter({ has: page.getByText(title, { exact: true }) })
        .click()
      await page.getByTestId('talk-title').click()
      return page.getByTestId('info').getByLabel('Messages delete themselves')
    }
    const [hers, his] = [await open(alice, 'Bob'), await open(bob, 'Alice')]
    await hers.selectOption('86400')
    await until(async () => (await his.inputValue()) === '86400')
    await bob.getByTestId('composer').fill('until tomorrow')
    await bob.getByTestId('composer').press('Enter')
    const row = alice.getByTestId('message').filter({ hasText: 'until tomorrow' })
    await row
      .getByTitle(/Deletes itself/)
      .or(row.getByLabel(/Deletes itself/))
      .first()
      .waitFor()
    await his.selectOption('0')
    await until(async () => (await hers.inputValue()) === '0')
  },
)
