// Groups in a real browser: making one, rights, restrictions, links with approval, what the log says, handing it over.

import type { Page } from 'playwright-core'
import t, { type Test } from 'tap'
import { readServerFrames } from '#client/server-frame.ts'
import { startStack } from '#test/helpers/stack.ts'
import { until } from '#test/helpers/until.ts'
import { openWindow, startBrowser } from './browser.ts'
import { newcomerAt, openChat, openInfo, rowOf, signIn, startDialog } from './pages.ts'

const stack = await startStack(t, { demo: true, web: true })
const browser = await startBrowser(t)
const at = { stack, browser }

/** An owner and a member, each with the group on screen. */
async function group(t: Test, title: string) {
  const [owner, member] = await Promise.all([newcomerAt(t, at, 'Olga'), newcomerAt(t, at, 'Mark')])
  const { chat } = await owner.client.rooms.createGroup(title, [member.id])
  await Promise.all([openChat(owner.page, title), openChat(member.page, title)])
  return { owner, member, chat }
}

const member = (page: Page, name: string) => page.getByTestId('member').filter({ hasText: name })

async function menuOf(page: Page, name: string, item: string): Promise<void> {
  await member(page, name).getByTestId('member-menu').click()
  await page.getByRole('menuitem', { name: item }).click()
}

/** Stores what a page of the panel is for: when the server has it, the page closes by itself. */
async function save(page: Page, testId: string): Promise<void> {
  await page.getByTestId(testId).click()
  await page.getByTestId(testId).waitFor({ state: 'detached' })
}

t.test('people are picked by search; who refuses is offered a link', async t => {
  const [owner, shy] = await Promise.all([newcomerAt(t, at, 'Olga'), newcomerAt(t, at, 'Shy')])
  await shy.client.people.setPrivacy({ groups: { who: 'nobody' } })
  await startDialog(owner.page, 'New group')
  await owner.page.getByLabel('Title').fill('Watch')
  await owner.page.getByLabel('Name or @username').fill(shy.username)
  await owner.page.getByTestId('person').filter({ hasText: 'Shy' }).click()
  await owner.page.getByRole('button', { name: 'Remove Shy' }).waitFor()
  await owner.page.getByTestId('dialog-submit').click()
  const refused = owner.page.getByTestId('refused')
  await refused.getByText(/Shy cannot be added by you/).waitFor()
  await refused.getByRole('button', { name: 'Make an invite link' }).click()
  const link = await refused.getByRole('textbox').inputValue()
  t.ok(link.startsWith(`${stack.url}/join#`))
  await refused.getByRole('button', { name: 'Open the chat' }).click()
  await owner.page.getByRole('heading', { name: 'Watch', exact: true }).waitFor()
})

t.test('an admin gets the rights that were ticked, and no more', async t => {
  const { owner, member: mark } = await group(t, 'Rights')
  await openInfo(owner.page, 'members')
  await menuOf(owner.page, 'Mark', 'Make admin')
  await owner.page.getByLabel('Restrict and ban members').uncheck()
  await save(owner.page, 'save-rights')
  await openInfo(owner.page, 'admins')
  await owner.page.locator('[data-testid=member][data-role=admin]', { hasText: 'Mark' }).waitFor()

  await openInfo(mark.page)
  await mark.page.getByTestId('info-row-log').waitFor()
  t.equal(
    await mark.page.getByTestId('info-row-excluded').count(),
    0,
    'who may not ban does not see it',
  )
  await openInfo(owner.page, 'log')
  await owner.page
    .locator('[data-testid=act][data-action=admin]')
    .getByText(/made Mark an admin who may: .*pin messages/)
    .waitFor()
})

t.test('a member is restricted for a time, banned with what they wrote, and let back', async t => {
  const { owner, member: mark } = await group(t, 'Order')
  await mark.page.getByTestId('composer').fill('Buy cheap feathers')
  await mark.page.getByTestId('composer').press('Enter')
  await owner.page.getByTestId('message').filter({ hasText: 'cheap feathers' }).waitFor()

  await openInfo(owner.page, 'members')
  await menuOf(owner.page, 'Mark', 'Restrict')
  await owner.page.getByRole('radio', { name: '1 hour' }).check()
  await save(owner.page, 'save-restriction')
  await openInfo(owner.page, 'excluded')
  await owner.page.getByTestId('restricted').getByText(/until/).waitFor()
  await mark.page.getByTestId('composer').waitFor({ state: 'detached' })

  await menuOf(owner.page, 'Mark', 'Ban')
  await owner.page.getByLabel(/Delete what they wrote/).check()
  await save(owner.page, 'save-restriction')
  await owner.page
    .getByTestId('message')
    .filter({ hasText: 'cheap feathers' })
    .waitFor({ state: 'detached' })
  await mark.page.getByTestId('chat-row').waitFor({ state: 'detached' })
  await openInfo(owner.page, 'excluded')
  await menuOf(owner.page, 'Mark', 'Lift the ban')
  await owner.page.getByText('Nobody is banned.').waitFor()
  t.equal(await member(owner.page, 'Mark').count(), 0)
})

t.test(
  'what members may do and the rules of the chat are changed, and said in the log',
  async t => {
    const { owner, member: mark } = await group(t, 'Quiet hours')
    await openInfo(owner.page, 'defaults')
    await owner.page.getByLabel('Write messages').uncheck()
    await save(owner.page, 'save-defaults')
    await mark.page.getByTestId('composer').waitFor({ state: 'detached' })
    await openInfo(owner.page, 'rules')
    const slowMode = owner.page.getByLabel('Slow mode')
    await slowMode.selectOption({ label: '1 minute' })
    // It says so when the server has it: the log is read once.
    await until(async () => (await slowMode.inputValue()) === '60')
    await openInfo(owner.page, 'log')
    await owner.page.getByText(/Not any more: write messages/).waitFor()
    await owner.page.getByText('changed a rule, slow mode: off → 1 minute').waitFor()
    await owner.page.getByLabel('What').selectOption({ label: 'Messages' })
    await owner.page.getByText('Nothing fits these filters.').waitFor()
    t.equal(await owner.page.getByTestId('act').count(), 0)
  },
)

t.test('a link with approval: who opens it asks, waits, and is let in', async t => {
  const { owner } = await group(t, 'Hide')
  await openInfo(owner.page, 'invites')
  await owner.page.getByTestId('detailed-invite').click()
  await owner.page.getByLabel(/Name of the link/).fill('From the harbour')
  await owner.page.getByLabel(/Ask before anybody joins/).check()
  await owner.page.getByTestId('invite-submit').click()
  const link = await owner.page.getByTestId('invite-link').inputValue()
  await owner.page.getByTestId('invite').getByText('From the harbour').waitFor()

  const guest = await stack.newUser('Guest')
  const { page } = await openWindow(t, browser)
  await page.goto(link)
  await page
    .getByTestId('landing-note')
    .getByText(/You were invited/)
    .waitFor()
  await signIn(page, { username: guest.user.username ?? '', password: guest.password })
  await page.getByRole('heading', { name: 'Join “Hide”?' }).waitFor()
  await page.getByTestId('dialog-submit').click()
  await page.getByText(/You asked to join/).waitFor()
  t.equal(await page.getByTestId('chat-row').count(), 0)

  await openInfo(owner.page, 'requests')
  await owner.page.getByTestId('join-request').getByRole('button', { name: 'Accept Guest' }).click()
  await page.getByTestId('chat-row').filter({ hasText: 'Hide' }).waitFor()
  await owner.page.getByText('Nobody waits to be let in.').waitFor()
  await openInfo(owner.page, 'invites')
  await owner.page.getByRole('button', { name: 'Revoke' }).click()
  await owner.page.getByTestId('sure').click()
  await owner.page.getByTestId('invite').getByText('revoked').waitFor()
})

t.test('the group is handed over with the right password only', async t => {
  const { owner, member: mark } = await group(t, 'Estate')
  await openInfo(owner.page, 'members')
  await menuOf(owner.page, 'Mark', 'Hand the chat over')
  const field = owner.page.getByTestId('info').getByLabel('Your password')
  await field.fill('not the password')
  await owner.page.getByTestId('pass-on').click()
  await owner.page.getByTestId('error').getByText('This is not your password.').waitFor()
  t.equal(await field.inputValue(), 'not the password', 'what was typed stays')
  await field.fill(owner.password)
  await save(owner.page, 'pass-on')
  await openInfo(mark.page, 'admins')
  await mark.page.locator('[data-testid=member][data-role=owner]', { hasText: 'Mark' }).waitFor()
})

t.test(
  'contacts are named, found by that name, and removed; a person is reported and blocked',
  async t => {
    const { owner, member: mark } = await group(t, 'Friends')
    await openInfo(owner.page, 'members')
    await member(owner.page, 'Mark').getByRole('button').first().click()
    await owner.page.getByTestId('contact').click()
    await owner.page.getByLabel('Your name for them').fill('Marky')
    await owner.page.getByTestId('save-contact').click()
    await owner.page.getByRole('heading', { name: 'Marky' }).waitFor()
    await startDialog(owner.page, 'Contacts')
    await owner.page
      .getByTestId('contact')
      .filter({ hasText: 'Marky' })
      .getByTestId('contact-menu')
      .click()
    await owner.page.getByRole('menuitem', { name: 'Remove from contacts' }).click()
    await owner.page.getByTestId('sure').click()
    await owner.page.getByText(/No contacts yet/).waitFor()
    await owner.page.keyboard.press('Escape')

    const info = owner.page.getByTestId('info')
    await info.getByRole('button', { name: 'Report…' }).click()
    await owner.page.getByLabel('Fraud').check()
    await owner.page.getByTestId('dialog-submit').click()
    await owner.page.getByText(/Thank you/).waitFor()
    await owner.page.getByRole('dialog').getByRole('button', { name: 'Close' }).last().click()
    await info.getByTestId('block').click()
    await owner.page.getByTestId('sure').click()
    await info.getByTestId('unblock').waitFor()
    await until(() => owner.client.people.blocks.load().then(blocks => blocks.has(mark.id)))
    t.pass('blocked')
  },
)

t.test(
  'a contact is called by their own name wherever they are named, and only by whoever calls them so',
  async t => {
    const { owner, member: mark, chat } = await group(t, 'Names')
    await owner.client.people.setContact(mark.id, 'Captain')
    await mark.client.send(chat.id, 'from the bridge').sent
    const { page } = owner
    const row = page.getByTestId('message').filter({ hasText: 'from the bridge' })
    await row.getByText('Captain').waitFor()
    await page.getByTestId('chat-row').filter({ hasText: 'Captain: from the bridge' }).waitFor()
    await row.getByTestId('message-menu').focus()
    await page.keyboard.press('Enter')
    await page.getByRole('menuitem', { name: 'Reply', exact: true }).click()
    await page.getByTestId('composer-extra').getByText('Captain').waitFor()
    await page.keyboard.press('Escape')
    await openInfo(page, 'members')
    await member(page, 'Captain').getByText('Captain').click()
    const profile = page.getByTestId('info')
    await profile.getByRole('heading', { name: 'Captain' }).waitFor()
    await profile.getByText('Mark', { exact: true }).waitFor()

    // What others get to read has the name that Mark has given himself.
    await page.getByTestId('composer').fill('@Mar')
    await page.getByRole('option', { name: /Captain/ }).click()
    const field = page.getByTestId('composer')
    await until(async () => (await field.inputValue()) !== '@Mar')
    t.notMatch(await field.inputValue(), /Captain/)
    await owner.client.people.setContact(mark.id, 'Skipper')
    await row.getByText('Skipper').waitFor()
    t.equal(await mark.page.getByText(/Captain|Skipper/).count(), 0)
  },
)

t.test('the log follows a filter that is changed while it is still read', async t => {
  const { owner, chat } = await group(t, 'Haste')
  await owner.client.rooms.setRules(chat.id, { slowModeS: 30 })
  await owner.client.invites.create(chat.id, {})
  const answers = await holdAnswers(owner.page)
  await openChat(owner.page, 'Haste')
  await openInfo(owner.page)
  // Nothing else is asked from here on.
  await owner.page.getByTestId('status').getByText('2 members, 2 online').waitFor()
  await owner.page.getByTestId('info-status').getByText('2 members, 2 online').waitFor()
  answers.hold()
  await owner.page.getByTestId('info-row-log').click()
  await owner.page.getByLabel('What').selectOption({ index: 1 })
  await owner.page.getByLabel('What').selectOption({ index: 0 })
  await until(() => answers.held() >= 3)
  answers.release()
  await owner.page.getByTestId('act').first().waitFor()
})

t.test('of two who ask to join at once both are shown', async t => {
  const { owner, chat } = await group(t, 'Crowd')
  const { token } = await owner.client.invites.create(chat.id, { approval: true })
  const [first, second] = await Promise.all([
    newcomerAt(t, at, 'First'),
    newcomerAt(t, at, 'Second'),
  ])
  const answers = await holdAnswers(owner.page)
  await openChat(owner.page, 'Crowd')
  await openInfo(owner.page, 'requests')
  await owner.page.getByText('Nobody waits to be let in.').waitFor()
  // Nothing else is asked from here on.
  await owner.page.getByTestId('status').getByText('2 members, 2 online').waitFor()
  answers.hold()
  await first.client.invites.join(token)
  await until(() => answers.held() > 0)
  const held = answers.held()
  await second.client.invites.join(token)
  await until(() => answers.held() > held)
  answers.release()
  for (const name of ['First', 'Second'])
    await owner.page.getByTestId('join-request').filter({ hasText: name }).waitFor()
})

t.test(
  'members, contacts and people who are found show when they are there, and the list of chats goes on showing it',
  async t => {
    const { owner, member: mark } = await group(t, 'Lookout')
    const nora = await newcomerAt(t, at, 'Nora')
    await nora.client.people.setContact(owner.id)
    const direct = await owner.client.createDirect(nora.id)
    await owner.client.send(direct.id, 'Are you on watch?').sent
    const dot = rowOf(owner.page, 'Nora').locator('.online-dot')
    await dot.waitFor()
    await owner.client.people.setContact(mark.id)

    await openInfo(owner.page, 'members')
    const row = member(owner.page, 'Mark')
    await row.getByRole('button', { name: /Mark.*@.*, online/ }).waitFor()
    await startDialog(owner.page, 'Contacts')
    const contact = owner.page.getByTestId('contact').filter({ hasText: 'Mark' })
    await contact.getByRole('button', { name: /Mark.*, online/ }).waitFor()
    await owner.page.keyboard.press('Escape')
    await owner.page.getByTestId('search').fill(mark.username)
    const hit = owner.page.locator('[data-hit=person]').filter({ hasText: 'Mark' })
    await hit.getByText('online', { exact: true }).waitFor()

    await mark.page.close()
    mark.client.stop()
    await hit.getByText(/, last seen/).waitFor()
    await row.getByText(/, last seen/).waitFor()
    await owner.page.getByTestId('search-clear').click()
    await dot.waitFor()
    await row.getByRole('button').first().click()
    await owner.page
      .getByTestId('presence')
      .getByText(/^last seen/)
      .waitFor()
    await nora.page.close()
    await nora.client.stop()
    await dot.waitFor({ state: 'detached' })
    t.pass('Nora was watched all the while')
  },
)

t.test('a group says how many of its members are online, as long as it knows', async t => {
  const { owner, member: mark } = await group(t, 'Harbour')
  const status = owner.page.getByTestId('status')
  await status.getByText('2 members, 2 online').waitFor()
  await openInfo(owner.page)
  const inPanel = owner.page.getByTestId('info-status')
  await inPanel.getByText('2 members, 2 online').waitFor()
  await mark.page.close()
  await mark.client.stop()
  await status.getByText('2 members', { exact: true }).waitFor()
  await inPanel.getByText('2 members', { exact: true }).waitFor()
  t.pass('and says nothing more when one is alone')
})

t.test('who goes back while a page of the panel is being stored goes back once', async t => {
  const { page } = (await group(t, 'Backwards')).owner
  const answers = await holdAnswers(page)
  await openChat(page, 'Backwards')
  await openInfo(page, 'edit')
  await page.getByLabel('Title').fill('Forwards')
  // Nothing else is asked from here on.
  await page.getByTestId('status').getByText('2 members, 2 online').waitFor()
  answers.hold()
  await page.getByTestId('save-chat').click()
  await until(() => answers.held() > 0)
  await page.getByTestId('info-back').click()
  await page.getByTestId('info-row-members').waitFor()
  answers.release()
  // What is asked now is answered behind that.
  await openInfo(page, 'members')
  await page.getByTestId('member').first().waitFor()
  t.equal(await page.getByTestId('info').count(), 1, 'the panel is still there')
})

/** The server may put several into one message. */
const answersIn = (bytes: Uint8Array) =>
  readServerFrames(bytes).filter(frame => frame?.type === 'result').length

/** Loads the page anew with a connection whose answers can be held back while events go on. */
async function holdAnswers(page: Page) {
  let isHolding = false
  let held: { count: number; send(): void }[] = []
  await page.routeWebSocket(/\/ws$/, socket => {
    const server = socket.connectToServer()
    server.onMessage(bytes => {
      const count = isHolding && typeof bytes !== 'string' ? answersIn(bytes) : 0
      if (count > 0) held.push({ count, send: () => socket.send(bytes) })
      else socket.send(bytes)
    })
  })
  await page.reload()
  await page.locator('[data-testid=connection][data-state=online]').waitFor({ state: 'attached' })
  return {
    hold() {
      isHolding = true
    },
    held: () => held.reduce((sum, { count }) => sum + count, 0),
    release() {
      isHolding = false
      for (const { send } of held) send()
      held = []
    },
  }
}
