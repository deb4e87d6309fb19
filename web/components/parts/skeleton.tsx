// The shape of what is being loaded: rows with a round picture and two lines.

import { text } from '../../locales/index.ts'

export function Skeleton({ rows }: { rows: number }) {
  return (
    <div className="skeleton" role="status">
      <span className="sr-only">{text.loading}</span>
      {Array.from({ length: rows }, (_, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: the rows are all the same.
        <span key={index} className="skeleton-row" aria-hidden="true">
          <span className="skeleton-round" />
          <span className="skeleton-lines" />
        </span>
      ))}
    </div>
  )
}
