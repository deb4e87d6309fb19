// The message replied to, shortened, or the part of it that the answer is about; pressing it goes there.

import { useEffect } from 'react'
import type { MessageView } from '#client/types.ts'
import { coverSpoilers } from '#shared/protocol/cover-spoilers.ts'
import type { Seq } from '#shared/protocol/ids.ts'
import { text } from '../../../locales/index.ts'
import { useClient, useSnapshot } from '../../../state/client-context.ts'
import { useConversation } from '../../../state/conversation-scope.ts'
import { nameOf, nameOfUser } from '../../../state/naming.ts'
import { originalKey, originals, wantOriginal } from '../../../state/originals.ts'
import { messageAt } from '../../../state/rows.ts'
import { useStore } from '../../../state/store.ts'
import { Icon } from '../../parts/icon.tsx'

const shownChars = 200

interface Props {
  message: MessageView
  reply: Seq
}

export function ReplyQuote({ message, reply }: Props) {
  const { go } = useConversation()
  const { author, words } = useOriginal(reply)
  const { quote } = message
  const shown = quote ? coverSpoilers(quote.text, quote.ents) : words
  return (
    <button
      type="button"
      className={quote ? 'quote-button with-quote' : 'quote-button'}
      title={text.conversation.goToOriginal}
      onClick={() => go(reply, message.seq)}
    >
      <strong>{author}</strong>
      <span>{shown.slice(0, shownChars)}</span>
      {quote && <Icon name="quote" />}
    </button>
  )
}

/** Who wrote it and what, loaded or not. */
function useOriginal(seq: Seq): { author: string; words: string } {
  const client = useClient()
  const { me, chat } = useConversation()
  const loaded = useSnapshot(({ windows }) => messageAt(windows.get(chat.id)?.messages ?? [], seq))
  const read = useStore(originals, all => all.get(originalKey(chat.id, seq)))
  const name = useSnapshot(names => {
    if (loaded) return nameOf(names, loaded.from)
    return read ? nameOfUser(names, { id: read.from, name: read.name }) : ''
  })
  const isMissing = loaded === undefined && read === undefined
  useEffect(() => {
    if (isMissing) wantOriginal(client, chat.id, seq)
  }, [client, chat.id, seq, isMissing])
  const found = loaded ?? read
  if (!found) {
    const words = read === null ? text.message.deleted : text.conversation.goToOriginal
    return { author: text.conversation.original, words }
  }
  return {
    author: (found.from === me ? text.chats.you : name) || text.conversation.original,
    words: found.deleted
      ? text.message.deleted
      : coverSpoilers(found.text, found.ents) || text.conversation.goToOriginal,
  }
}
