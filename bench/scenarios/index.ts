// Every scenario, in the order in which they run.

import type { Scenario } from '../scenario.ts'
import { fanout } from './fanout.ts'
import { quiet } from './quiet.ts'
import { throughput } from './throughput.ts'

export const scenarios: readonly Scenario[] = [quiet, throughput, fanout]
