// What of a person stays on this device, and how the windows of one browser share a connection: the SDK's seams made of what
// browsers have. Used by app-session.ts for each client, and by the page of settings that tells how much room it takes.

import {
  type IndexedDbArchive,
  indexedDbArchive,
  indexedDbStorage,
  isQuota,
  webStorage,
} from '#client/index.ts'
import type { ClientOptions } from '#client/types.ts'
import { text } from '../locales/index.ts'
import { demoStorage } from './demo-storage.ts'
import { say } from './notices.ts'
import { browserTabs } from './offline-tabs.ts'
import { settings } from './settings.ts'
import { createStore } from './store.ts'

/** A demo person belongs to one window, an own account to all windows of the browser. */
export type Profile = 'demo' | 'own'

/** Whether messages stay on this device; null until somebody is signed in. */
export const keptState = createStore<'kept' | 'full' | 'broken' | null>(null)

/** The archive of the person of this window. */
let archive: IndexedDbArchive | undefined

const bytesMax = () => settings.get().storageMb * 1024 * 1024

/** Storage, archive and tabs for a client of this profile. */
export function keeping(
  profile: Profile,
): Required<Pick<ClientOptions, 'storage' | 'archive' | 'notKept'>> & Pick<ClientOptions, 'tabs'> {
  const name = profile === 'demo' ? demoStorage() : 'own'
  const tabs = browserTabs(name)
  keptState.set(null)
  return {
    storage: indexedDbStorage({
      name: `petrel.${name}`,
      other: webStorage(profile === 'demo' ? sessionStorage : localStorage),
      trouble: notKept,
    }),
    archive: user => {
      archive = indexedDbArchive({ name: `petrel.${name}.${user}`, bytesMax })
      keptState.set('kept')
      return archive
    },
    notKept,
    ...(tabs && { tabs }),
  }
}

/** Bytes of messages kept of the person of this window; 0 where none are. */
export async function keptBytes(): Promise<number> {
  return (await archive?.usage().catch(() => 0)) ?? 0
}

/** Forgets the messages kept on this device; they are loaded again when a chat is opened. */
export async function dropKept(): Promise<void> {
  await archive?.dropHistory()
}

/** The bound was changed: what is over it goes now. */
export async function fitKept(): Promise<void> {
  await archive?.trim().catch(() => {})
}

function notKept(error: unknown): void {
  const why = isQuota(error) ? 'full' : 'broken'
  if (keptState.get() === why) return
  keptState.set(why)
  say(text.offline[why])
}
