// Messages that were found: where, by whom, when, and the words in question. More of them load at the end of the list.

import type { SearchPage } from '#client/types.ts'
import { coverSpoilers } from '#shared/protocol/cover-spoilers.ts'
import type { MessagesFound } from '../../hooks/use-message-search.ts'
import { text } from '../../locales/index.ts'
import { useChat, useMyId, useNames } from '../../state/client-context.ts'
import { nameOf, titleOf } from '../../state/naming.ts'
import { toPieces } from '../../state/snippet.ts'
import { openChatAt } from '../../state/view.ts'
import { briefly, exactly } from '../../state/when.ts'
import { Avatar } from '../parts/avatar.tsx'

type Hit = SearchPage['hits'][number]

interface Props {
  found: MessagesFound
  /** All of one chat, whose title says nothing then. */
  inChat?: boolean
}

export function MessageHits({ found, inChat = false }: Props) {
  return (
    <>
      <ul aria-busy={found.busy}>
        {found.hits.map(hit => (
          <li key={`${hit.chat}:${hit.message.seq}`}>
            <HitRow hit={hit} inChat={inChat} />
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

function HitRow({ hit, inChat }: { hit: Hit; inChat: boolean }) {
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
      onClick={() => openChatAt(chat, message.seq)}
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
