// Tells the SDK when the device woke up or the network came back, so that it does not wait out its pause.

import { useEffect } from 'react'
import { useClient } from '../state/client-context.ts'

export function useWake(): void {
  const client = useClient()
  useEffect(() => {
    const wake = () => {
      if (document.visibilityState === 'visible') client.wake()
    }
    addEventListener('online', wake)
    document.addEventListener('visibilitychange', wake)
    return () => {
      removeEventListener('online', wake)
      document.removeEventListener('visibilitychange', wake)
    }
  }, [client])
}
