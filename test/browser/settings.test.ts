// The settings in a real browser: what they change, what they refuse, and that nothing typed is lost.

import t from 'tap'
import { startStack } from '#test/helpers/stack.ts'
import { until } from '#test/helpers/until.ts'
import { online, startBrowser } from './browser.ts'
import { accountAt, newAccount, openSettings, personAt, startDialog } from './pages.ts'

const stack = await startStack(t, { demo: true, web: true })
const browser = await startBrowser(t)
const at = { stack, browser }

t.test('a taken name and a wrong password are refused, and what was typed stays', async t => {
  const account = await newAccount(stack, 'Carol')
  const page = await accountAt(t, at, account)
  await openSettings(page, 'account')
  const profile = page.locator('form', { has: page.getByTestId('save-profile') })
  await profile.getByLabel('About you').fill('Counts petrels')
  await profile.getByLabel('Username').fill('alice')
  await page.locator('[data-testid=name-state][data-state=taken]').waitFor()
  await page.getByTestId('save-profile').click()
  await profile.getByTestId('error').getByText('This username is taken').waitFor()
  t.equal(await profile.getByLabel('About you').inputValue(), 'Counts petrels')
  await profile.getByLabel('Username').fill('1 bird')
  await page.locator('[data-testid=name-state][data-state=impossible]').waitFor()
  await profile.getByLabel('Username').fill('support')
  await page.locator('[data-testid=name-state][data-state=taken]').waitFor()

  const password = page.locator('form', { has: page.getByTestId('change-password') })
  await password.getByLabel('Current password').fill('not my password')
  await password.getByLabel('New password').fill('nineteen grey feathers')
  await page.getByTestId('change-password').click()
  await password.getByTestId('error').getByText('This is not your password.').waitFor()
  t.equal(await password.getByLabel('New password').inputValue(), 'nineteen grey feathers')
  await password.getByLabel('Current password').fill(account.password)
  await password.getByLabel('New password').fill('password1')
  await page.getByTestId('change-password').click()
  await password
    .getByTestId('error')
    .getByText(/too easy to guess/)
    .waitFor()
})

t.test('without the server a change of the profile says so and stays in the form', async t => {
  const page = await accountAt(t, at, await newAccount(stack, 'Carol'))
  await openSettings(page, 'account')
  await page.route('**/api/v1/me', route => route.abort())
  const profile = page.locator('form', { has: page.getByTestId('save-profile') })
  await profile.getByLabel('Your name').fill('Carol of the Cliffs')
  await page.getByTestId('save-profile').click()
  await profile
    .getByTestId('error')
    .getByText(/cannot be reached/)
    .waitFor()
  t.equal(await profile.getByLabel('Your name').inputValue(), 'Carol of the Cliffs')
  await page.unroute('**/api/v1/me')
  await page.getByTestId('save-profile').click()
  await page.getByTestId('settings').getByText('Saved', { exact: true }).waitFor()
  t.equal(await profile.getByTestId('error').count(), 0)
})

t.test('a changed profile is what others see', async t => {
  const account = await newAccount(stack, 'Dara')
  const username = `bird_${Date.now().toString(36)}`
  const [page, bob] = await Promise.all([accountAt(t, at, account), personAt(t, at, 'bob')])
  await openSettings(page, 'account')
  await page.getByLabel('Your name').fill('Carol the Third')
  await page.getByLabel('Username').fill(username)
  await page.locator('[data-testid=name-state][data-state=free]').waitFor()
  await page.getByLabel('About you').fill('On the pier at five')
  await page.getByTestId('save-profile').click()
  await page.getByTestId('settings').getByText('Saved', { exact: true }).waitFor()
  await page.getByTestId('close-settings').click()
  await page.getByTestId('me').getByText('Carol the Third').waitFor()
  await bob.goto(`${stack.url}/?demo=bob`)
  await startDialog(bob, 'New direct chat')
  await bob
    .getByRole('dialog')
    .getByRole('searchbox')
    .or(bob.getByRole('dialog').getByRole('textbox'))
    .first()
    .fill(username)
  await bob.getByRole('dialog').getByText('Carol the Third').first().waitFor()
})

t.test('a new password and a revoked device end the other windows, and no others', async t => {
  const account = await newAccount(stack, 'Carol')
  const [page, other] = [await accountAt(t, at, account), await accountAt(t, at, account)]
  await openSettings(page, 'sessions')
  await page.locator('[data-testid=session][data-current=true]').getByText('in use now').waitFor()
  // The account was made by a program, which is signed in as well.
  const others = page
    .locator('[data-testid=session][data-current=false]')
    .filter({ hasNotText: 'Node.js' })
  await others.getByTestId('revoke').click()
  await others.waitFor({ state: 'detached' })
  await other.getByTestId('account-submit').waitFor()

  const third = await accountAt(t, at, account)
  await page.getByTestId('settings-account').click()
  await page.getByLabel('Current password').fill(account.password)
  await page.getByLabel('New password').fill('nineteen grey feathers')
  await page.getByTestId('change-password').click()
  await page.getByText('The password is changed.').waitFor()
  await third.getByTestId('account-submit').waitFor()
  await online(page)
  t.equal(await page.getByTestId('account-submit').count(), 0)
  await accountAt(t, at, { ...account, password: 'nineteen grey feathers' })
})

t.test('who signs out everywhere is out here, too', async t => {
  const account = await newAccount(stack, 'Carol')
  const [page, other] = [await accountAt(t, at, account), await accountAt(t, at, account)]
  await openSettings(page, 'sessions')
  await page.getByTestId('revoke-everywhere').click()
  await page.getByTestId('sure').click()
  for (const window of [page, other]) await window.getByTestId('account-submit').waitFor()
})

t.test('an account is deleted with its password only', async t => {
  const account = await newAccount(stack, 'Carol')
  const page = await accountAt(t, at, account)
  await openSettings(page, 'account')
  await page.getByTestId('delete-account').click()
  const form = page.locator('form', { has: page.getByTestId('delete-account-sure') })
  await form.getByLabel('Your password, to be sure').fill('not my password')
  await page.getByTestId('delete-account-sure').click()
  await form.getByTestId('error').getByText('This is not your password.').waitFor()
  await form.getByLabel('Your password, to be sure').fill(account.password)
  await page.getByTestId('delete-account-sure').click()
  await page.getByTestId('account-submit').waitFor()
  t.equal(await page.getByTestId('settings').count(), 0)
  await page.getByLabel('Username').fill(account.username)
  await page.getByLabel('Password').fill(account.password)
  await page.getByTestId('account-submit').click()
  await page.getByTestId('error').getByText('Username or password is wrong.').waitFor()
})

t.test(
  'privacy is kept with its exceptions, and a person can be blocked and let in again',
  async t => {
    const page = await accountAt(t, at, await newAccount(stack, 'Carol'))
    await openSettings(page, 'privacy')
    const rule = page.getByTestId('privacy-groups')
    await rule.locator('summary').click()
    await rule.getByRole('radio', { name: 'Nobody' }).check()
    await rule.getByRole('button', { name: 'Add people: Always allow' }).click()
    await rule.getByLabel('Name or username').fill('alice')
    await rule.getByTestId('person').filter({ hasText: 'Alice' }).click()
    // Enabled again when the server has it.
    await until(() => rule.getByRole('button', { name: 'Remove Alice' }).isEnabled())

    await page.getByTestId('block-somebody').click()
    const blocked = page.getByRole('region', { name: 'Blocked people' })
    await blocked.getByLabel('Name or username').fill('bob')
    await blocked.getByTestId('person').filter({ hasText: 'Bob' }).click()
    await blocked.getByTestId('blocked').filter({ hasText: 'Bob' }).waitFor()

    await page.reload()
    await page.locator('[data-testid=privacy-groups][data-who=nobody]').waitFor()
    await rule.locator('summary').getByText('Nobody · 1 exception').waitFor()
    await blocked.getByTestId('blocked').getByRole('button', { name: 'Unblock' }).click()
    await blocked.getByTestId('blocked').waitFor({ state: 'detached' })
  },
)

t.test('a folder is made, refused when it would be empty, changed and deleted', async t => {
  const page = await personAt(t, at, 'alice')
  await openSettings(page, 'folders')
  await page.getByTestId('new-folder').click()
  const form = page.getByTestId('folder-form')
  await form.getByLabel('Name').fill('Cliffs')
  await form.getByRole('checkbox', { name: 'Chats by rule' }).uncheck()
  await page.getByTestId('save-folder').click()
  await form
    .getByTestId('error')
    .getByText(/always be empty/)
    .waitFor()
  t.equal(await form.getByLabel('Name').inputValue(), 'Cliffs')
  await form.getByRole('button', { name: 'Add chats: Always in it' }).click()
  await form.getByLabel('Find a chat').fill('cliffs')
  await form.getByTestId('pick-chat').first().click()
  await page.getByTestId('save-folder').click()
  const row = page.getByTestId('settings').getByTestId('folder').filter({ hasText: 'Cliffs' })
  await row.getByText('1 chat', { exact: true }).waitFor()
  await row.getByRole('button', { name: 'Edit Cliffs' }).click()
  await form.getByLabel('Name').fill('The cliffs')
  await page.getByTestId('save-folder').click()
  await page
    .getByTestId('settings')
    .getByTestId('folder')
    .filter({ hasText: 'The cliffs' })
    .waitFor()
  await page.reload()
  await page.getByRole('button', { name: 'Delete the folder: The cliffs' }).click()
  await page.getByTestId('sure').click()
  await page.getByTestId('settings').getByTestId('folder').waitFor({ state: 'detached' })
})
