// A transport that can lose one frame when the developer panel asks for it, to see that the client notices and mends it.

import type { Transport } from '#client/types.ts'

export interface LossyTransport extends Transport {
  /** The next frame that comes is thrown away. */
  loseNextFrame(): void
  /** How many were lost so far. */
  lost(): number
}

export function lossyTransport(inner: Transport): LossyTransport {
  let losing = false
  let lost = 0
  return {
    open: (url, events) =>
      inner.open(url, {
        onOpen: () => events.onOpen(),
        onClose: (code, reason) => events.onClose(code, reason),
        onMessage: bytes => {
          if (!losing) return events.onMessage(bytes)
          losing = false
          lost += 1
        },
      }),
    loseNextFrame: () => {
      losing = true
    },
    lost: () => lost,
  }
}
