// Messages that were found: where, by whom, when, and the words in question. More of them load at the end of the list.

import { coverSpoilers } from '#shared/protocol/cover-spoilers.ts'
import type { MessagesFound } from '../../hooks/use-message-search.ts'
import { text } from '../../locales/index.ts'
import { useChat, useMyId, useNames } from '../../state/client-context.ts'
import type { Hit } from '../../state/found-message.ts'
import { nameOf, titleOf } from '../../state/naming.ts'
import { openChatAt } from '../../state/navigation.ts'
import { toPieces } from '../../state/snippet.ts'
import { briefly, exactly } from '../../state/when.ts'
import { Avatar } from '../parts/avatar.tsx'

interface Props {
  found: MessagesFound
  /** All of one chat, whose title says nothing then. */
  inChat?: boolean
  /** Index of the hit that one is at. */
  at?: number | null
  /** Instead of merely opening its chat there. */
  onOpen?(hit: Hit): void
}

export function MessageHits({ found, inChat = false, at = null, onOpen = openHit }: Props) {
  return (
    <>
      <ul aria-busy={found.busy}>
        {found.hits.map((hit, index) => (
          <li key={`${hit.chat}:${hit.message.seq}`}>
            <HitRow hit={hit} inChat={inChat} isCurrent={index === at} onOpen={onOpen} />
          </li>
        ))}
      </ul>
      {found.more && (
        <button
          type="button"
          className="text-button more-hits"
          data-hit="more"
          disabled={found.busy}
          onClick={found.loadMore}
        >
          {text.search.more}
        </button>
      )}
    </>
  )
}

function openHit({ chat, message }: Hit): void {
  openChatAt(chat, message.seq)
}

interface RowProps {
  hit: Hit
  inChat: boolean
  isCurrent: boolean
  onOpen(hit: Hit): void
}

function HitRow({ hit, inChat, isCurrent, onOpen }: RowProps) {
  const { chat, message } = hit
  const view = useChat(chat)
  const names = useNames()
  const me = useMyId()
  const title = view ? titleOf(view) : ''
  const author = message.from === me ? text.chats.you : nameOf(names, message.from)
  const asChat = message.from === 0
  const heading = inChat && !asChat ? author : title
  return (
    <button
      type="button"
      className="hit message-hit"
      data-hit="message"
      data-testid="message-hit"
      aria-current={isCurrent ? 'true' : undefined}
      onClick={() => onOpen(hit)}
    >
      <Avatar
        id={inChat ? message.from || chat : (view?.peer?.id ?? chat)}
        name={heading}
        saved={!inChat && view?.chat.kind === 'saved'}
        small
      />
      <span className="hit-head">
        <span className="chat-title">{heading}</span>
        <time className="chat-time" title={exactly(message.at)}>
          {briefly(message.at)}
        </time>
      </span>
      <span className="hit-words">
        {!inChat && !asChat && view?.chat.kind !== 'saved' && (
          <span className="chat-author">{author}: </span>
        )}
        <Snippet hit={hit} />
      </span>
    </button>
  )
}

function Snippet({ hit: { message, snippet, marks } }: { hit: Hit }) {
  const words = coverSpoilers(message.text, message.ents)
  return toPieces(words, snippet, marks).map(piece =>
    piece.marked ? <mark key={piece.at}>{piece.text}</mark> : piece.text,
  )
}
