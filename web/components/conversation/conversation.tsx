// One chat: its header, what is pinned, its messages, what can be written or why not, and the panels over it.

import { lazy, Suspense, useEffect } from 'react'
import type { ChatView, ChatWindow } from '#client/types.ts'
import { useJump } from '../../hooks/use-jump.ts'
import { useLayer } from '../../hooks/use-layer.ts'
import { useMyId } from '../../state/client-context.ts'
import { conversationPanel, messageMenu } from '../../state/conversation-panel.ts'
import { ConversationContext, useConversationScope } from '../../state/conversation-scope.ts'
import { spot } from '../../state/navigation.ts'
import { messageAt } from '../../state/rows.ts'
import { keepSelected, selection, stopSelecting } from '../../state/selection.ts'
import { useStore } from '../../state/store.ts'
import { BottomBar } from './bars/bottom-bar.tsx'
import { HitsBar } from './bars/hits-bar.tsx'
import { PinnedBar } from './bars/pinned-bar.tsx'
import { RequestBar } from './bars/request-bar.tsx'
import { SelectionBar } from './bars/selection-bar.tsx'
import { refuseFiles } from './composer/refuse-files.ts'
import { ConversationHeader } from './conversation-header.tsx'
import { MessageList } from './messages/message-list.tsx'

const Panels = lazy(() =>
  import('./panels/panels.tsx').then(module => ({ default: module.Panels })),
)

export function Conversation({ view, window }: { view: ChatView; window: ChatWindow }) {
  const me = useMyId()
  const { id } = view.chat
  const jump = useJump(id)
  const scope = useConversationScope(view, me, jump.to)
  const isSelecting = useStore(selection, ({ chat }) => chat === id)
  useLayer(stopSelecting, isSelecting)
  useSpot(id, window, jump.to)
  useEffect(() => {
    keepSelected(id, seq => messageAt(window.messages, seq)?.deleted !== true)
  }, [id, window.messages])
  useEffect(
    () => () => {
      stopSelecting()
      messageMenu.set(null)
      conversationPanel.set(null)
    },
    [],
  )
  return (
    <ConversationContext value={scope}>
      <main
        className="conversation"
        onDragOver={event => event.dataTransfer.types.includes('Files') && event.preventDefault()}
        onDrop={event => refuseFiles(event.dataTransfer, event)}
      >
        <ConversationHeader view={view} />
        <PinnedBar view={view} window={window} />
        <HitsBar />
        <MessageList view={view} window={window} jump={jump} />
        {view.chat.me.request && <RequestBar view={view} />}
        {isSelecting ? <SelectionBar window={window} /> : <BottomBar view={view} window={window} />}
        <OpenPanel view={view} />
      </main>
    </ConversationContext>
  )
}

function OpenPanel({ view }: { view: ChatView }) {
  const isOpen = useStore(conversationPanel, panel => panel !== null)
  if (!isOpen) return null
  return (
    <Suspense>
      <Panels view={view} />
    </Suspense>
  )
}

/** Goes to the message that the chat was opened at. */
function useSpot(chat: number, { loading, messages }: ChatWindow, go: (seq: number) => void): void {
  const wanted = useStore(spot, value => (value?.chat === chat ? value.seq : null))
  const isThere = !loading || messages.length > 0
  useEffect(() => {
    if (wanted === null || !isThere) return
    spot.set(null)
    go(wanted)
  }, [wanted, isThere, go])
}
