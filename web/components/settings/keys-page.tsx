// The keys that do something, by where they do it: as a page of the settings and as a sheet of its own.

import { Fragment, type ReactNode } from 'react'
import { text } from '../../locales/index.ts'
import { settings } from '../../state/settings.ts'
import { formatKeys, keysOf, shortcuts, takenShortcuts } from '../../state/shortcuts.ts'
import { useStore } from '../../state/store.ts'

const formats = Object.keys(formatKeys) as (keyof typeof formatKeys)[]

export function KeysPage() {
  const words = text.settings.keys
  return (
    <>
      <Group title={words.anywhere}>
        {takenShortcuts().map(name => (
          <Line key={name} name={words.names[name]} keys={shortcuts[name]} />
        ))}
      </Group>
      <Writing />
      <Group title={words.lists}>
        <Line name={words.move} keys="ArrowUp" or="ArrowDown" />
        <Line name={words.ends} keys="Home" or="End" />
        <Line name={words.open} keys="Enter" />
        <Line name={words.menu} keys="Shift+F10" />
        <Line name={words.hits} keys="Enter" or="Shift+Enter" />
        <Line name={words.range} keys={`Shift+${words.click}`} />
      </Group>
    </>
  )
}

function Writing() {
  const words = text.settings.keys
  const byEnter = useStore(settings, value => value.sendWith === 'enter')
  return (
    <Group title={words.writing}>
      <Line name={words.send} keys={byEnter ? 'Enter' : 'Mod+Enter'} />
      <Line name={words.newLine} keys={byEnter ? 'Shift+Enter' : 'Enter'} />
      <Line name={words.editLast} keys="ArrowUp" />
      <Line name={words.giveUp} keys="Escape" />
      {formats.map(name => (
        <Line key={name} name={words.ofSelected(text.composer[name])} keys={formatKeys[name]} />
      ))}
    </Group>
  )
}

function Group({ title, children }: { title: string; children: ReactNode }) {
  return (
    <section className="settings-card">
      <h3>{title}</h3>
      <dl className="keys">{children}</dl>
    </section>
  )
}

interface LineProps {
  name: string
  keys: string
  /** Other keys for the other way. */
  or?: string
}

function Line({ name, keys, or }: LineProps) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>
        <Keys of={keys} />
        {or !== undefined && <Keys of={or} />}
      </dd>
    </div>
  )
}

function Keys({ of }: { of: string }) {
  return keysOf(of).map((key, index) => (
    <Fragment key={key}>
      {index > 0 && '+'}
      <kbd>{key}</kbd>
    </Fragment>
  ))
}
