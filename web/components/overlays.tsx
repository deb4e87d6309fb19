// What lies over the page beside the dialogs of chats: settings, the sheet of keys, the developer panel. Each is loaded
// when it is opened first.

import { lazy, Suspense, useEffect } from 'react'
import { text } from '../locales/index.ts'
import { overlays, toggleOverlay } from '../state/overlays.ts'
import { followSettingsHistory, settingsView } from '../state/settings-view.ts'
import { useStore } from '../state/store.ts'
import { Modal } from './parts/modal.tsx'

const Settings = lazy(async () => {
  const module = await import('./settings/settings.tsx')
  return { default: module.Settings }
})
const KeysPage = lazy(async () => {
  const module = await import('./settings/keys-page.tsx')
  return { default: module.KeysPage }
})
const DevPanel = lazy(async () => {
  const module = await import('./dev/dev-panel.tsx')
  return { default: module.DevPanel }
})

export function Overlays() {
  const settings = useStore(settingsView, shown => shown !== null)
  const { keys, dev } = useStore(overlays, value => value)
  useEffect(followSettingsHistory, [])
  return (
    <Suspense>
      {settings && <Settings />}
      {keys && (
        <Modal title={text.settings.pages.keys} onClose={() => toggleOverlay('keys')}>
          <KeysPage />
        </Modal>
      )}
      {dev && <DevPanel />}
    </Suspense>
  )
}
