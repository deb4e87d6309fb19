// The end of the panel's first page: clearing the history, reporting, leaving.

import type { ChatView } from '#client/types.ts'
import { isRoom } from '#shared/protocol/permissions.ts'
import { text } from '../../locales/index.ts'
import { useClient } from '../../state/client-context.ts'
import { openDialog } from '../../state/navigation.ts'
import { askClear, askLeave } from '../chats/chat-menu.ts'

export function LeaveChat({ view }: { view: ChatView }) {
  const client = useClient()
  const { chat } = view
  return (
    <section className="info-card acts">
      <button
        type="button"
        className="text-button"
        data-testid="clear-history"
        onClick={() => askClear(client, view)}
      >
        {text.chats.menu.clear}
      </button>
      {isRoom(chat.kind) && (
        <>
          <button
            type="button"
            className="text-button danger"
            onClick={() => openDialog({ kind: 'report', chat: chat.id })}
          >
            {text.chats.menu.report}
          </button>
          <button
            type="button"
            className="text-button danger"
            data-testid="leave"
            onClick={() => askLeave(client, view)}
          >
            {text.info.leave}
          </button>
        </>
      )}
    </section>
  )
}
