// Who has read one's own message, and when where they show it.

import { useCallback } from 'react'
import type { ChatId, Seq } from '#shared/protocol/ids.ts'
import { usePages } from '../../../hooks/use-pages.ts'
import { text } from '../../../locales/index.ts'
import { useClient } from '../../../state/client-context.ts'
import { closePanel } from '../../../state/conversation-panel.ts'
import { lately } from '../../../state/when.ts'
import { Modal } from '../../parts/modal.tsx'
import { ListRest } from './list-rest.tsx'
import { PersonLine } from './person-line.tsx'

export function ReadersPanel({ chat, seq }: { chat: ChatId; seq: Seq }) {
  const client = useClient()
  const read = useCallback(
    async () => ({ items: (await client.readBy(chat, seq)).toReversed() }),
    [client, chat, seq],
  )
  const pages = usePages(read)
  return (
    <Modal title={text.panels.readers} onClose={closePanel}>
      <ul className="choose-list" data-testid="readers">
        {pages.items.map(({ user, at }) => (
          <PersonLine key={user} user={user}>
            {at !== undefined && text.panels.readAt(lately(at))}
          </PersonLine>
        ))}
      </ul>
      <ListRest pages={pages} empty={text.panels.noReaders} />
    </Modal>
  )
}
