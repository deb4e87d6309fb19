// Holds the search within the open chat for its page of the panel and for the conversation.

import type { ReactNode } from 'react'
import type { ChatId } from '#shared/protocol/ids.ts'
import { ChatSearchContext, useChatSearchScope } from '../../hooks/use-chat-search.ts'

export function ChatSearchScope({ chat, children }: { chat: ChatId; children: ReactNode }) {
  return <ChatSearchContext value={useChatSearchScope(chat)}>{children}</ChatSearchContext>
}
