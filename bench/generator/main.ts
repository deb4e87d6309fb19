// The load generator's process: takes commands over the IPC channel and ends with its parent.
// Commands may overlap; at most one of them measures a crowd.

import { commands } from './commands.ts'
import type { OnMark } from './load.ts'

/** What the parent sends. */
export interface Order {
  id: number
  command: keyof typeof commands
  args: unknown
}

/** What it gets back. */
export type Answer =
  | { id: number; result: unknown }
  | { id: number; error: string }
  | { id: number; mark: 'begin' | 'end' }
  | { ready: true }

process.on('disconnect', () => process.exit())
process.on('message', (order: Order) => void obey(order))
tell({ ready: true })

async function obey({ id, command, args }: Order): Promise<void> {
  const onMark: OnMark = mark => tell({ id, mark })
  try {
    const run = commands[command] as (args: unknown, onMark: OnMark) => Promise<unknown>
    tell({ id, result: await run(args, onMark) })
  } catch (error) {
    tell({ id, error: error instanceof Error ? error.message : String(error) })
  }
}

function tell(answer: Answer): void {
  process.send?.(answer)
}
