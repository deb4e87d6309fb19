// The settings: pages beside their menu on a wide screen, one of the two on a phone. Loaded when they are opened first.

import { lazy, type ReactNode, Suspense, useEffect, useId, useRef } from 'react'
import { text } from '../../locales/index.ts'
import {
  backToMenu,
  closeSettings,
  type SettingsPage,
  settingsView,
} from '../../state/settings-view.ts'
import { useStore } from '../../state/store.ts'
import { CrashGuard } from '../parts/crash-guard.tsx'
import { IconButton } from '../parts/icon-button.tsx'
import { Skeleton } from '../parts/skeleton.tsx'
import { AccountPage } from './account-page.tsx'
import { AppearancePage } from './appearance-page.tsx'
import { FoldersPage } from './folders-page.tsx'
import { KeysPage } from './keys-page.tsx'
import { LanguagePage } from './language-page.tsx'
import { PrivacyPage } from './privacy-page.tsx'
import { SessionsPage } from './sessions-page.tsx'
import { SettingsMenu } from './settings-menu.tsx'
import '../../styles/settings.css'

const NotificationsPage = lazy(async () => {
  const module = await import('./notifications-page.tsx')
  return { default: module.NotificationsPage }
})
const StoragePage = lazy(async () => {
  const module = await import('./storage-page.tsx')
  return { default: module.StoragePage }
})

const pages: Record<SettingsPage, () => ReactNode> = {
  account: () => <AccountPage />,
  privacy: () => <PrivacyPage />,
  sessions: () => <SessionsPage />,
  notifications: () => <NotificationsPage />,
  appearance: () => <AppearancePage />,
  language: () => <LanguagePage />,
  folders: () => <FoldersPage />,
  storage: () => <StoragePage />,
  keys: () => <KeysPage />,
}

export function Settings() {
  const shown = useStore(settingsView, value => value)
  const dialog = useRef<HTMLDialogElement>(null)
  const id = useId()
  useEffect(() => {
    const element = dialog.current
    element?.showModal()
    return () => element?.close()
  }, [])
  // Beside the menu stands a page from the start.
  const page = shown === 'menu' || shown === null ? 'account' : shown
  // The back key of a phone comes as a cancel, too: there the menu is a step behind each page.
  const phone = matchMedia('(max-width: 720px)').matches
  const leave = phone && shown !== 'menu' ? backToMenu : closeSettings
  return (
    <dialog
      className={shown === 'menu' ? 'settings at-menu' : 'settings'}
      ref={dialog}
      aria-labelledby={id}
      data-testid="settings"
      onCancel={event => {
        event.preventDefault()
        leave()
      }}
    >
      <SettingsMenu id={id} page={page} />
      <section className="settings-page" aria-label={text.settings.pages[page]}>
        <header className="settings-head">
          <IconButton
            icon="back"
            label={text.settings.menu}
            className="only-phone"
            onClick={backToMenu}
          />
          <h2>{text.settings.pages[page]}</h2>
          <IconButton
            icon="close"
            label={text.close}
            data-testid="close-settings"
            onClick={closeSettings}
          />
        </header>
        <div className="settings-scroll" key={page}>
          <CrashGuard>
            <Suspense fallback={<Skeleton rows={4} />}>{pages[page]()}</Suspense>
          </CrashGuard>
        </div>
      </section>
    </dialog>
  )
}
