// Brings the rows of a window into the virtual list step by step, each drawn before the next one (state/row-change.ts).

import { useLayoutEffect, useState } from 'react'
import { type Laid, nextStep, nothingLaid } from '../state/row-change.ts'
import type { Row } from '../state/rows.ts'

export function useLaidRows(wanted: readonly Row[]): Laid {
  const [{ laid, goal }, setState] = useState({ laid: nothingLaid, goal: nothingLaid.rows })
  let now = laid
  if (goal !== wanted) {
    now = nextStep(laid, wanted)
    setState({ laid: now, goal: wanted })
  }
  useLayoutEffect(() => {
    if (now.rows !== wanted) setState({ laid: nextStep(now, wanted), goal: wanted })
  }, [now, wanted])
  return now
}
