// What processes use during a measured window: CPU and memory from its begin to its end, and now and then in
// between for the plots. One per window, made by the runner.

import type { OnMark } from '../generator/load.ts'
import type { Cost } from '../scenario.ts'
import { type MachineTime, type Neighbours, readMachineTime } from './neighbours.ts'
import { readUsage, type Usage, type Watched } from './usage.ts'

const sampleEveryMs = 250

/** CPU time so far: of the machine, of what the bench started, and of this process. */
interface AllTime {
  machine: MachineTime
  usage: Map<string, Usage>
  selfMs: number
}

type Series = Map<string, [s: number, value: number][]>

export class Meter {
  /** Percent of one core, by process. */
  readonly cpu: Series = new Map()
  /** MiB, by process. */
  readonly rss: Series = new Map()
  readonly #watched: () => Watched[]
  #begin: Map<string, Usage> | null = null
  #beginMs = 0
  #end: Map<string, Usage> | null = null
  #endMs = 0
  readonly #all: () => Watched[]
  #allBegin: AllTime | null = null
  #allEnd: AllTime | null = null
  #timer: NodeJS.Timeout | undefined

  /** @param all  everything that the bench runs, measured or not: what else is busy is others' */
  constructor(watched: () => Watched[], all: () => Watched[] = watched) {
    this.#watched = watched
    this.#all = all
  }

  onMark: OnMark = mark => {
    const usage = readUsage(this.#watched())
    const nowMs = performance.now()
    if (mark === 'end') {
      this.stop()
      this.#end = usage
      this.#endMs = nowMs
      this.#allEnd = this.#readAll()
      return
    }
    this.#begin = usage
    this.#beginMs = nowMs
    this.#allBegin = this.#readAll()
    this.#sample(usage, nowMs)
  }

  /** For a window whose end never comes. */
  stop(): void {
    clearInterval(this.#timer)
  }

  cost(): Cost {
    const cpuMs: Record<string, number> = {}
    const rssMiB: Record<string, number> = {}
    let serverCpuMs = 0
    for (const [name, usage] of this.#end ?? []) {
      const used = usage.cpuMs - (this.#begin?.get(name)?.cpuMs ?? 0)
      cpuMs[name] = used
      rssMiB[name] = usage.rssMiB
      if (name !== 'generator') serverCpuMs += used
    }
    return {
      seconds: (this.#endMs - this.#beginMs) / 1000,
      cpuMs,
      rssMiB,
      serverCpuMs,
      generatorCpuMs: cpuMs.generator ?? 0,
    }
  }

  /** Adds this window to what is known of the rest of the machine. */
  tell(neighbours: Neighbours): void {
    const [begin, end] = [this.#allBegin, this.#allEnd]
    if (!begin || !end) return
    let ownMs = end.selfMs - begin.selfMs
    for (const [name, { cpuMs }] of end.usage) ownMs += cpuMs - (begin.usage.get(name)?.cpuMs ?? 0)
    neighbours.add((this.#endMs - this.#beginMs) / 1000, begin.machine, end.machine, ownMs)
  }

  #readAll(): AllTime {
    const { user, system } = process.cpuUsage()
    return {
      machine: readMachineTime(),
      usage: readUsage(this.#all()),
      selfMs: (user + system) / 1000,
    }
  }

  #sample(first: Map<string, Usage>, firstMs: number): void {
    let last = first
    let lastMs = firstMs
    this.#timer = setInterval(() => {
      const next = readUsage(this.#watched())
      const nextMs = performance.now()
      const s = (nextMs - this.#beginMs) / 1000
      for (const [name, { cpuMs, rssMiB }] of next) {
        const used = cpuMs - (last.get(name)?.cpuMs ?? cpuMs)
        push(this.cpu, name, [s, Math.round((used / (nextMs - lastMs)) * 100)])
        push(this.rss, name, [s, Math.round(rssMiB * 10) / 10])
      }
      last = next
      lastMs = nextMs
    }, sampleEveryMs)
    this.#timer.unref()
  }
}

function push(series: Series, name: string, point: [number, number]): void {
  const points = series.get(name)
  if (points) points.push(point)
  else series.set(name, [point])
}
