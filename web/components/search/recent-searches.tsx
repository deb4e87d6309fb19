// What was searched for last, before anything is typed; and what can be searched for.

import { useMemo } from 'react'
import { text } from '../../locales/index.ts'
import { useMyId } from '../../state/client-context.ts'
import { forgetSearches, recentChanges, recentSearches } from '../../state/recent-searches.ts'
import { openSearch } from '../../state/search-view.ts'
import { type Store, useStore } from '../../state/store.ts'
import { Icon } from '../parts/icon.tsx'

export function RecentSearches() {
  const me = useMyId()
  const changes = useStore(recentChanges as Store<number>, count => count)
  // biome-ignore lint/correctness/useExhaustiveDependencies: read anew at each change.
  const recent = useMemo(() => recentSearches(me), [me, changes])
  return (
    <>
      {recent.length > 0 && (
        <>
          <div className="search-title">
            <h2>{text.search.recent}</h2>
            <button type="button" className="text-button" onClick={() => forgetSearches(me)}>
              {text.search.forgetRecent}
            </button>
          </div>
          <ul>
            {recent.map(query => (
              <li key={query}>
                <button
                  type="button"
                  className="hit"
                  data-hit="recent"
                  onClick={() => openSearch(query)}
                >
                  <Icon name="clock" />
                  {query}
                </button>
              </li>
            ))}
          </ul>
        </>
      )}
      <p className="muted empty">{text.search.hint}</p>
    </>
  )
}
