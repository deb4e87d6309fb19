// Who else used this machine: another bench before the run, and while something was measured the CPU time of processes
// that are not ours and what a hypervisor took. Read from /proc; for the notes of a report.

import { readdirSync, readFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import type { MachineUse } from '../report/model.ts'

/** CPU time of all cores together since the machine started, ms, in steps of 10. */
export interface MachineTime {
  /** Of programs and of the kernel on their behalf; interrupts are nobody's. */
  busyMs: number
  idleMs: number
  /** Taken by the hypervisor for others. */
  stolenMs: number
}

const msPerTick = 10
/** Others' CPU time in a scenario that a reader must know of, in cores, and what may be an error of the clock. */
const othersMin = 0.15
const othersMsMin = 100
const stolenMin = 0.02
/** Of the command line of any bench's generator. */
const generator = 'bench/generator/main.ts'

/** @param stat /proc/stat */
export function readMachineTime(stat = readFileSync('/proc/stat', 'latin1')): MachineTime {
  const ticks = stat.slice(0, stat.indexOf('\n')).split(/\s+/).slice(1).map(Number)
  const [user = 0, nice = 0, system = 0, idle = 0, waiting = 0, , , stolen = 0] = ticks
  return {
    busyMs: (user + nice + system) * msPerTick,
    idleMs: (idle + waiting) * msPerTick,
    stolenMs: stolen * msPerTick,
  }
}

/** What the machine did in the windows of one scenario. */
export class Neighbours {
  #seconds = 0
  #othersMs = 0
  #stolenMs = 0
  #idleMs = 0

  /** One window. @param ownMs CPU time of everything that the bench started, and of itself */
  add(seconds: number, before: MachineTime, after: MachineTime, ownMs: number): void {
    this.#seconds += seconds
    this.#othersMs += after.busyMs - before.busyMs - ownMs
    this.#stolenMs += after.stolenMs - before.stolenMs
    this.#idleMs += after.idleMs - before.idleMs
  }

  /** null when nothing was measured. */
  use(scenario: string, cores = availableParallelism()): MachineUse | null {
    if (this.#seconds === 0) return null
    const share = (ms: number) => Math.max(0, ms / (this.#seconds * 1000))
    return {
      scenario,
      seconds: rounded(this.#seconds),
      cores,
      othersCores: this.#othersMs < othersMsMin ? 0 : rounded(share(this.#othersMs)),
      stolenShare: rounded(share(this.#stolenMs) / cores),
      idleShare: rounded(share(this.#idleMs) / cores),
    }
  }
}

/** A sentence when others had so much of the machine that the figures must be doubted, else null. */
export function othersText({ othersCores, stolenShare, cores }: MachineUse): string | null {
  const told = [
    ...(othersCores >= othersMin
      ? [`other programs kept ${othersCores.toFixed(2)} of ${cores} cores busy`]
      : []),
    ...(stolenShare >= stolenMin
      ? [`the hypervisor took ${Math.round(stolenShare * 100)} % of the time`]
      : []),
  ]
  return told.length === 0 ? null : `while this was measured, ${told.join(' and ')}`
}

/** A sentence when another bench runs now, else null. To be asked before ours has a generator. */
export function otherBenchText(commands: readonly string[] = commandLines()): string | null {
  const others = commands.filter(command => command.includes(generator)).length
  return others === 0 ? null : 'another bench was running on this machine when this one began'
}

function commandLines(): string[] {
  return readdirSync('/proc')
    .filter(entry => /^\d+$/.test(entry))
    .map(pid => {
      try {
        return readFileSync(`/proc/${pid}/cmdline`, 'latin1').replaceAll('\0', ' ')
      } catch {
        return ''
      }
    })
}

function rounded(value: number): number {
  return Math.round(value * 1000) / 1000
}
