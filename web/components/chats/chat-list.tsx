// The chats of the signed-in person, latest activity first; before them those of strangers who wait for an answer.

import { text } from '../../locales/index.ts'
import { useClient, useSnapshot } from '../../state/client-context.ts'
import { notifyUnlessOffline } from '../../state/notices.ts'
import { useStore } from '../../state/store.ts'
import { view } from '../../state/view.ts'
import { ChatRow } from './chat-row.tsx'
import { ListHeader } from './list-header.tsx'

export function ChatList({ onSignOut }: { onSignOut(): void }) {
  const client = useClient()
  const requests = useSnapshot(snapshot => snapshot.requests)
  const known = useSnapshot(snapshot => snapshot.chats)
  const chats = [...requests, ...known]
  const syncing = useSnapshot(({ connection }) => connection.state !== 'online')
  const open = useStore(view, state => state.chat)
  const more = useSnapshot(snapshot => snapshot.moreChats)
  const loadMore = () => void client.loadMoreChats().catch(notifyUnlessOffline)
  const onScroll = (event: { currentTarget: HTMLElement }) => {
    const { scrollHeight, scrollTop, clientHeight } = event.currentTarget
    if (more && scrollHeight - scrollTop - clientHeight < clientHeight) loadMore()
  }
  return (
    <>
      <ListHeader onSignOut={onSignOut} />
      <nav className="chats" aria-label={text.chats.label} onScroll={onScroll}>
        {chats.length === 0 && (
          <p className="muted empty">{syncing ? text.loading : text.chats.empty}</p>
        )}
        <ul>
          {chats.map(chat => (
            <li key={chat.chat.id}>
              <ChatRow view={chat} open={chat.chat.id === open} />
            </li>
          ))}
        </ul>
        {more && (
          <button type="button" className="text-button" onClick={loadMore}>
            {text.chats.more}
          </button>
        )}
      </nav>
    </>
  )
}
