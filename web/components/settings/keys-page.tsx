// The keys that do something now, as a page of the settings and as a sheet of its own.

import { Fragment } from 'react'
import { text } from '../../locales/index.ts'
import { settings } from '../../state/settings.ts'
import { keysOf, takenShortcuts } from '../../state/shortcuts.ts'
import { useStore } from '../../state/store.ts'

export function KeysPage() {
  const sendWith = useStore(settings, value => value.sendWith)
  const sendKeys = sendWith === 'enter' ? ['Enter'] : ['Ctrl', 'Enter']
  const lineKeys = sendWith === 'enter' ? ['Shift', 'Enter'] : ['Enter']
  return (
    <section className="settings-card">
      <p className="hint">{text.settings.keys.hint}</p>
      <dl className="keys">
        <Line name={text.settings.keys.send} keys={sendKeys} />
        <Line name={text.settings.keys.newLine} keys={lineKeys} />
        {takenShortcuts().map(name => (
          <Line key={name} name={text.settings.keys.names[name]} keys={keysOf(name)} />
        ))}
      </dl>
    </section>
  )
}

function Line({ name, keys }: { name: string; keys: readonly string[] }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>
        {keys.map((key, index) => (
          <Fragment key={key}>
            {index > 0 && '+'}
            <kbd>{key}</kbd>
          </Fragment>
        ))}
      </dd>
    </div>
  )
}
