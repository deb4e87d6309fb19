// What shows from outside of the window: its title, its icon and the mark on the installed app tell the unread messages of
// the chats that are not muted.

import { useEffect } from 'react'
import { text } from '../locales/index.ts'
import { useSnapshot } from '../state/client-context.ts'
import { unreadOf } from '../state/news.ts'

export function useWindowTitle(): void {
  const unread = useSnapshot(({ chats }) => unreadOf(chats, Date.now()))
  useEffect(() => {
    show(unread)
    return () => show(0)
  }, [unread])
}

function show(unread: number): void {
  document.title = unread > 0 ? `(${unread}) ${text.app}` : text.app
  const icon = document.querySelector<HTMLLinkElement>('link[rel=icon]')
  if (icon) icon.href = unread > 0 ? '/icon-unread.svg' : '/icon.svg'
  // Refused where the app is not installed.
  void navigator.setAppBadge?.(unread).catch(() => undefined)
}
