// Accounts, groups, channels and invite links in a real browser, and a history longer than the screen.

import type { Page } from 'playwright-core'
import t, { type Test } from 'tap'
import { startStack } from '#test/helpers/stack.ts'
import { until } from '#test/helpers/until.ts'
import { online, openWindow, startBrowser } from './browser.ts'
import { atRest, message, say } from './conversation.ts'
import { clientOf, newcomerAt, personAt, rowOf, signOut, startDialog } from './pages.ts'

const stack = await startStack(t, { demo: true, web: true })
const browser = await startBrowser(t)
const at = { stack, browser }
/** For histories that are loaded page by page. */
const patience = { timeoutMs: 60_000 }

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

    await signOut(page)
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
    const [alice, carol] = await Promise.all([personAt(t, at, 'alice'), personAt(t, at, 'carol')])
    await startDialog(alice, 'New group')
    await alice.getByLabel('Title').fill('Night watch')
    await alice.getByTestId('person').filter({ hasText: 'Bob' }).click()
    await alice.getByTestId('dialog-submit').click()
    await alice.getByRole('heading', { name: 'Night watch' }).waitFor()
    await alice.getByTestId('status').getByText('2 members').waitFor()

    await alice.getByTestId('chat-info').click()
    await alice.getByTestId('info-row-invites').click()
    await alice.getByTestId('create-invite').click()
    const link = await alice.getByTestId('invite-link').inputValue()
    t.ok(link.startsWith(`${stack.url}/join#`), 'the token stands in the fragment')

    const sent: string[] = []
    carol.on('request', request => sent.push(request.url()))
    await carol.goto(link)
    await carol.getByRole('heading', { name: 'Join “Night watch”?' }).waitFor()
    await until(() => new URL(carol.url()).hash === '', {
      message: 'the token does not stay in the address',
    })
    t.notMatch(sent.join('\n'), link.split('#')[1] ?? link, 'nor is it part of any request')
    await carol.getByTestId('dialog-submit').click()
    await carol.getByRole('heading', { name: 'Night watch' }).waitFor()
    await alice.getByTestId('status').getByText('3 members').waitFor()

    await alice.getByTestId('info-back').click()
    await alice.getByTestId('info-row-members').click()
    const row = alice.getByTestId('member').filter({ hasText: 'Carol' })
    await row.getByTestId('member-menu').click()
    await alice.getByRole('menuitem', { name: 'Make admin' }).click()
    await alice.getByTestId('save-rights').click()
    await alice.locator('[data-testid=member][data-role=admin]', { hasText: 'Carol' }).waitFor()

    await carol.getByTestId('chat-info').click()
    await carol.getByTestId('leave').click()
    await carol.getByTestId('sure').click()
    await rowOf(carol, 'Night watch').waitFor({ state: 'detached' })
    await alice.getByTestId('status').getByText('2 members').waitFor()
  },
)

t.test('a link that leads nowhere says so', async t => {
  const page = await personAt(t, at, 'bob')
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
  const [alice, bob] = await Promise.all([personAt(t, at, 'alice'), personAt(t, at, 'bob')])
  await startDialog(alice, 'New channel')
  await alice.getByLabel('Title').fill('Sightings')
  await alice.getByTestId('dialog-submit').click()
  await alice.getByRole('heading', { name: 'Sightings' }).waitFor()
  await alice.getByTestId('chat-info').click()
  await alice.getByTestId('info-row-members').click()
  await alice.getByTestId('add-members').click()
  await alice.getByLabel('Name or @username').fill('nobody_of_this_name')
  await alice.getByText(/Nobody found/).waitFor()
  await alice.getByLabel('Name or @username').fill('bob')
  await alice.getByTestId('person').filter({ hasText: '@bob' }).click()
  await alice.getByTestId('add-submit').click()
  await rowOf(bob, 'Sightings').click()
  await bob.getByTestId('read-only').waitFor()
  t.equal(await bob.getByTestId('composer').count(), 0)
  await alice.getByTestId('info-back').click()
  await alice.getByTestId('info-close').click()
  await say(alice, 'A dozen off the pier')
  await message(bob, 'A dozen off the pier').waitFor()
})

t.test('a direct chat by username, and the saved messages', async t => {
  const carol = await personAt(t, at, 'carol')
  await startDialog(carol, 'New direct chat')
  await carol.getByLabel('Name or @username').fill('bob')
  await carol.getByTestId('person').filter({ hasText: '@bob' }).click()
  await carol.getByRole('heading', { name: 'Bob', exact: true }).waitFor()
  await startDialog(carol, 'Saved messages')
  await carol.getByRole('heading', { name: 'Saved messages' }).waitFor()
  await say(carol, 'buy red torches')
  await message(carol, 'buy red torches', 'sent').waitFor()
  t.equal(await carol.getByTestId('message').count(), 1)
})

t.test(
  'a long history loads while it is scrolled, and what is on screen stays where it is',
  async t => {
    const page = await personAt(t, at, 'alice')
    const chat = await longHistory(t, 160)
    await rowOf(page, chat).click()
    // Alice wrote it with another device, whose read mark may still be on its way: nothing of it is unread.
    await page.locator('[data-seq="160"]').waitFor()
    t.ok((await page.getByTestId('message').count()) < 60, 'only what is near the screen is there')
    await staysWhileLoading(t, page)
    await page.getByRole('log').hover()
    await until(async () => {
      await page.mouse.wheel(0, -900)
      return (await page.locator('[data-seq="1"]').count()) === 1
    }, patience)
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
  // Who has just come is kept at the end until the rows there are measured.
  await atRest(page)
  const before = await rows()
  // Not near enough for more to be loaded: there the list comes to rest, and where things stand is certain.
  await page.evaluate(`document.querySelector('[role=log]').scrollTop = 1120`)
  const { seq, y, scrollTop } = await atRest(page)
  t.equal(await rows(), before, 'nothing was loaded yet')
  // Near enough, and no farther than rows are measured ahead.
  await page.evaluate(`document.querySelector('[role=log]').scrollTop = 950`)
  const wanted = y + scrollTop - 950
  await until(async () => (await rows()) !== before, patience)
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

/** A group of Alice with so many messages, written by the SDK. */
async function longHistory(t: Test, count: number): Promise<number> {
  const client = await clientOf(t, stack, 'alice')
  const { chat } = await client.rooms.createGroup('Logbook', [])
  const sent = Array.from({ length: count }, (_, index) =>
    client.send(chat.id, `Entry ${index + 1} of the log, ${'with some words '.repeat(index % 7)}`),
  )
  await Promise.all(sent.map(each => each.sent))
  return chat.id
}

t.test('who signs out of a demo window sees the account of this browser again', async t => {
  const { page } = await newcomerAt(t, at, 'Carol')
  const demo = await page.context().newPage()
  await demo.goto(`${stack.url}/?demo=bob`)
  await demo.getByTestId('me').getByText('Bob').waitFor()
  await signOut(demo)
  await demo.getByTestId('me').getByText('Carol').waitFor()
  await online(demo)
  await page.reload()
  await page.getByTestId('me').getByText('Carol').waitFor()
})

t.test(
  'an address of a demo person who is not there leaves the account of this browser',
  async t => {
    const { page } = await newcomerAt(t, at, 'Carol')
    await page.goto(`${stack.url}/?demo=nobody`)
    await page.getByTestId('me').getByText('Carol').waitFor()
    await page.getByTestId('error').waitFor()
    await online(page)
  },
)

t.test(
  'after how long the messages of a direct chat delete themselves is chosen in its panel',
  async t => {
    const [alice, bob] = await Promise.all([personAt(t, at, 'alice'), personAt(t, at, 'bob')])
    const open = async (page: Page, title: string) => {
      await rowOf(page, title).click()
      await page.getByTestId('conversation-title').click()
      return page.getByTestId('info').getByLabel('Messages delete themselves')
    }
    const [hers, his] = [await open(alice, 'Bob'), await open(bob, 'Alice')]
    await hers.selectOption('86400')
    await until(async () => (await his.inputValue()) === '86400')
    await say(bob, 'until tomorrow')
    const row = message(alice, 'until tomorrow')
    await row
      .getByTitle(/Deletes itself/)
      .or(row.getByLabel(/Deletes itself/))
      .first()
      .waitFor()
    await his.selectOption('0')
    await until(async () => (await hers.inputValue()) === '0')
  },
)
