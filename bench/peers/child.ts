// The process of a peer: takes its settings from the channel to its parent, says on which port it listens, and
// ends when its parent does. Every `*-server.ts` calls serve() once.

import type { PeerAnswer, PeerSettings } from './peer.ts'

/** Where a peer listens. */
export const host = '127.0.0.1'

/** @param listen starts the server; what it throws is why the peer is absent */
export function serve(
  listen: (settings: PeerSettings) => Promise<{ port: number; version: string }>,
): void {
  const answer = (message: PeerAnswer) => process.send?.(message)
  process.once('disconnect', () => process.exit())
  process.once('message', async message => {
    try {
      answer({ type: 'ready', ...(await listen(message as PeerSettings)) })
    } catch (error) {
      answer({ type: 'absent', absent: error instanceof Error ? error.message : String(error) })
    }
  })
}
