// Chats of the list, chosen by hand: chips to remove them, a field to find more.

import { useState } from 'react'
import type { ChatId } from '#shared/protocol/ids.ts'
import { text } from '../../locales/index.ts'
import { useSnapshot } from '../../state/client-context.ts'
import { titleOf } from '../../state/naming.ts'
import { Avatar } from '../parts/avatar.tsx'
import { Field } from '../parts/field.tsx'
import { Icon } from '../parts/icon.tsx'

const shownMax = 30

interface Props {
  label: string
  chats: readonly ChatId[]
  onChats(chats: ChatId[]): void
}

export function ChatChips({ label, chats, onChats }: Props) {
  const known = useSnapshot(snapshot => snapshot.chats)
  const [adding, setAdding] = useState(false)
  const titles = new Map(known.map(view => [view.chat.id, titleOf(view)]))
  return (
    <section className="exceptions" aria-label={label}>
      <h4>{label}</h4>
      <ul className="chips">
        {chats.map(chat => {
          const title = titles.get(chat) ?? text.conversation.gone
          return (
            <li key={chat}>
              <button
                type="button"
                className="chip chosen"
                aria-label={text.settings.folders.drop(title)}
                onClick={() => onChats(chats.filter(other => other !== chat))}
              >
                {title} <Icon name="close" />
              </button>
            </li>
          )
        })}
        <li>
          <button
            type="button"
            className="chip"
            aria-label={`${text.settings.folders.addChats}: ${label}`}
            aria-expanded={adding}
            onClick={() => setAdding(!adding)}
          >
            {adding ? text.settings.privacy.done : text.settings.folders.addChats}{' '}
            <Icon name={adding ? 'check' : 'plus'} />
          </button>
        </li>
      </ul>
      {adding && <ChatFinder without={chats} onPick={chat => onChats([...chats, chat])} />}
    </section>
  )
}

function ChatFinder({
  without,
  onPick,
}: {
  without: readonly ChatId[]
  onPick(chat: ChatId): void
}) {
  const known = useSnapshot(snapshot => snapshot.chats)
  const [query, setQuery] = useState('')
  const words = query.trim().toLocaleLowerCase()
  const found = known
    .filter(({ chat }) => !without.includes(chat.id))
    .filter(view => titleOf(view).toLocaleLowerCase().includes(words))
    .slice(0, shownMax)
  return (
    <div className="people-search">
      <Field
        label={text.settings.folders.find}
        type="search"
        autoComplete="off"
        autoFocus
        value={query}
        onValue={setQuery}
      />
      {found.length === 0 && <p className="muted">{text.settings.folders.nothingFound}</p>}
      <ul className="people">
        {found.map(view => (
          <li key={view.chat.id}>
            <button
              type="button"
              className="person person-button"
              data-testid="pick-chat"
              onClick={() => onPick(view.chat.id)}
            >
              <Avatar
                id={view.peer?.id ?? view.chat.id}
                name={titleOf(view)}
                saved={view.chat.kind === 'saved'}
                small
              />
              <span className="person-name">{titleOf(view)}</span>
            </button>
          </li>
        ))}
      </ul>
    </div>
  )
}
