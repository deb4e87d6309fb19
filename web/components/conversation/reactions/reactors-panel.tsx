// Who reacted to a message, with all emojis or with one of them, page by page.

import { useCallback, useState } from 'react'
import type { ChatId, Seq } from '#shared/protocol/ids.ts'
import type { Reactor } from '#shared/protocol/models.ts'
import { usePages } from '../../../hooks/use-pages.ts'
import { text } from '../../../locales/index.ts'
import { useClient, useSnapshot } from '../../../state/client-context.ts'
import { closePanel } from '../../../state/conversation-panel.ts'
import { messageAt } from '../../../state/rows.ts'
import { Modal } from '../../parts/modal.tsx'
import { ListRest } from '../panels/list-rest.tsx'
import { PersonLine } from '../panels/person-line.tsx'

interface Props {
  chat: ChatId
  seq: Seq
  emoji: string | undefined
}

export function ReactorsPanel({ chat, seq, emoji }: Props) {
  const client = useClient()
  const [chosen, setChosen] = useState(emoji)
  const reacts = useSnapshot(
    ({ windows }) => messageAt(windows.get(chat)?.messages ?? [], seq)?.reacts,
  )
  const read = useCallback(
    async (after: Reactor | undefined) => {
      const page = await client.reactors(chat, seq, {
        ...(chosen !== undefined && { emoji: chosen }),
        ...(after && { after }),
      })
      return { items: page.reactors, next: page.next }
    },
    [client, chat, seq, chosen],
  )
  const pages = usePages(read)
  return (
    <Modal title={text.panels.reactors} onClose={closePanel}>
      <div className="reactor-tabs" role="toolbar" aria-label={text.message.reactions}>
        <Tab isChosen={chosen === undefined} onPress={() => setChosen(undefined)}>
          {text.panels.all}
        </Tab>
        {reacts?.map(({ e, n }) => (
          <Tab key={e} isChosen={chosen === e} onPress={() => setChosen(e)}>
            {`${e} ${n}`}
          </Tab>
        ))}
      </div>
      <ul className="choose-list" data-testid="reactors">
        {pages.items.map(({ user, e }) => (
          <PersonLine key={`${user} ${e}`} user={user}>
            {e}
          </PersonLine>
        ))}
      </ul>
      <ListRest pages={pages} empty="" />
    </Modal>
  )
}

interface TabProps {
  isChosen: boolean
  onPress(): void
  children: string
}

function Tab({ isChosen, onPress, children }: TabProps) {
  return (
    <button type="button" className="reaction" aria-pressed={isChosen} onClick={onPress}>
      {children}
    </button>
  )
}
