// How late the event loops of the api and the gateways come by while a scenario measures: as their probes count it
// over all windows of the scenario but those that only look for the right load. One per scenario, made by the runner.

import * as z from 'zod'
import type { OnMark } from '../generator/load.ts'
import type { LoopDelay } from '../report/model.ts'
import { type ProbeCommand, type Probed, tellProbe } from './probe.ts'

const delaysShape = z.object({
  count: z.number(),
  p50: z.number(),
  p95: z.number(),
  p99: z.number(),
  max: z.number(),
})

export class EventLoops {
  /** Commands go one after another; a process that dies has its end told elsewhere. */
  #last: Promise<unknown> = Promise.resolve()

  /** Counts from one mark to the next. */
  watch(processes: readonly Probed[]): OnMark {
    return mark => {
      const command = mark === 'begin' ? 'delaysOn' : 'delaysOff'
      this.#last = this.#last.then(() => tellAll(processes, command))
    }
  }

  /** What counted in these processes; those that are gone, or were in no window, are left out. */
  async take(processes: readonly Probed[], scenario: string): Promise<LoopDelay[]> {
    await this.#last
    const taken = await tellAll(processes, 'delaysTake')
    return taken.flatMap((said, i) => {
      const delays = delaysShape.safeParse(said).data
      if (!delays || delays.count === 0) return []
      const { p50, p95, p99, max } = delays
      return [{ scenario, process: processes[i]?.name ?? '', p50, p95, p99, max }]
    })
  }
}

function tellAll(processes: readonly Probed[], command: ProbeCommand): Promise<unknown[]> {
  return Promise.all(processes.map(each => tellProbe(each, command).catch(() => null)))
}
