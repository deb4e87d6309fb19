// The links that were shared in a chat, newest first, or those found by words.

import { useMemo, useState } from 'react'
import type { ChatId } from '#shared/protocol/ids.ts'
import { useArrowFocus } from '../../hooks/use-arrow-focus.ts'
import { useMessageSearch } from '../../hooks/use-message-search.ts'
import { text } from '../../locales/index.ts'
import { ErrorLine } from '../parts/error-line.tsx'
import { Skeleton } from '../parts/skeleton.tsx'
import { MessageHits } from '../search/message-hits.tsx'
import '../../styles/search.css'

/** What nearly every link holds: the server searches by words, and has no list of messages with links. */
const anyLink = 'http'

export function SharedLinks({ chat }: { chat: ChatId }) {
  const [query, setQuery] = useState('')
  const options = useMemo(() => ({ kinds: ['link' as const], chat }), [chat])
  const found = useMessageSearch(query.trim() === '' ? anyLink : query, options)
  const onKeyDown = useArrowFocus('[data-hit]', '[data-testid=link-search]')
  const settled = found.done && !found.busy
  return (
    <search className="info-search" onKeyDown={onKeyDown}>
      <input
        className="search-input"
        type="search"
        data-testid="link-search"
        aria-label={text.search.findLinks}
        placeholder={text.search.findLinks}
        autoComplete="off"
        value={query}
        onChange={event => setQuery(event.target.value)}
      />
      <p className="sr-only" role="status">
        {settled && text.search.found(found.hits.length)}
      </p>
      <ErrorLine error={found.error} />
      {!settled && found.hits.length === 0 && found.error === null && <Skeleton rows={4} />}
      {settled && found.hits.length === 0 && <p className="muted empty">{text.search.noLinks}</p>}
      <MessageHits found={found} inChat />
    </search>
  )
}
