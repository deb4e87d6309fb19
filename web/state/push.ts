// Web Push of this browser: subscribes it, keeps the server's knowledge of it right, and finds out what is wrong.
// Whether a person wants it is kept for each person of this browser; only a person's action turns it on.

import type { PetrelClient } from '#client/index.ts'
import type { UserId } from '#shared/protocol/ids.ts'
import { permission } from './notifications.ts'
import { keepPushOwner, readPushOwner } from './push-owner.ts'
import type { Trouble } from './push-trouble.ts'
import { settings } from './settings.ts'
import { createStore } from './store.ts'
import { workerReady } from './worker.ts'

const keyOf = (user: UserId) => `petrel-page:push:${user}`
/** A push service may take its time. */
const arrivalMs = 20_000

/** Whether the person who is signed in wants pushes here. */
export const pushWanted = createStore(false)

/** Takes up what the person chose here, and subscribes anew if the browser or the server lost it. Never throws. */
export async function keepPush(client: PetrelClient, user: UserId): Promise<void> {
  pushWanted.set(read(user))
  const { notifications } = settings.get()
  try {
    if (!pushWanted.get()) return
    if (notifications === 'off') await client.api.unsubscribePush()
    else if (permission() === 'granted') await subscribe(client)
  } catch {
    // The next connection tries again; the test in the settings says what is wrong.
  }
}

/**
 * Somebody signed out. Without a network the server learns nothing of it and goes on pushing, so this browser takes none of
 * theirs any more; that they wanted them here is forgotten, too.
 */
export function forgetPush(user: UserId): void {
  try {
    localStorage.removeItem(keyOf(user))
  } catch {
    // A forbidden storage holds nothing.
  }
  void takeNoMore(user).catch(() => undefined)
}

async function takeNoMore(user: UserId): Promise<void> {
  const owner = await readPushOwner()
  // It is for somebody of another window by now.
  if (owner !== undefined && owner !== user) return
  await keepPushOwner(null)
  await unsubscribe()
}

/** Asks the person if nobody has yet. Called by a press of a button only, or browsers refuse. */
export async function askPermission(): Promise<ReturnType<typeof permission>> {
  if (permission() === 'default') await Notification.requestPermission()
  return permission()
}

/** @returns what stands in the way; null when it is on @throws AppError when the api does not answer */
export async function turnPushOn(client: PetrelClient, user: UserId): Promise<Trouble | null> {
  const asked = permissionTrouble(await askPermission())
  const trouble = asked ?? (await subscribe(client))
  if (trouble !== null && trouble !== 'lost') return trouble
  write(user, true)
  return null
}

/** @throws AppError when the api does not answer; the browser is unsubscribed then */
export async function turnPushOff(client: PetrelClient, user: UserId): Promise<void> {
  write(user, false)
  await keepPushOwner(null)
  await unsubscribe()
  await client.api.unsubscribePush()
}

async function unsubscribe(): Promise<void> {
  const registration = await workerReady()
  const subscription = await registration?.pushManager?.getSubscription()
  await subscription?.unsubscribe()
}

/**
 * Goes the whole way of a notification and finds the first thing that is wrong.
 * @returns null when one was shown; with pushes wanted, when one arrived from the push service
 * @throws AppError when the api does not answer
 */
export async function testNotifications(
  client: PetrelClient,
  body: string,
): Promise<Trouble | null> {
  const asked = permissionTrouble(permission())
  if (asked) return asked
  const registration = await workerReady()
  if (!registration) return 'noWorker'
  if (!pushWanted.get()) {
    await registration.showNotification('Petrel', {
      body,
      tag: 'test',
      icon: '/icons/icon-192.png',
    })
    return null
  }
  const trouble = await subscribe(client)
  if (trouble) return trouble
  const arrived = nextTest()
  const result = await client.api.testPush()
  if (result === 'sent') return (await arrived) ? null : 'notArrived'
  if (result === 'off' || result === 'refused' || result === 'unreachable') return result
  // The push service forgot it: a new one is made, with another address.
  await (await registration.pushManager.getSubscription())?.unsubscribe()
  await subscribe(client)
  return 'lost'
}

function permissionTrouble(now: ReturnType<typeof permission>): Trouble | null {
  if (now === 'granted') return null
  return now === 'default' ? 'unasked' : now
}

/** Makes browser and server agree on one subscription. @returns `lost` when they did not before */
async function subscribe(client: PetrelClient): Promise<Trouble | null> {
  const registration = await workerReady()
  if (!registration) return 'noWorker'
  if (!registration.pushManager) return 'unsupported'
  const { key, subscription: known } = await client.api.pushState()
  if (key === null) return 'off'
  const { previews } = settings.get()
  const held = await heldFor(registration, key)
  const subscription = held ?? (await subscribeAnew(registration, key))
  if (!subscription) return 'noService'
  const { endpoint } = subscription
  const { me } = client.getSnapshot()
  if (me) await keepPushOwner(me.id)
  if (known?.endpoint === endpoint && known.previews === previews) return null
  const { p256dh = '', auth = '' } = subscription.toJSON().keys ?? {}
  await client.api.subscribePush({ endpoint, keys: { p256dh, auth }, previews })
  return held && known?.endpoint === endpoint ? null : 'lost'
}

/** What the browser has, unless it was for another key of the server. */
async function heldFor(
  registration: ServiceWorkerRegistration,
  key: string,
): Promise<PushSubscription | null> {
  const held = await registration.pushManager.getSubscription()
  if (!held) return null
  const bytes = new Uint8Array(held.options.applicationServerKey ?? new ArrayBuffer(0))
  if (base64url(bytes) === key) return held
  await held.unsubscribe()
  return null
}

async function subscribeAnew(
  registration: ServiceWorkerRegistration,
  key: string,
): Promise<PushSubscription | null> {
  const options = { userVisibleOnly: true, applicationServerKey: key }
  return registration.pushManager.subscribe(options).catch(() => null)
}

/** Whether a test push reaches the service worker in time. */
function nextTest(): Promise<boolean> {
  return new Promise(resolve => {
    const end = (arrived: boolean) => {
      clearTimeout(timer)
      navigator.serviceWorker.removeEventListener('message', onMessage)
      resolve(arrived)
    }
    const onMessage = ({ data }: MessageEvent) => {
      if ((data as { type?: unknown } | null)?.type === 'push-test') end(true)
    }
    const timer = setTimeout(() => end(false), arrivalMs)
    navigator.serviceWorker.addEventListener('message', onMessage)
  })
}

function base64url(bytes: Uint8Array): string {
  const text = btoa(String.fromCharCode(...bytes))
  return text.replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '')
}

function read(user: UserId): boolean {
  try {
    return localStorage.getItem(keyOf(user)) === '1'
  } catch {
    return false
  }
}

function write(user: UserId, wanted: boolean): void {
  pushWanted.set(wanted)
  try {
    if (wanted) localStorage.setItem(keyOf(user), '1')
    else localStorage.removeItem(keyOf(user))
  } catch {
    // It holds until the page goes.
  }
}
