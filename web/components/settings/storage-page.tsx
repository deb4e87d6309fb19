// How much room the page may take on this device.

import { text } from '../../locales/index.ts'
import { choices } from '../../state/setting-choices.ts'
import { changeSettings, settings } from '../../state/settings.ts'
import { useStore } from '../../state/store.ts'
import { Choice } from './choice.tsx'

export function StoragePage() {
  const bound = useStore(settings, value => value.storageMb)
  const sizes = [...choices.storageMb].sort((a, b) => a - b)
  return (
    <section className="settings-card">
      <Choice
        label={text.settings.storage.bound}
        hint={text.settings.storage.boundHint}
        options={sizes.map(value => ({ value, label: text.settings.storage.mb(value) }))}
        value={bound}
        onValue={storageMb => changeSettings({ storageMb })}
      />
    </section>
  )
}
