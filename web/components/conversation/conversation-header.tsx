// Who or what this chat is, and whether they are there.

import type { ChatView } from '#client/types.ts'
import { text } from '../../locales/index.ts'
import { openInfo, toggleInfo } from '../../state/info-view.ts'
import { titleOf } from '../../state/naming.ts'
import { closeChat } from '../../state/navigation.ts'
import { Avatar } from '../parts/avatar.tsx'
import { IconButton } from '../parts/icon-button.tsx'
import { TypingLine } from '../parts/typing-line.tsx'
import { GroupCount } from '../people/group-count.tsx'
import { PresenceOf } from '../people/presence-words.tsx'

export function ConversationHeader({ view }: { view: ChatView }) {
  const { chat } = view
  const title = titleOf(view)
  return (
    <header className="conversation-head">
      <IconButton icon="back" label={text.back} className="only-phone" onClick={closeChat} />
      <div className="conversation-who">
        <Avatar
          id={view.peer?.id ?? chat.id}
          name={title}
          saved={chat.kind === 'saved'}
          online={view.peerOnline}
        />
        <div className="conversation-names">
          <h2 className="conversation-title">
            {/* As large as all of it is. */}
            <button
              type="button"
              title={text.conversation.info}
              data-testid="conversation-title"
              onClick={toggleInfo}
            >
              {title}
            </button>
          </h2>
          <p className="conversation-status" data-testid="status">
            {view.typing.length > 0 ? <TypingLine view={view} /> : <Status view={view} />}
          </p>
        </div>
      </div>
      <IconButton
        icon="search"
        label={text.search.inChat}
        data-testid="search-chat"
        onClick={() => openInfo({ page: 'search' })}
      />
      <IconButton
        icon="info"
        label={text.conversation.info}
        data-testid="chat-info"
        onClick={toggleInfo}
      />
    </header>
  )
}

function Status({ view: { chat, peer } }: { view: ChatView }) {
  switch (chat.kind) {
    case 'saved':
      return text.conversation.onlyYou
    case 'group':
      return <GroupCount chat={chat} />
    case 'channel':
      return text.conversation.subscribers(chat.members)
    case 'direct':
      if (peer?.deleted) return text.chats.unnamed
      return peer ? <PresenceOf user={peer.id} otherwise={text.conversation.offline} /> : null
    default:
      return chat.kind satisfies never
  }
}
