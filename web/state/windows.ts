// Several windows of one person in one browser: one of them notifies, and it knows which chat the person has before their
// eyes in another one. A window that is alone, or has neither locks nor channels, does as if it were the one.

import type { ChatId, UserId } from '#shared/protocol/ids.ts'
import { screenView } from './navigation.ts'
import { markAlive, whenGone, windowId } from './window-life.ts'

interface Attention {
  window: string
  /** The chat looked at; null when the window lost the person's attention. */
  chat: ChatId | null
  attentive: boolean
}

export interface Windows {
  /** Whether this one is to notify. */
  isFirst(): boolean
  /** Whether some window of this person shows the chat and has their attention. */
  isSeen(chat: ChatId): boolean
  close(): void
}

export const attentive = () => document.visibilityState === 'visible' && document.hasFocus()

export function joinWindows(user: UserId): Windows {
  const name = `petrel-windows:${user}`
  markAlive()
  const channel = typeof BroadcastChannel === 'undefined' ? null : new BroadcastChannel(name)
  // Only one window of all has the focus.
  let elsewhere: Attention | null = null
  let stopWaiting = () => {}
  const heed = (attention: Attention | null) => {
    stopWaiting()
    elsewhere = attention
    // One that crashes says nothing any more.
    stopWaiting = attention ? whenGone(attention.window, () => heed(null)) : () => {}
  }
  channel?.addEventListener('message', ({ data }: MessageEvent<Attention>) => {
    if (data.attentive) heed(data)
    else if (elsewhere?.window === data.window) heed(null)
  })
  const tell = () => {
    if (attentive()) heed(null)
    channel?.postMessage({ window: windowId, chat: screenView.get().chat, attentive: attentive() })
  }
  const leave = () => channel?.postMessage({ window: windowId, chat: null, attentive: false })
  const stopView = screenView.subscribe(tell)
  for (const type of ['focus', 'blur'] as const) addEventListener(type, tell)
  document.addEventListener('visibilitychange', tell)
  addEventListener('pagehide', leave)
  const lock = holdLock(name)
  tell()
  return {
    isFirst: lock.isHeld,
    isSeen: chat =>
      (attentive() && screenView.get().chat === chat) ||
      (elsewhere !== null && elsewhere.chat === chat),
    close() {
      leave()
      heed(null)
      stopView()
      for (const type of ['focus', 'blur'] as const) removeEventListener(type, tell)
      document.removeEventListener('visibilitychange', tell)
      removeEventListener('pagehide', leave)
      lock.free()
      channel?.close()
    },
  }
}

/** Waits for a lock of this name and keeps it; the browser gives it on when the window goes. */
function holdLock(name: string): { isHeld(): boolean; free(): void } {
  const { locks } = navigator
  if (!locks) return { isHeld: () => true, free: () => undefined }
  let held = false
  const stop = new AbortController()
  const freed = new Promise<void>(resolve => stop.signal.addEventListener('abort', () => resolve()))
  locks
    .request(name, { signal: stop.signal }, () => {
      held = true
      return freed
    })
    .catch(() => undefined)
  return { isHeld: () => held, free: () => stop.abort() }
}
