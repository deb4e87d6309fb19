// The signed-in page: list, conversation and info beside each other, as many of them as there is room for. The conversation
// is loaded on its own, so that the list is there first, and fetched while the person looks at the list.

import { lazy, Suspense, useCallback, useEffect } from 'react'
import { useLaunch } from '../hooks/use-launch.ts'
import { useNotifications } from '../hooks/use-notifications.ts'
import { usePageKeys } from '../hooks/use-page-keys.ts'
import { useWake } from '../hooks/use-wake.ts'
import { useWatchedPeople } from '../hooks/use-watched-people.ts'
import { useWindowTitle } from '../hooks/use-window-title.ts'
import { text } from '../locales/index.ts'
import type { AppSession } from '../state/app-session.ts'
import { useClient } from '../state/client-context.ts'
import { followHistory, screenView } from '../state/navigation.ts'
import { notify } from '../state/notices.ts'
import { forgetPerson } from '../state/person.ts'
import { ask } from '../state/questions.ts'
import { useStore } from '../state/store.ts'
import { ChatList } from './chats/chat-list.tsx'
import { ConnectionBanner } from './connection-banner.tsx'
import { Dialogs } from './dialogs/dialogs.tsx'
import { EmptyPane } from './empty-pane.tsx'
import { Overlays } from './overlays.tsx'
import { ConversationSkeleton } from './parts/conversation-skeleton.tsx'
import { CrashGuard } from './parts/crash-guard.tsx'
import { SkipLink } from './parts/skip-link.tsx'

const loadConversation = async () => {
  const module = await import('./conversation/conversation-pane.tsx')
  return { default: module.ConversationPane }
}
const ConversationPane = lazy(loadConversation)

export function Shell({ session }: { session: AppSession }) {
  const chat = useStore(screenView, state => state.chat)
  useWindowTitle()
  useNotifications()
  useLaunch()
  useWatchedPeople()
  useWake()
  usePageKeys()
  useEffect(followHistory, [])
  useEffect(prefetch, [])
  const client = useClient()
  const leave = useCallback(
    (unsent: 'forgotten' | 'kept') => {
      forgetPerson(client.getSnapshot().me?.id ?? 0)
      session.signOut(unsent).catch(notify)
    },
    [client, session],
  )
  const signOut = useCallback(() => {
    const { pending } = client.getSnapshot()
    if (pending === 0) leave('forgotten')
    else askSignOut(pending, () => leave('forgotten'))
  }, [client, leave])
  return (
    <div className={chat === null ? 'shell' : 'shell in-chat'}>
      <SkipLink />
      <aside className="side">
        <CrashGuard>
          <ChatList onSignOut={signOut} />
        </CrashGuard>
        <ConnectionBanner onSignIn={() => leave('kept')} />
      </aside>
      {chat === null ? (
        <EmptyPane />
      ) : (
        <CrashGuard key={chat}>
          <Suspense fallback={<ConversationSkeleton />}>
            <ConversationPane chat={chat} />
          </Suspense>
        </CrashGuard>
      )}
      <CrashGuard>
        <Dialogs />
        <Overlays />
      </CrashGuard>
    </div>
  )
}

/** What was written and never sent goes with whoever signs out. */
function askSignOut(pending: number, leave: () => void): void {
  ask({
    title: text.chats.signOut,
    sentence: text.chats.signOutSure(pending),
    button: text.chats.signOut,
    run: async () => leave(),
  })
}

/** What the next press needs, as soon as there is nothing else to do. A failure shows when it is pressed. */
function prefetch(): () => void {
  const load = () => void loadConversation().catch(() => {})
  if (typeof requestIdleCallback !== 'function') {
    const timer = setTimeout(load, 500)
    return () => clearTimeout(timer)
  }
  const handle = requestIdleCallback(load, { timeout: 2_000 })
  return () => cancelIdleCallback(handle)
}
