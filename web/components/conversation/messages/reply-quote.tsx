// The message replied to, shortened, or the part of it that the answer is about; pressing it goes there.

import { useEffect } from 'react'
import type { MessageView } from '#client/types.ts'
import { coverSpoilers } from '#shared/protocol/cover-spoilers.ts'
import type { Seq } from '#shared/protocol/ids.ts'
import { text } from '../../../locales/index.ts'
import { useClient, useSnapshot } from '../../../state/client-context.ts'
import { nameOf, nameOfUser } from '../../../state/naming.ts'
import { originalKey, originals, wantOriginal } from '../../../state/originals.ts'
import { messageAt } from '../../../state/rows.ts'
import { useStore } from '../../../state/store.ts'
import { useTalk } from '../../../state/talk-scope.ts'
import { Icon } from '../../parts/icon.tsx'

const shownChars = 200

interface Props {
  message: MessageView
  reply: Seq
}

export function ReplyQuote({ message, reply }: Props) {
  const { go } = useTalk()
  const { author, words } = useOriginal(reply)
  const { quote } = message
  const shown = quote ? coverSpoilers(quote.text, quote.ents) : words
  return (
    <button
      type="button"
      className={quote ? 'quote-button with-quote' : 'quote-button'}
      title={text.talk.goToOriginal}
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
  const { me, place } = useTalk()
  const loaded = useSnapshot(({ windows }) => messageAt(windows.get(place.id)?.messages ?? [], seq))
  const read = useStore(originals, all => all.get(originalKey(place.id, seq)))
  const name = useSnapshot(names => {
    if (loaded) return nameOf(names, loaded.from)
    return read ? nameOfUser(names, { id: read.from, name: read.name }) : ''
  })
  const isMissing = loaded === undefined && read === undefined
  useEffect(() => {
    if (isMissing) wantOriginal(client, place.id, seq)
  }, [client, place.id, seq, isMissing])
  const found = loaded ?? read
  if (!found) {
    const words = read === null ? text.message.deleted : text.talk.goToOriginal
    return { author: text.talk.original, words }
  }
  return {
    author: (found.from === me ? text.chats.you : name) || text.talk.original,
    words: found.deleted
      ? text.message.deleted
      : coverSpoilers(found.text, found.ents) || text.talk.goToOriginal,
  }
}
