// The shortcuts of the installed app (public/manifest.webmanifest): what the page was opened to do, once.

import { useEffect } from 'react'
import { useClient } from '../state/client-context.ts'
import { openChat, openDialog } from '../state/navigation.ts'
import { notify } from '../state/notices.ts'

export function useLaunch(): void {
  const client = useClient()
  useEffect(() => {
    const wanted = new URLSearchParams(location.search).get('do')
    if (wanted === null) return
    history.replaceState(history.state, '', `/${location.hash}`)
    if (wanted === 'new') openDialog({ kind: 'direct' })
    if (wanted === 'saved') client.saved().then(chat => openChat(chat.id), notify)
  }, [client])
}
