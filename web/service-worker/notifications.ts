// Shows what is pushed, and leads whoever touches a notification to its chat. What a push holds is checked by hand: it came
// through a stranger's service, and a library would make this file ten times as large.

import { readPushOwner } from '../state/push-owner.ts'
import { readWords, type Words } from '../state/words.ts'

declare const self: ServiceWorkerGlobalScope

/** As shared/protocol/http.ts has it (pushPayload). */
interface Payload {
  user?: number
  chat?: number
  seq?: number
  title?: string
  from?: string
  text?: string
  poll: boolean
  unread?: number
  badge?: number
}

/** Shows one push. Each must show something: the browser takes the permission away from those that do not. */
export async function showPush(data: PushMessageData | null): Promise<void> {
  const payload = parse(data)
  const words = await readWords()
  const windows = await allWindows()
  if (await isForeign(payload)) return showForeign(words)
  if (payload.badge !== undefined) await showBadge(payload.badge)
  if (payload.chat === undefined) {
    for (const window of windows) window.postMessage({ type: 'push-test' })
    await self.registration.showNotification(words.app, { ...look, body: words.test, tag: 'test' })
    return
  }
  // Who looks at the page has it before their eyes, and the page makes its own noise.
  if (windows.some(window => window.visibilityState === 'visible' && window.focused)) return
  const { user, chat, seq = 0, title = words.app } = payload
  const tag = `chat-${chat}`
  const shown = await self.registration.getNotifications({ tag })
  // The page was quicker: the same again without a sound.
  const known = shown.some(each => seqOf(each.data) >= seq)
  const options = {
    ...look,
    body: bodyOf(payload, words),
    tag,
    renotify: !known,
    silent: known,
    data: { user, chat, seq },
  }
  await self.registration.showNotification(countedTitle(title, payload.unread), options)
}

/** Brings a window of whoever was told to the front and opens the chat in it; opens a window where there is none. */
export async function openChat(data: unknown): Promise<void> {
  const { user, chat } = numbersOf(data)
  const all = await allWindows()
  const windows = [...all.filter(isVisible), ...all.filter(each => !isVisible(each))]
  const theirs = await Promise.all(windows.map(each => isOf(each, user)))
  const window = windows[theirs.indexOf(true)] ?? windows[0]
  if (!window) {
    await self.clients.openWindow(chat === undefined ? '/' : `/#/chat/${chat}`)
    return
  }
  // The page looks again whose it is: one that still loads did not answer.
  if (chat !== undefined) window.postMessage({ type: 'open-chat', user, chat })
  await window.focus()
}

const allWindows = () => self.clients.matchAll({ type: 'window', includeUncontrolled: true })
const isVisible = ({ visibilityState }: WindowClient) => visibilityState === 'visible'

/** Whether the page in a window is this person's; false when it does not say so in time. */
async function isOf(window: WindowClient, user: number | undefined): Promise<boolean> {
  const { port1, port2 } = new MessageChannel()
  const answer = new Promise<boolean>(resolve => {
    port1.onmessage = ({ data }) => resolve(data === true)
    setTimeout(() => resolve(false), answerMs)
  })
  window.postMessage({ type: 'whose', user }, [port2])
  return answer.finally(() => port1.close())
}

/** Whether it is for somebody who has signed out of this browser, which the server does not know. */
async function isForeign({ user }: Payload): Promise<boolean> {
  const owner = await readPushOwner()
  if (user === undefined || owner === undefined || user === owner) return false
  // Nobody's: no more of them.
  if (owner === null) await endSubscription().catch(() => undefined)
  return true
}

async function endSubscription(): Promise<void> {
  await (await self.registration.pushManager.getSubscription())?.unsubscribe()
}

async function showForeign({ app, newMessage }: Words): Promise<void> {
  await self.registration.showNotification(app, { ...look, body: newMessage, tag: 'foreign' })
}

/** A browser lets a touch open a window for about a second. */
const answerMs = 500
const look = { icon: '/icons/icon-192.png', badge: '/icons/badge-96.png' }

function bodyOf({ from, text, poll }: Payload, words: { newMessage: string }): string {
  if (text === undefined) return words.newMessage
  const said = poll ? `📊 ${text}` : text
  return from === undefined ? said : `${from}: ${said}`
}

function countedTitle(title: string, unread: number | undefined): string {
  return unread !== undefined && unread > 1 ? `${title} (${unread})` : title
}

async function showBadge(count: number): Promise<void> {
  const { navigator } = self as { navigator: { setAppBadge?(count: number): Promise<void> } }
  await navigator.setAppBadge?.(count).catch(() => undefined)
}

function parse(data: PushMessageData | null): Payload {
  let fields: Record<string, unknown> = {}
  try {
    const value: unknown = data?.json()
    if (typeof value === 'object' && value !== null) fields = value as Record<string, unknown>
  } catch {
    // Shown as if it said nothing.
  }
  const words = Object.fromEntries(
    ['title', 'from', 'text'].flatMap(key =>
      typeof fields[key] === 'string' ? [[key, fields[key]]] : [],
    ),
  )
  return { ...numbersOf(fields), ...words, poll: fields.poll === true }
}

function numbersOf(value: unknown): Pick<Payload, 'user' | 'chat' | 'seq' | 'unread' | 'badge'> {
  const fields = (value ?? {}) as Record<string, unknown>
  return Object.fromEntries(
    ['user', 'chat', 'seq', 'unread', 'badge'].flatMap(key => {
      const number = fields[key]
      return Number.isSafeInteger(number) && (number as number) >= 0 ? [[key, number]] : []
    }),
  )
}

function seqOf(data: unknown): number {
  return numbersOf(data).seq ?? 0
}
