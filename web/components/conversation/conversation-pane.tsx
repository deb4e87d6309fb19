// The right side: the open chat with its info panel, or an invitation to choose one.

import { useEffect } from 'react'
import type { PetrelClient } from '#client/index.ts'
import type { ChatId } from '#shared/protocol/ids.ts'
import { text } from '../../locales/index.ts'
import { useChat, useChatWindow, useClient, useSnapshot } from '../../state/client-context.ts'
import { closeChat, screenView, spot } from '../../state/navigation.ts'
import { notifyUnlessOffline } from '../../state/notices.ts'
import { messageAt } from '../../state/rows.ts'
import { useStore } from '../../state/store.ts'
import { ChatInfo } from '../info/chat-info.tsx'
import { Bird } from '../parts/bird.tsx'
import { ChatSearchScope } from './chat-search-scope.tsx'
import { Conversation } from './conversation.tsx'

/** So many unread messages are surely on the newest page. */
const unreadShownMax = 40

export function ConversationPane({ chat }: { chat: ChatId | null }) {
  if (chat === null) return <EmptyPane sentence={text.conversation.pick} />
  return <OpenChat key={chat} id={chat} />
}

function OpenChat({ id }: { id: ChatId }) {
  const client = useClient()
  const chat = useChat(id)
  const window = useChatWindow(id)
  const online = useSnapshot(({ connection }) => connection.state === 'online')
  const info = useStore(screenView, state => state.info !== null)
  const known = chat !== undefined
  useEffect(() => {
    if (!known) return
    let left = false
    toFirstUnread(client, id)
      .then(() => (left ? undefined : client.open(id)))
      .catch(failure => {
        if (!left) notifyUnlessOffline(failure)
      })
    return () => {
      left = true
      client.close(id)
    }
  }, [client, id, known])
  if (!chat) return <EmptyPane sentence={online ? text.conversation.gone : text.loading} leave />
  return (
    <ChatSearchScope chat={id}>
      <div className={info ? 'pane with-info' : 'pane'}>
        <Conversation view={chat} window={window ?? emptyWindow(id)} />
        {info && <ChatInfo view={chat} />}
      </div>
    </ChatSearchScope>
  )
}

/** Where the unread messages begin, or where the chat is to be opened, is loaded first; what cannot be is not waited for. */
async function toFirstUnread(client: PetrelClient, id: ChatId): Promise<void> {
  const { chats, requests, windows, connection, me } = client.getSnapshot()
  const found = [...chats, ...requests].find(each => each.chat.id === id)
  const wanted = spot.get()?.chat === id ? spot.get()?.seq : undefined
  // Whose own message is the last one was at the end with another device, whose read mark may still be on its way.
  const isRead = found?.last?.from === me?.id || (found?.unread ?? 0) <= unreadShownMax
  const begin = isRead ? undefined : found?.firstUnread
  const seq = wanted ?? begin
  if (seq === undefined || connection.state !== 'online') return
  if (messageAt(windows.get(id)?.messages ?? [], seq)) return
  await client.jumpTo(id, seq).catch(() => {})
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
