// Search for messages of one chat, beside it.

import { type KeyboardEvent, useEffect } from 'react'
import { useArrowFocus } from '../../hooks/use-arrow-focus.ts'
import { useChatSearch } from '../../hooks/use-chat-search.ts'
import { text } from '../../locales/index.ts'
import { foundMessage } from '../../state/found-message.ts'
import { coversConversation } from '../../state/navigation.ts'
import { ErrorLine } from '../parts/error-line.tsx'
import { Skeleton } from '../parts/skeleton.tsx'
import { HitSteps } from '../search/hit-steps.tsx'
import { MessageHits } from '../search/message-hits.tsx'
import { SearchFilters } from '../search/search-filters.tsx'
import '../../styles/search.css'

export function ChatSearch() {
  const search = useChatSearch()
  const { query, filters, found, at, end } = search
  const onArrow = useArrowFocus('[data-hit]', '[data-testid=chat-search]')
  const words = query.trim()
  const settled = found.done && !found.busy
  useEffect(
    () => () => {
      // On a phone the message that was gone to stands behind this page.
      if (!coversConversation() || foundMessage.get() === null) end()
    },
    [end],
  )
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === 'ArrowDown') {
      document.querySelector<HTMLElement>('.info-search [data-hit]')?.focus()
    } else if (event.key !== 'Enter' || event.nativeEvent.isComposing) return
    else if (event.shiftKey) search.toNewer()
    else search.toOlder()
    event.preventDefault()
  }
  return (
    <search className="info-search" onKeyDown={onArrow}>
      <div className="hit-steps">
        <input
          className="search-input"
          type="search"
          data-testid="chat-search"
          aria-label={text.search.inChat}
          placeholder={text.search.inChat}
          autoComplete="off"
          enterKeyHint="search"
          // biome-ignore lint/a11y/noAutofocus: this page was opened to type into it.
          autoFocus
          value={query}
          onChange={event => search.setQuery(event.target.value)}
          onKeyDown={onKeyDown}
        />
        {words !== '' && <HitSteps />}
      </div>
      <SearchFilters filters={filters} onFilters={search.setFilters} />
      <p className="hint" role="status" data-testid="chat-found">
        {words !== '' && settled && found.error === null && text.search.found(found.hits.length)}
      </p>
      <ErrorLine error={found.error} />
      {words !== '' && !settled && found.hits.length === 0 && found.error === null && (
        <Skeleton rows={4} />
      )}
      <MessageHits found={found} inChat at={at} onOpen={search.goTo} />
    </search>
  )
}
