// The title of the browser window: unread messages over all chats, then the name of the product.

import { useEffect } from 'react'
import { text } from '../locales/index.ts'
import { useSnapshot } from '../state/client-context.ts'

export function useWindowTitle(): void {
  const unread = useSnapshot(({ chats }) => chats.reduce((sum, view) => sum + view.unread, 0))
  useEffect(() => {
    document.title = unread > 0 ? `(${unread}) ${text.app}` : text.app
    return () => {
      document.title = text.app
    }
  }, [unread])
}
