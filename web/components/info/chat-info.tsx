// The panel beside a conversation: its frame. What is in it is loaded when it is opened first.

import { lazy, Suspense } from 'react'
import type { ChatView } from '#client/types.ts'
import { useShortcut } from '../../hooks/use-shortcut.ts'
import { text } from '../../locales/index.ts'
import { backInfo, type InfoPage } from '../../state/info-view.ts'
import { closeInfo, screenView } from '../../state/navigation.ts'
import { useStore } from '../../state/store.ts'
import { IconButton } from '../parts/icon-button.tsx'
import { Skeleton } from '../parts/skeleton.tsx'

const InfoPages = lazy(async () => ({ default: (await import('./info-pages.tsx')).InfoPages }))

const noPages: readonly InfoPage[] = []

export function ChatInfo({ view }: { view: ChatView }) {
  const pages = useStore(screenView, ({ info }) => info) ?? noPages
  const page = pages.at(-1) ?? { page: 'main' as const }
  const { kind } = view.chat
  const title = page.page === 'main' ? text.info.title[kind] : text.info.pages[page.page]
  useShortcut('close', () => {
    backInfo()
    return true
  })
  return (
    <aside className="info" aria-label={title} data-testid="info" data-page={page.page}>
      <header className="info-head">
        {pages.length > 0 ? (
          <IconButton
            icon="back"
            label={text.info.back}
            data-testid="info-back"
            onClick={backInfo}
          />
        ) : (
          <IconButton
            icon="close"
            label={text.close}
            data-testid="info-close"
            onClick={closeInfo}
          />
        )}
        <h2>{title}</h2>
      </header>
      <Suspense fallback={<Skeleton rows={5} />}>
        <InfoPages view={view} page={page} />
      </Suspense>
    </aside>
  )
}
