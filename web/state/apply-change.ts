// Changes the text of a field as if the person had typed it: the browser's own keys undo it.

import type { TextChange } from './composer-text.ts'

export function applyChange(field: HTMLTextAreaElement, change: TextChange): void {
  field.focus()
  field.setSelectionRange(change.from, change.to)
  // The only way that the browser's undo knows of.
  const typed = document.execCommand('insertText', false, change.text)
  if (!typed) {
    field.setRangeText(change.text, change.from, change.to)
    field.dispatchEvent(new Event('input', { bubbles: true }))
  }
  field.setSelectionRange(...change.select)
}
