// One reading of the bus for all jobs of the process that follow it: unpacking it once for each would only cost.

import type { Bus, BusReader } from '#shared/store/bus.ts'

/** @param restMs how long each read rests; the readers' own wish is not looked at */
export function shareNews(bus: Pick<Bus, 'read'>, restMs: number): Pick<Bus, 'read'> {
  const readers: BusReader[] = []
  let started: Promise<void> | undefined
  return {
    read(reader) {
      readers.push(reader)
      started ??= bus.read({
        onEvents: events => {
          for (const each of readers) each.onEvents(events)
        },
        onDoubt: () => {
          for (const each of readers) each.onDoubt()
        },
        restMs,
      })
      return started
    },
  }
}
