// Whether a person can be looking: the window has the focus and is visible. Messages count as read only then.

import { useSyncExternalStore } from 'react'

function subscribe(listener: () => void): () => void {
  addEventListener('focus', listener)
  addEventListener('blur', listener)
  document.addEventListener('visibilitychange', listener)
  return () => {
    removeEventListener('focus', listener)
    removeEventListener('blur', listener)
    document.removeEventListener('visibilitychange', listener)
  }
}

const attentive = () => document.visibilityState === 'visible' && document.hasFocus()

export function useAttention(): boolean {
  return useSyncExternalStore(subscribe, attentive)
}
