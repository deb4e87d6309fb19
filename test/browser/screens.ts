// The main screens of the page and the way to each, for tests that look at all of them.

import type { Page } from 'playwright-core'
import type { PetrelClient } from '#client/index.ts'
import { until } from '#test/helpers/until.ts'
import { atRest } from './conversation.ts'
import { chooseOf, openChat, openInfo, startDialog } from './pages.ts'

export const group = 'Weekend at the cliffs'

export interface Screen {
  name: string
  /** Nobody is signed in there. */
  isPublic?: true
  /** From the list of chats, where Alice begins. @param isPhone one pane at a time */
  go(page: Page, isPhone: boolean): Promise<unknown>
}

export const screens: readonly Screen[] = [
  { name: 'first-page', isPublic: true, go: page => page.getByTestId('enter-alice').waitFor() },
  { name: 'chats', go: seeChats },
  { name: 'group', go: openGroup },
  {
    name: 'message-menu',
    async go(page) {
      await openGroup(page)
      await atRest(page)
      await page.getByTestId('message-menu').last().focus()
      await page.keyboard.press('Enter')
      await page.getByRole('menuitem').first().waitFor()
    },
  },
  {
    name: 'emojis',
    async go(page) {
      await openGroup(page)
      await page.getByTestId('emojis').click()
      await page.getByTestId('emoji').first().waitFor()
    },
  },
  {
    name: 'direct',
    async go(page) {
      await openChat(page, 'Bob')
      await page.getByTestId('message').last().waitFor()
    },
  },
  {
    name: 'channel',
    async go(page) {
      await openChat(page, 'Petrel station news')
      await page.getByTestId('message').last().waitFor()
    },
  },
  {
    name: 'group-info',
    async go(page) {
      await openGroup(page)
      await openInfo(page)
      await page.getByTestId('info-row-members').waitFor()
    },
  },
  {
    name: 'members',
    async go(page) {
      await openGroup(page)
      await openInfo(page, 'members')
      await page.getByTestId('member').first().waitFor()
    },
  },
  {
    name: 'search',
    async go(page) {
      await page.getByTestId('search').fill('petrel')
      await page.getByTestId('message-hit').first().waitFor()
    },
  },
  {
    name: 'chat-search',
    async go(page) {
      await openGroup(page)
      await page.getByTestId('search-chat').click()
      await page.getByTestId('chat-search').fill('ferry')
      await page.getByTestId('chat-search').press('Enter')
      await page.locator('.words mark').waitFor()
    },
  },
  {
    name: 'chat-folders',
    async go(page) {
      await chooseOf(page, group, 'Add to folder…')
      await page.getByRole('menuitem', { name: 'New folder…' }).waitFor()
    },
  },
  {
    name: 'chat-menu',
    async go(page) {
      await page.getByTestId('chat-row').first().click({ button: 'right' })
      await page.getByRole('menuitem').first().waitFor()
    },
  },
  {
    name: 'mute',
    async go(page) {
      await chooseOf(page, group, 'Mute…')
      await page.getByRole('dialog').waitFor()
    },
  },
  {
    name: 'new-group',
    async go(page) {
      await startDialog(page, 'New group')
      await page.getByRole('dialog').waitFor()
    },
  },
  {
    name: 'shortcuts',
    async go(page, isPhone) {
      if (isPhone) return seeChats(page)
      await page.locator('nav.chats').focus()
      await page.keyboard.press('?')
      await page.getByRole('dialog').waitFor()
    },
  },
  ...(
    [
      'account',
      'privacy',
      'sessions',
      'appearance',
      'notifications',
      'folders',
      'language',
      'storage',
    ] as const
  ).map(
    (name): Screen => ({
      name: `settings-${name}`,
      async go(page) {
        await page.keyboard.press('Control+Comma')
        await page.getByTestId(`settings-${name}`).click()
        await page.getByRole('heading', { level: 2 }).first().waitFor()
      },
    }),
  ),
]

/** The rows of a virtual list are hidden until they are measured. */
async function seeChats(page: Page): Promise<void> {
  await page.getByTestId('chat-row').nth(2).waitFor()
}

async function openGroup(page: Page): Promise<void> {
  await openChat(page, group)
  await page.getByTestId('poll').last().waitFor()
}

/** What the demo's history lacks: reactions, and a poll with votes. */
export async function enliven(
  people: Record<'alice' | 'bob' | 'carol', PetrelClient>,
): Promise<void> {
  const { alice, bob, carol } = people
  const chat = alice.getSnapshot().chats.find(each => each.title === group)?.chat
  if (!chat) throw new Error(`there is no ${group}`)
  for (const client of [alice, bob, carol]) await client.open(chat.id)
  const { seq } = await carol.polls.create(chat.id, {
    question: 'When do we meet at the ferry?',
    options: ['8:00, and coffee first', '8:20', 'I swim'],
  })
  await Promise.all([
    alice.polls.vote(chat.id, seq, [0]),
    bob.polls.vote(chat.id, seq, [0]),
    carol.polls.vote(chat.id, seq, [1]),
  ])
  const said = await bob.send(chat.id, 'Coffee first. I bring the big flask.').sent
  for (const [client, emoji] of [
    [alice, '❤️'],
    [carol, '👍'],
  ] as const) {
    const held = () => client.getSnapshot().windows.get(chat.id)?.messages ?? []
    await until(() => held().some(({ seq }) => seq === said.seq))
    await client.react(chat.id, said.seq, [emoji])
  }
}
