// Colours, size of the text, motion, and the key that sends. Each choice shows at once, on the page and in the sample.

import { text } from '../../locales/index.ts'
import { choices, type Settings } from '../../state/setting-choices.ts'
import { changeSettings, settings } from '../../state/settings.ts'
import { useStore } from '../../state/store.ts'
import { Tick } from '../parts/tick.tsx'
import { Choice } from './choice.tsx'

/** From small to large; the choices begin with what holds until somebody chooses. */
const sizes: readonly Settings['size'][] = ['s', 'm', 'l', 'xl']

export function AppearancePage() {
  const now = useStore(settings, value => value)
  const { look } = text.settings
  return (
    <>
      <Sample />
      <section className="settings-card">
        <Choice
          label={look.theme}
          options={choices.theme.map(value => ({ value, label: look.themes[value] }))}
          value={now.theme}
          onValue={theme => changeSettings({ theme })}
        />
        <Choice
          label={look.accent}
          className="choice swatches"
          options={choices.accent.map(value => ({ value, label: <Swatch accent={value} /> }))}
          value={now.accent}
          onValue={accent => changeSettings({ accent })}
        />
        <Choice
          label={look.size}
          options={sizes.map(value => ({ value, label: look.sizes[value] }))}
          value={now.size}
          onValue={size => changeSettings({ size })}
        />
        <Tick
          label={look.motion}
          hint={look.motionHint}
          checked={now.motion === 'reduced'}
          onChecked={on => changeSettings({ motion: on ? 'reduced' : 'system' })}
        />
      </section>
      <section className="settings-card">
        <Choice
          label={look.sendWith}
          hint={look.sendHint}
          options={choices.sendWith.map(value => ({ value, label: look.sendKeys[value] }))}
          value={now.sendWith}
          onValue={sendWith => changeSettings({ sendWith })}
        />
      </section>
    </>
  )
}

function Swatch({ accent }: { accent: Settings['accent'] }) {
  return (
    <>
      <span className="swatch" data-accent={accent} aria-hidden="true" />
      {text.settings.look.accents[accent]}
    </>
  )
}

/** Two messages, as a chat shows them. */
function Sample() {
  return (
    <div className="sample" aria-hidden="true">
      <p className="bubble">{text.settings.look.sampleQuestion}</p>
      <p className="own">
        <span className="bubble">{text.settings.look.sampleAnswer}</span>
      </p>
    </div>
  )
}
