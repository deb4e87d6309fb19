// The way from hit to hit where the search's own page is not beside the conversation, as on a phone.

import { useChatSearch } from '../../../hooks/use-chat-search.ts'
import { useShortcut } from '../../../hooks/use-shortcut.ts'
import { text } from '../../../locales/index.ts'
import { screenView } from '../../../state/navigation.ts'
import { useStore } from '../../../state/store.ts'
import { IconButton } from '../../parts/icon-button.tsx'
import { HitSteps } from '../../search/hit-steps.tsx'

export function HitsBar() {
  const { at } = useChatSearch()
  const isPageOpen = useStore(screenView, ({ info }) => info?.at(-1)?.page === 'search')
  return at === null || isPageOpen ? null : <OpenBar />
}

function OpenBar() {
  const { end, query } = useChatSearch()
  useShortcut('close', () => {
    end()
    return true
  })
  return (
    <search className="hits-bar" data-testid="hits-bar">
      <span className="hits-words">{query}</span>
      <HitSteps />
      <IconButton icon="close" label={text.search.clear} data-testid="hits-end" onClick={end} />
    </search>
  )
}
