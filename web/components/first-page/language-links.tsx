// The languages of the page, each by its own name, for somebody who cannot read the one that is shown.

import { language, text } from '../../locales/index.ts'
import { type LanguageTag, languages } from '../../state/setting-choices.ts'
import { changeSettings } from '../../state/settings.ts'
import { useStore } from '../../state/store.ts'

const tags = Object.keys(languages) as LanguageTag[]

export function LanguageLinks() {
  const shown = useStore(language, tag => tag)
  return (
    <nav className="language-links" aria-label={text.settings.pages.language}>
      {tags.map(tag => (
        <button
          key={tag}
          type="button"
          className="text-button"
          lang={tag}
          aria-current={tag === shown ? 'true' : undefined}
          onClick={() => changeSettings({ language: tag })}
        >
          {languages[tag]}
        </button>
      ))}
    </nav>
  )
}
