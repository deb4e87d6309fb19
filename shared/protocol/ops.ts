// The table of operations: number, name, input, output, one sentence. Types, checks, the gateway's
// dispatch, the SDK's calls and the tables in docs/PROTOCOL.md all come from here; each family has its file below ops/.
// Unknown keys of an input are ignored, so an older server reads a newer client.

import type * as z from 'zod'
import { channelOps } from './ops/channels.ts'
import { chatOps } from './ops/chats.ts'
import { inviteOps } from './ops/invites.ts'
import { memberOps } from './ops/members.ts'
import { messageOps } from './ops/messages.ts'
import type { Op } from './ops/op.ts'
import { peopleOps } from './ops/people.ts'
import { pollOps } from './ops/polls.ts'
import { reactionOps } from './ops/reactions.ts'
import { readingOps } from './ops/reading.ts'
import { scheduledOps } from './ops/scheduled.ts'
import { searchOps } from './ops/search.ts'
import { syncOps } from './ops/sync.ts'

export const ops = {
  ...syncOps,
  ...messageOps,
  ...readingOps,
  ...chatOps,
  ...memberOps,
  ...inviteOps,
  ...peopleOps,
  ...reactionOps,
  ...pollOps,
  ...channelOps,
  ...searchOps,
  ...scheduledOps,
} as const satisfies Record<string, Op>

export type OpName = keyof typeof ops
export type OpIn<Name extends OpName> = z.infer<(typeof ops)[Name]['in']>
export type OpOut<Name extends OpName> = z.infer<(typeof ops)[Name]['out']>

/** Numbers that later versions will give meaning to; answered with `unknown_op` until then. */
export const reservedOps = {
  64: 'calls',
} as const

/** op number → its name, for dispatch by array index. */
export const opNames: readonly (OpName | undefined)[] = (() => {
  const names: (OpName | undefined)[] = []
  for (const [name, { op }] of Object.entries(ops)) names[op] = name as OpName
  return names
})()
