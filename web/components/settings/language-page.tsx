// The language of the page.

import { text } from '../../locales/index.ts'
import { choices, languages } from '../../state/setting-choices.ts'
import { changeSettings, settings } from '../../state/settings.ts'
import { useStore } from '../../state/store.ts'
import { Choice } from './choice.tsx'

export function LanguagePage() {
  const chosen = useStore(settings, ({ language }) => language)
  return (
    <section className="settings-card">
      <Choice
        label={text.settings.pages.language}
        hint={text.settings.language.hint}
        className="choice rows"
        options={choices.language.map(value => ({
          value,
          label: value === 'auto' ? text.settings.language.auto : <Own tag={value} />,
        }))}
        value={chosen}
        onValue={language => changeSettings({ language })}
      />
    </section>
  )
}

/** Each language calls itself by its own name, whatever the page speaks now. */
function Own({ tag }: { tag: keyof typeof languages }) {
  return <span lang={tag}>{languages[tag]}</span>
}
