// Formatting of what is selected in the composer's field.

import type { RefObject } from 'react'
import { askForLink } from '../../../hooks/use-composer-keys.ts'
import { text } from '../../../locales/index.ts'
import { applyChange } from '../../../state/apply-change.ts'
import { type MarkName, toggleMark, toggleQuote } from '../../../state/composer-text.ts'
import { Icon } from '../../parts/icon.tsx'

const letters: [name: MarkName, keys: string][] = [
  ['bold', 'Ctrl+B'],
  ['italic', 'Ctrl+I'],
  ['underline', 'Ctrl+U'],
  ['strike', 'Ctrl+Shift+X'],
]

export function FormatBar({ field }: { field: RefObject<HTMLTextAreaElement | null> }) {
  const mark = (name: MarkName) => {
    const element = field.current
    if (!element) return
    const { selectionStart, selectionEnd, value } = element
    applyChange(element, toggleMark(value, selectionStart, selectionEnd, name))
  }
  const quote = () => {
    const element = field.current
    if (!element) return
    applyChange(element, toggleQuote(element.value, element.selectionStart, element.selectionEnd))
  }
  return (
    <div
      className="format-bar"
      role="toolbar"
      aria-label={text.composer.format}
      // The field keeps its focus and selection.
      onPointerDown={event => event.preventDefault()}
    >
      {letters.map(([name, keys]) => (
        <button
          key={name}
          type="button"
          className={`format-button ${name}`}
          aria-label={text.composer[name]}
          title={`${text.composer[name]} (${keys})`}
          onClick={() => mark(name)}
        >
          {text.composer.letters[name]}
        </button>
      ))}
      <IconButton icon="code" name="code" keys="Ctrl+Shift+M" onPress={() => mark('code')} />
      <IconButton icon="eye" name="spoiler" keys="Ctrl+Shift+P" onPress={() => mark('spoiler')} />
      <IconButton icon="quote" name="quote" onPress={quote} />
      <IconButton
        icon="link"
        name="link"
        keys="Ctrl+K"
        onPress={() => field.current && askForLink(field.current)}
      />
    </div>
  )
}

interface IconButtonProps {
  icon: 'code' | 'eye' | 'quote' | 'link'
  name: 'code' | 'spoiler' | 'quote' | 'link'
  keys?: string
  onPress(): void
}

function IconButton({ icon, name, keys, onPress }: IconButtonProps) {
  const label = text.composer[name]
  return (
    <button
      type="button"
      className="format-button"
      aria-label={label}
      title={keys ? `${label} (${keys})` : label}
      onClick={onPress}
    >
      <Icon name={icon} />
    </button>
  )
}
