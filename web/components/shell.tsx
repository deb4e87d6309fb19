// The signed-in page: list on the left, conversation on the right, one of them on a phone.

import { useCallback, useEffect } from 'react'
import { useWake } from '../hooks/use-wake.ts'
import { useWatchedPeople } from '../hooks/use-watched-people.ts'
import { useWindowTitle } from '../hooks/use-window-title.ts'
import type { AppSession } from '../state/app-session.ts'
import { resetDrafts } from '../state/drafts.ts'
import { notify } from '../state/notices.ts'
import { useStore } from '../state/store.ts'
import { followHistory, resetView, view } from '../state/view.ts'
import { ChatList } from './chats/chat-list.tsx'
import { ConnectionBanner } from './connection-banner.tsx'
import { ConversationPane } from './conversation/conversation-pane.tsx'
import { Dialogs } from './dialogs/dialogs.tsx'

export function Shell({ session }: { session: AppSession }) {
  const chat = useStore(view, state => state.chat)
  useWindowTitle()
  useWatchedPeople()
  useWake()
  useEffect(followHistory, [])
  const signOut = useCallback(() => {
    resetView()
    resetDrafts()
    session.signOut().catch(notify)
  }, [session])
  return (
    <div className={chat === null ? 'shell' : 'shell in-chat'}>
      <aside className="side">
        <ChatList onSignOut={signOut} />
        <ConnectionBanner onSignIn={signOut} />
      </aside>
      <ConversationPane chat={chat} />
      <Dialogs />
    </div>
  )
}
