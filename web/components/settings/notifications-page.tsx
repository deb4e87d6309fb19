// What may make itself heard: notifications of new messages, what stands in them, the sound.

import { text } from '../../locales/index.ts'
import { changeSettings, settings } from '../../state/settings.ts'
import { useStore } from '../../state/store.ts'
import { Tick } from '../parts/tick.tsx'

export function NotificationsPage() {
  const { notifications, previews, sound } = useStore(settings, value => value)
  const on = notifications === 'on'
  return (
    <section className="settings-card">
      <Tick
        label={text.settings.notifications.show}
        checked={on}
        onChecked={checked => changeSettings({ notifications: checked ? 'on' : 'off' })}
      />
      <Tick
        label={text.settings.notifications.previews}
        checked={previews}
        disabled={!on}
        onChecked={checked => changeSettings({ previews: checked })}
      />
      <Tick
        label={text.settings.notifications.sound}
        checked={sound}
        disabled={!on}
        onChecked={checked => changeSettings({ sound: checked })}
      />
    </section>
  )
}
