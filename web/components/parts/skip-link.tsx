// The first stop of the Tab key: past the list of chats, to the conversation.

import { text } from '../../locales/index.ts'

/** Where one writes, else where one reads. */
const targets = ['[data-testid=composer]', '[role=log]', 'main button', '[data-testid=new-chat]']

export function SkipLink() {
  const skip = () => {
    for (const target of targets) {
      const found = document.querySelector<HTMLElement>(target)
      if (!found) continue
      found.focus()
      return
    }
  }
  return (
    <button type="button" className="skip-link" onClick={skip}>
      {text.shell.skip}
    </button>
  )
}
