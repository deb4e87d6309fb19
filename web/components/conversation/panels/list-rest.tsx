// Below a list of pages: what went wrong, that it is being read, that it is empty, or the button for more.

import type { Pages } from '../../../hooks/use-pages.ts'
import { text } from '../../../locales/index.ts'
import { ErrorLine } from '../../parts/error-line.tsx'

export function ListRest({ pages, empty }: { pages: Pages<unknown>; empty: string }) {
  const { items, loading, error, more, loadMore } = pages
  return (
    <>
      <ErrorLine error={error} />
      {loading && <div className="list-skeleton" role="status" aria-label={text.loading} />}
      {!loading && error === null && items.length === 0 && <p className="muted empty">{empty}</p>}
      {more && !loading && (
        <button type="button" className="text-button" onClick={loadMore}>
          {text.panels.more}
        </button>
      )}
    </>
  )
}
