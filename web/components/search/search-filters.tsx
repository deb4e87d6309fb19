// Narrows a search of messages down: by author, kind and days.

import { useId, useState } from 'react'
import type { User } from '#client/types.ts'
import { type SearchKind, searchKind } from '#shared/protocol/models.ts'
import { text } from '../../locales/index.ts'
import { useSnapshot } from '../../state/client-context.ts'
import { nameOfUser } from '../../state/naming.ts'
import { type Filters, noFilters, toOptions } from '../../state/search-filters.ts'
import { Field } from '../parts/field.tsx'
import { Icon } from '../parts/icon.tsx'
import { PeopleResults } from '../people/people-results.tsx'

interface Props {
  filters: Filters
  onFilters(filters: Filters): void
}

export function SearchFilters({ filters, onFilters }: Props) {
  const used = filters !== noFilters && Object.keys(toOptions(filters)).length > 0
  return (
    <details className="filters" data-testid="filters" open={used || undefined}>
      <summary>
        <Icon name="sliders" /> {text.search.filters}
      </summary>
      <div className="filter-lines">
        <AuthorFilter from={filters.from} onFrom={from => onFilters({ ...filters, from })} />
        <KindFilter kind={filters.kind} onKind={kind => onFilters({ ...filters, kind })} />
        <div className="filter-days">
          <Field
            label={text.search.since}
            type="date"
            value={filters.since}
            onValue={since => onFilters({ ...filters, since })}
          />
          <Field
            label={text.search.until}
            type="date"
            value={filters.until}
            onValue={until => onFilters({ ...filters, until })}
          />
        </div>
        {used && (
          <button type="button" className="text-button" onClick={() => onFilters(noFilters)}>
            {text.search.resetFilters}
          </button>
        )}
      </div>
    </details>
  )
}

function KindFilter({
  kind,
  onKind,
}: {
  kind: SearchKind | null
  onKind(kind: SearchKind | null): void
}) {
  const id = useId()
  const { kinds } = text.search
  return (
    <div className="field">
      <label htmlFor={id}>{text.search.kind}</label>
      <select
        id={id}
        value={kind ?? ''}
        onChange={event =>
          onKind(searchKind.options.find(option => option === event.target.value) ?? null)
        }
      >
        <option value="">{kinds.all}</option>
        {searchKind.options.map(option => (
          <option key={option} value={option}>
            {kinds[option]}
          </option>
        ))}
      </select>
    </div>
  )
}

function AuthorFilter({ from, onFrom }: { from: User | null; onFrom(from: User | null): void }) {
  const [query, setQuery] = useState('')
  const name = useSnapshot(names => (from ? nameOfUser(names, from) : ''))
  if (from) {
    return (
      <p>
        {text.search.from}{' '}
        <button
          type="button"
          className="chip chosen"
          aria-label={text.dialogs.remove(name)}
          onClick={() => onFrom(null)}
        >
          {name} <Icon name="close" />
        </button>
      </p>
    )
  }
  return (
    <>
      <Field
        label={text.search.from}
        type="search"
        placeholder={text.search.fromAnybody}
        autoComplete="off"
        value={query}
        onValue={setQuery}
      />
      {query.trim() !== '' && (
        <PeopleResults
          query={query}
          without={new Set()}
          onPick={user => {
            onFrom(user)
            setQuery('')
          }}
        />
      )}
    </>
  )
}
