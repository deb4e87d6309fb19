// What was found, instead of the chats: chats by their titles, people, a public name, messages. Loaded when somebody
// searches first.

import { useEffect, useMemo, useState } from 'react'
import { useArrowFocus } from '../../hooks/use-arrow-focus.ts'
import { useMessageSearch } from '../../hooks/use-message-search.ts'
import { usePeopleSearch } from '../../hooks/use-people-search.ts'
import { text } from '../../locales/index.ts'
import { useClient, useMyId, useSnapshot } from '../../state/client-context.ts'
import { notifyUnlessOffline } from '../../state/notices.ts'
import { rememberSearch } from '../../state/recent-searches.ts'
import { noFilters, toOptions } from '../../state/search-filters.ts'
import { searchView } from '../../state/search-view.ts'
import { useStore } from '../../state/store.ts'
import { ErrorLine } from '../parts/error-line.tsx'
import { Skeleton } from '../parts/skeleton.tsx'
import { chatsByTitle } from './chats-by-title.ts'
import { ChatHit, PersonHit, PublicHit } from './hits.tsx'
import { MessageHits } from './message-hits.tsx'
import { RecentSearches } from './recent-searches.tsx'
import { SearchFilters } from './search-filters.tsx'
import { usePublicName } from './use-public-name.ts'
import '../../styles/search.css'

export function SearchPanel() {
  const query = useStore(searchView, state => state.query)
  const me = useMyId()
  const onKeyDown = useArrowFocus('[data-hit]', '[data-testid=search]')
  useAllChats(query !== '')
  return (
    <section
      id="search-results"
      className="search-panel"
      aria-label={text.search.results}
      tabIndex={-1}
      onKeyDown={onKeyDown}
      onClick={({ target }) => {
        if (target instanceof Element && target.closest('[data-hit]')) rememberSearch(me, query)
      }}
    >
      {query.trim() === '' ? <RecentSearches /> : <Found query={query} />}
    </section>
  )
}

function Found({ query }: { query: string }) {
  const me = useMyId()
  const chats = useSnapshot(snapshot => snapshot.chats)
  const [filters, setFilters] = useState(noFilters)
  const options = useMemo(() => toOptions(filters), [filters])
  const titled = useMemo(() => chatsByTitle(chats, query), [chats, query])
  const people = usePeopleSearch(query)
  const named = usePublicName(query)
  const messages = useMessageSearch(query, options)

  const shown = new Set(titled.map(view => view.peer?.id))
  const users = people.users.filter(user => !shown.has(user.id) && user.id !== me)
  const room = named && !titled.some(view => view.chat.id === named.id) ? named : null
  const count = titled.length + users.length + Number(room !== null) + messages.hits.length
  const settled = !people.busy && messages.done && !messages.busy
  return (
    <>
      <p className="sr-only" role="status" data-testid="found" data-settled={settled}>
        {settled && text.search.found(count)}
      </p>
      {titled.length > 0 && (
        <Group title={text.search.chats}>
          {titled.map(view => (
            <ChatHit key={view.chat.id} view={view} />
          ))}
        </Group>
      )}
      {users.length > 0 && (
        <Group title={text.search.people}>
          {users.map(user => (
            <PersonHit key={user.id} user={user} />
          ))}
        </Group>
      )}
      {room && (
        <Group title={text.search.publicName}>
          <PublicHit room={room} />
        </Group>
      )}
      <h2 className="search-title">{text.search.messages}</h2>
      <SearchFilters filters={filters} onFilters={setFilters} />
      <ErrorLine error={messages.error ?? people.error} />
      <MessageHits found={messages} />
      {!settled && count === 0 && <Skeleton rows={5} />}
      {settled && count === 0 && <Nothing query={query} />}
    </>
  )
}

function Group({ title, children }: { title: string; children: React.ReactNode }) {
  return (
    <>
      <h2 className="search-title">{title}</h2>
      <ul>{children}</ul>
    </>
  )
}

function Nothing({ query }: { query: string }) {
  return (
    <div className="empty" data-testid="nothing-found">
      <p>{text.search.nothing(query.trim())}</p>
      <p className="muted">{text.search.nothingHint}</p>
    </div>
  )
}

/** Chats are found by their titles among those loaded: all of them, once somebody searches. */
function useAllChats(wanted: boolean): void {
  const client = useClient()
  const chats = useSnapshot(snapshot => snapshot.chats)
  const more = useSnapshot(snapshot => snapshot.moreChats)
  // biome-ignore lint/correctness/useExhaustiveDependencies: each page asks for the one after it.
  useEffect(() => {
    if (wanted && more) client.loadMoreChats().catch(notifyUnlessOffline)
  }, [client, wanted, more, chats.length])
}
