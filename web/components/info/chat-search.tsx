// Search for messages of one chat, beside it.

import { useMemo, useState } from 'react'
import type { ChatId } from '#shared/protocol/ids.ts'
import { useArrowFocus } from '../../hooks/use-arrow-focus.ts'
import { useMessageSearch } from '../../hooks/use-message-search.ts'
import { text } from '../../locales/index.ts'
import { ErrorLine } from '../parts/error-line.tsx'
import { Skeleton } from '../parts/skeleton.tsx'
import { MessageHits } from '../search/message-hits.tsx'
import { noFilters, SearchFilters, toOptions } from '../search/search-filters.tsx'
import '../../styles/search.css'

export function ChatSearch({ chat }: { chat: ChatId }) {
  const [query, setQuery] = useState('')
  const [filters, setFilters] = useState(noFilters)
  const options = useMemo(() => ({ ...toOptions(filters), chat }), [filters, chat])
  const found = useMessageSearch(query, options)
  const onKeyDown = useArrowFocus('[data-hit]', '[data-testid=chat-search]')
  const words = query.trim()
  const settled = found.done && !found.busy
  return (
    <search className="info-search" onKeyDown={onKeyDown}>
      <input
        className="search-input"
        type="search"
        data-testid="chat-search"
        aria-label={text.search.inChat}
        placeholder={text.search.inChat}
        autoComplete="off"
        // biome-ignore lint/a11y/noAutofocus: this page was opened to type into it.
        autoFocus
        value={query}
        onChange={event => setQuery(event.target.value)}
        onKeyDown={event => {
          if (event.key !== 'ArrowDown') return
          event.preventDefault()
          document.querySelector<HTMLElement>('.info-search [data-hit]')?.focus()
        }}
      />
      <SearchFilters filters={filters} onFilters={setFilters} />
      <p className="hint" role="status" data-testid="chat-found">
        {words !== '' && settled && found.error === null && text.search.found(found.hits.length)}
      </p>
      <ErrorLine error={found.error} />
      {words !== '' && !settled && found.hits.length === 0 && found.error === null && (
        <Skeleton rows={4} />
      )}
      <MessageHits found={found} inChat />
    </search>
  )
}
