// Arrow keys in a list of buttons: down and up move the focus, up from the first one leads back to the field.

import type { KeyboardEvent } from 'react'

/**
 * @param rows selector of what takes the focus, inside of the element that hears the keys
 * @param field selector of the field above, anywhere on the page
 */
export function useArrowFocus(rows: string, field: string) {
  return (event: KeyboardEvent<HTMLElement>) => {
    if (event.target instanceof HTMLInputElement || event.target instanceof HTMLSelectElement)
      return
    const all = [...event.currentTarget.querySelectorAll<HTMLElement>(rows)]
    const at = all.indexOf(document.activeElement as HTMLElement)
    const moves: Record<string, HTMLElement | null | undefined> = {
      ArrowDown: all[at + 1],
      ArrowUp: at > 0 ? all[at - 1] : document.querySelector<HTMLElement>(field),
      Home: all[0],
      End: all.at(-1),
      Escape: document.querySelector<HTMLElement>(field),
    }
    if (!(event.key in moves)) return
    event.preventDefault()
    event.stopPropagation()
    moves[event.key]?.focus()
  }
}
