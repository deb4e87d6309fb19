// The right side: the open chat with its info panel, or an invitation to choose one.

import { useEffect } from 'react'
import type { ChatId } from '#shared/protocol/ids.ts'
import { text } from '../../locales/index.ts'
import { useChat, useChatWindow, useClient, useSnapshot } from '../../state/client-context.ts'
import { notifyUnlessOffline } from '../../state/notices.ts'
import { useStore } from '../../state/store.ts'
import { closeChat, view } from '../../state/view.ts'
import { ChatInfo } from '../info/chat-info.tsx'
import { Bird } from '../parts/bird.tsx'
import { Conversation } from './conversation.tsx'

export function ConversationPane({ chat }: { chat: ChatId | null }) {
  if (chat === null) return <EmptyPane sentence={text.talk.pick} />
  return <OpenChat key={chat} id={chat} />
}

function OpenChat({ id }: { id: ChatId }) {
  const client = useClient()
  const chat = useChat(id)
  const window = useChatWindow(id)
  const online = useSnapshot(({ connection }) => connection.state === 'online')
  const info = useStore(view, state => state.info)
  const known = chat !== undefined
  useEffect(() => {
    if (!known) return
    client.open(id).catch(notifyUnlessOffline)
    return () => client.close(id)
  }, [client, id, known])
  if (!chat) return <EmptyPane sentence={online ? text.talk.gone : text.loading} leave />
  return (
    <div className={info ? 'pane with-info' : 'pane'}>
      <Conversation view={chat} window={window ?? emptyWindow(id)} />
      {info && <ChatInfo view={chat} />}
    </div>
  )
}

function EmptyPane({ sentence, leave = false }: { sentence: string; leave?: boolean }) {
  return (
    <main className="pane empty-pane">
      <Bird />
      <p className="muted">{sentence}</p>
      {leave && (
        <button type="button" className="text-button" onClick={closeChat}>
          {text.back}
        </button>
      )}
    </main>
  )
}

function emptyWindow(chat: ChatId) {
  return { chat, messages: [], moreBefore: false, moreAfter: false, loading: true }
}
