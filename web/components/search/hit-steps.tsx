// From hit to hit of the search within a chat: which one of how many, and a button each way.

import { useChatSearch } from '../../hooks/use-chat-search.ts'
import { text } from '../../locales/index.ts'
import { IconButton } from '../parts/icon-button.tsx'

export function HitSteps() {
  const { found, at, older, newer, toOlder, toNewer } = useChatSearch()
  return (
    <>
      <span className="hit-place" role="status" data-testid="hit-place">
        {at !== null && text.search.place(at + 1, found.hits.length, found.more)}
      </span>
      {/* At the end a button keeps the focus, for the way back. */}
      <IconButton
        icon="up"
        label={text.search.older}
        aria-disabled={!older}
        data-testid="older-hit"
        onClick={toOlder}
      />
      <IconButton
        icon="down"
        label={text.search.newer}
        aria-disabled={!newer}
        data-testid="newer-hit"
        onClick={toNewer}
      />
    </>
  )
}
