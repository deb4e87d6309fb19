// The panel beside a conversation: its frame. What is in it is loaded when it is opened first.

import { lazy, Suspense, useEffect } from 'react'
import type { ChatView } from '#client/types.ts'
import { useShortcut } from '../../hooks/use-shortcut.ts'
import { text } from '../../locales/index.ts'
import { backInfo, infoView, resetInfo } from '../../state/info-view.ts'
import { useStore } from '../../state/store.ts'
import { toggleInfo } from '../../state/view.ts'
import { Icon } from '../parts/icon.tsx'
import { Skeleton } from '../parts/skeleton.tsx'

const InfoPages = lazy(async () => ({ default: (await import('./info-pages.tsx')).InfoPages }))

export function ChatInfo({ view }: { view: ChatView }) {
  const pages = useStore(infoView, stack => stack)
  const page = pages.at(-1) ?? { page: 'main' as const }
  const { kind } = view.chat
  const title = page.page === 'main' ? text.info.title[kind] : text.info.pages[page.page]
  useEffect(() => resetInfo, [])
  useShortcut('close', () => {
    backInfo()
    return true
  })
  return (
    <aside className="info" aria-label={title} data-testid="info" data-page={page.page}>
      <header className="info-head">
        {pages.length > 0 ? (
          <button
            type="button"
            className="icon-button"
            aria-label={text.info.back}
            data-testid="info-back"
            onClick={backInfo}
          >
            <Icon name="back" />
          </button>
        ) : (
          <button
            type="button"
            className="icon-button"
            aria-label={text.close}
            data-testid="info-close"
            onClick={toggleInfo}
          >
            <Icon name="close" />
          </button>
        )}
        <h2>{title}</h2>
      </header>
      <Suspense fallback={<Skeleton rows={5} />}>
        <InfoPages view={view} page={page} />
      </Suspense>
    </aside>
  )
}
