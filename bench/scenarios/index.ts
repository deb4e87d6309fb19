// Every scenario, in the order in which they run.

import type { Scenario } from '../scenario.ts'
import { channel } from './channel.ts'
import { coldStart } from './cold-start.ts'
import { connectStorm } from './connect-storm.ts'
import { fanout } from './fanout.ts'
import { gateways } from './gateways.ts'
import { growth } from './growth.ts'
import { idle } from './idle.ts'
import { logins } from './logins.ts'
import { mixed } from './mixed.ts'
import { quiet } from './quiet.ts'
import { reconnectStorm } from './reconnect-storm.ts'
import { rest } from './rest.ts'
import { search } from './search.ts'
import { slowConsumers } from './slow-consumers.ts'
import { throughput } from './throughput.ts'
import { web } from './web.ts'

export const scenarios: readonly Scenario[] = [
  idle,
  quiet,
  throughput,
  fanout,
  channel,
  mixed,
  rest,
  logins,
  connectStorm,
  reconnectStorm,
  gateways,
  slowConsumers,
  coldStart,
  web,
  search,
  // Last: it leaves millions of messages behind.
  growth,
]
