// All pinned messages of a chat, newest first; each leads to its place, and may be unpinned by who may pin.

import { useCallback } from 'react'
import type { Message } from '#client/types.ts'
import { coverSpoilers } from '#shared/protocol/cover-spoilers.ts'
import type { ChatId, Seq } from '#shared/protocol/ids.ts'
import { usePages } from '../../../hooks/use-pages.ts'
import { text } from '../../../locales/index.ts'
import { useClient, useNames } from '../../../state/client-context.ts'
import { closePanel } from '../../../state/conversation-panel.ts'
import { useConversation } from '../../../state/conversation-scope.ts'
import { may } from '../../../state/message-rights.ts'
import { nameOf } from '../../../state/naming.ts'
import { notify } from '../../../state/notices.ts'
import { dayOf } from '../../../state/when.ts'
import { IconButton } from '../../parts/icon-button.tsx'
import { Modal } from '../../parts/modal.tsx'
import { ListRest } from './list-rest.tsx'

export function PinsPanel({ chat }: { chat: ChatId }) {
  const client = useClient()
  const read = useCallback(
    async (before: Seq | undefined) => {
      const page = await client.pins(chat, before)
      return { items: page.messages, next: page.next }
    },
    [client, chat],
  )
  const pages = usePages(read)
  return (
    <Modal title={text.panels.pins} onClose={closePanel}>
      <ul className="choose-list" data-testid="pins">
        {pages.items.map(message => (
          <Pin key={message.seq} message={message} />
        ))}
      </ul>
      <ListRest pages={pages} empty={text.panels.noPins} />
    </Modal>
  )
}

function Pin({ message }: { message: Message }) {
  const client = useClient()
  const names = useNames()
  const { chat, go } = useConversation()
  const { seq, from, at } = message
  return (
    <li className="pin-line">
      <button
        type="button"
        className="choice"
        onClick={() => {
          closePanel()
          go(seq)
        }}
      >
        <span className="pin-words">
          <span className="muted">
            {from !== 0 && `${nameOf(names, from)}, `}
            {dayOf(at)}
          </span>
          <span>{coverSpoilers(message.text, message.ents).slice(0, 300)}</span>
        </span>
      </button>
      {may(chat, 'pin') && (
        <IconButton
          icon="close"
          label={text.message.unpin}
          onClick={() => {
            client.unpin(chat.id, seq).catch(notify)
            closePanel()
          }}
        />
      )}
    </li>
  )
}
