// What the operations of this folder are given, and their shape.

import type { MessageSearch } from '#shared/actions/search-messages.ts'
import type { Services } from '#shared/actions/services.ts'
import type { OpIn, OpName, OpOut } from '#shared/protocol/ops.ts'
import type { Bus } from '#shared/store/bus.ts'
import type { Budgets } from '../budgets.ts'
import type { Choices } from '../choices.ts'
import type { Connection, Identity } from '../connection.ts'
import type { Hub } from '../hub.ts'
import type { Lanes } from '../lanes.ts'
import type { Marks } from '../marks.ts'
import type { Presence } from '../presence.ts'
import type { Previews } from '../previews.ts'
import type { ViewCounts } from '../view-counts.ts'

/** The parts of this process that operations use; built once in gateway.ts. */
export interface Context extends Services, Budgets {
  hub: Hub
  lanes: Lanes
  readMarks: Marks
  deliveredMarks: Marks
  presence: Presence
  choices: Choices
  viewCounts: ViewCounts
  /** null where the operator wants none. */
  previews: Previews | null
  messageSearch: Pick<MessageSearch, 'search'>
  bus: Pick<Bus, 'cast'>
}

/** Who asks: HELLO has been answered, so the identity is known. */
export interface Asker extends Identity {
  connection: Connection
}

/** One operation. @throws AppError for the caller; anything else is our bug and is answered with `internal` */
export type Handler<Name extends OpName> = (
  context: Context,
  asker: Asker,
  body: OpIn<Name>,
) => Promise<OpOut<Name>> | OpOut<Name>

/** Handlers of every operation but hello, which dispatch.ts treats apart. */
export type Handlers = { [Name in Exclude<OpName, 'hello'>]: Handler<Name> }
