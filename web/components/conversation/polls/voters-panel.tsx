// Who chose an option of a public poll, page by page.

import { useCallback } from 'react'
import type { ChatId, Seq } from '#shared/protocol/ids.ts'
import type { Voter } from '#shared/protocol/models.ts'
import { usePages } from '../../../hooks/use-pages.ts'
import { text } from '../../../locales/index.ts'
import { useClient, useSnapshot } from '../../../state/client-context.ts'
import { closePanel } from '../../../state/conversation-panel.ts'
import { messageAt } from '../../../state/rows.ts'
import { lately } from '../../../state/when.ts'
import { Modal } from '../../parts/modal.tsx'
import { ListRest } from '../panels/list-rest.tsx'
import { PersonLine } from '../panels/person-line.tsx'

export function VotersPanel({ chat, seq, option }: { chat: ChatId; seq: Seq; option: number }) {
  const client = useClient()
  const poll = useSnapshot(({ windows }) => messageAt(windows.get(chat)?.messages ?? [], seq)?.poll)
  const read = useCallback(
    async (after: Voter | undefined) => {
      const page = await client.polls.voters(chat, seq, option, after ? { after } : {})
      return { items: page.voters, next: page.next }
    },
    [client, chat, seq, option],
  )
  const pages = usePages(read)
  return (
    <Modal title={text.polls.votersOf(poll?.options[option] ?? '')} onClose={closePanel}>
      <ul className="choose-list" data-testid="voters">
        {pages.items.map(({ user, at }) => (
          <PersonLine key={user} user={user}>
            {lately(at)}
          </PersonLine>
        ))}
      </ul>
      <ListRest pages={pages} empty={text.polls.voters(0)} />
    </Modal>
  )
}
