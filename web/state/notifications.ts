// Notifications while the page is open: watches the chats, shows what deserves it through the service worker, takes it
// away again when it is read. hooks/use-notifications.ts starts it for whoever is signed in.

import type { PetrelClient } from '#client/index.ts'
import type { ChatView, Snapshot } from '#client/types.ts'
import { coverSpoilers } from '#shared/protocol/cover-spoilers.ts'
import type { ChatId, UserId } from '#shared/protocol/ids.ts'
import { text } from '../locales/index.ts'
import { subscribeByFrame } from './frames.ts'
import { type Names, nameOf, titleOf } from './naming.ts'
import { openChat } from './navigation.ts'
import { type Heard, type News, newsOf } from './news.ts'
import { settings } from './settings.ts'
import { playSound } from './sound.ts'
import { joinWindows } from './windows.ts'
import { workerReady } from './worker.ts'

/** As the service worker has it: a pushed notification of the same chat takes the place of ours. */
const tagOf = (chat: ChatId) => `chat-${chat}`
const icon = '/icons/icon-192.png'

/** Whether the person lets the browser show them; `unsupported` also without https. */
export function permission(): NotificationPermission | 'unsupported' {
  return 'Notification' in globalThis && 'serviceWorker' in navigator
    ? Notification.permission
    : 'unsupported'
}

/** Watches until the function returned is called. */
export function watchNews(client: PetrelClient): () => void {
  const { me } = client.getSnapshot()
  if (!me) return () => undefined
  const windows = joinWindows(me.id)
  const heard = new Map<ChatId, Heard>()
  let known: readonly ChatView[] | null = null
  let unread = new Set<ChatId>()
  const look = () => {
    const snapshot = client.getSnapshot()
    const { chats, connection } = snapshot
    if (chats === known) return
    const news = newsOf(chats, heard, me.id, Date.now())
    const isStart = known === null
    // What is there when the page opens is no news; neither is anything while the list still comes.
    if (!isStart || connection.state === 'online') known = chats
    if (!isStart && windows.isFirst()) {
      for (const each of news) if (!windows.isSeen(each.view.chat.id)) tell(each, snapshot)
    }
    const now = new Set(chats.filter(view => view.unread > 0).map(view => view.chat.id))
    const gone = [...unread].filter(chat => !now.has(chat))
    if (gone.length > 0) inTurn(() => closeRead(client, me.id, gone))
    unread = now
  }
  look()
  const stop = subscribeByFrame(client, look)
  const onMessage = (event: MessageEvent) => heed(event, me.id)
  navigator.serviceWorker?.addEventListener('message', onMessage)
  return () => {
    stop()
    windows.close()
    // Signed out: what was said to them is nobody else's business.
    if (client.getSnapshot().me === null) inTurn(() => closeRead(client, me.id, []))
    navigator.serviceWorker?.removeEventListener('message', onMessage)
  }
}

/** Somebody touched a notification. The windows of a browser may be of several people: only its own person's opens the chat. */
function heed({ data, ports }: MessageEvent, me: UserId): void {
  const { type, chat, user } = (data ?? {}) as { type?: unknown; chat?: unknown; user?: unknown }
  const isOurs = user === undefined || user === me
  if (type === 'whose') ports[0]?.postMessage(isOurs)
  if (type === 'open-chat' && isOurs && typeof chat === 'number') openChat(chat)
}

function tell(news: News, snapshot: Snapshot): void {
  const { me } = snapshot
  const { notifications, previews, sound } = settings.get()
  if (notifications !== 'on') return
  if (sound) playSound()
  if (permission() !== 'granted' || !me) return
  const words = previews ? wordsOf(news, snapshot) : hidden()
  inTurn(() => show(news, me.id, words))
}

let last: Promise<void> = Promise.resolve()

/** One after the other: Chromium, asked what it shows while it is about to show one more, may forget that one. */
function inTurn(run: () => Promise<void>): void {
  last = last.then(run).catch(() => undefined)
}

interface Shown {
  title: string
  body: string
}

function wordsOf({ view, message }: News, names: Names): Shown {
  const count = view.unread > 1 ? ` (${view.unread})` : ''
  const author = view.chat.kind === 'group' ? `${nameOf(names, message.from)}: ` : ''
  const sign = message.poll ? '📊 ' : ''
  const words = coverSpoilers(message.text, message.ents)
  return { title: titleOf(view) + count, body: author + sign + words }
}

function hidden(): Shown {
  return { title: text.app, body: text.notifications.newMessage }
}

async function show({ view, message }: News, user: UserId, { title, body }: Shown): Promise<void> {
  const registration = await workerReady()
  const { id: chat } = view.chat
  const options = {
    body,
    icon,
    badge: '/icons/badge-96.png',
    tag: tagOf(chat),
    renotify: true,
    // Ours is the sound.
    silent: true,
    timestamp: message.at,
    data: { user, chat, seq: message.seq },
  }
  await registration?.showNotification(title, options).catch(() => undefined)
}

/**
 * Takes away this person's notifications of what is read by now; all of them when they have signed out. Those of somebody else
 * in this browser, and of messages that this window has not got yet, stay.
 * @param gone chats in which nothing is unread any more, or that the person has left
 */
async function closeRead(
  client: PetrelClient,
  user: UserId,
  gone: readonly ChatId[],
): Promise<void> {
  const registration = await workerReady()
  const shown = (await registration?.getNotifications()) ?? []
  // Not before: meanwhile more may have come, and been told of.
  const { me, chats } = client.getSnapshot()
  for (const each of shown) {
    const about = (each.data ?? {}) as { user?: unknown; chat?: unknown; seq?: unknown }
    if (about.user !== user || typeof about.chat !== 'number') continue
    const chat = chats.find(view => view.chat.id === about.chat)?.chat
    const isRead = chat ? chat.me.read >= Number(about.seq) : gone.includes(about.chat)
    if (!me || isRead) each.close()
  }
}
