// Whether something is selected in a text field that has the focus.

import { type RefObject, useEffect, useState } from 'react'

export function useFieldSelection(field: RefObject<HTMLTextAreaElement | null>): boolean {
  const [selected, setSelected] = useState(false)
  useEffect(() => {
    const look = () => {
      const element = field.current
      // A press on the bar that works on the selection must not take the bar away.
      if (document.activeElement?.closest('.format-bar')) return
      const has = element !== null && element.selectionStart !== element.selectionEnd
      setSelected(has && document.activeElement === element)
    }
    document.addEventListener('selectionchange', look)
    document.addEventListener('focusin', look)
    return () => {
      document.removeEventListener('selectionchange', look)
      document.removeEventListener('focusin', look)
    }
  }, [field])
  return selected
}
