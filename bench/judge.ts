// What a reader must know of a measured load before believing it: a generator at its end, losses, doubles, refusals,
// closed sockets. Pure; the runner puts what is found into the report.

import type { Measured } from './scenario.ts'

/** A generator that uses more than this share of a core, or sends later than that, is the bottleneck. */
const saturatedShare = 0.9
const lateMsMax = 5

export interface Judgement {
  notes: string[]
  /** Of a server that did not do what it must. */
  faults: string[]
}

/** @param stragglersS how long deliveries were waited for */
export function judge(
  measured: Pick<
    Measured,
    'cost' | 'late' | 'lost' | 'expected' | 'duplicates' | 'refused' | 'refusals' | 'closes'
  >,
  kind: 'open' | 'closed',
  stragglersS: number,
): Judgement {
  const { cost, late, lost, expected, duplicates, refused, refusals, closes } = measured
  const notes: string[] = []
  const faults: string[] = []
  const share = cost.generatorCpuMs / (cost.seconds * 1000)
  if (share > saturatedShare)
    notes.push(
      `the generator was saturated (${Math.round(share * 100)} % of a core): the server may do better`,
    )
  if (kind === 'open' && late.p99 > lateMsMax)
    notes.push(
      `the generator sent late (p99 ${late.p99.toFixed(1)} ms), which the latencies include`,
    )
  const closed = Object.keys(closes).length > 0
  if (lost > 0 && !closed)
    faults.push(`${lost} of ${expected} deliveries did not arrive in ${stragglersS} s`)
  if (duplicates > 0) faults.push(`${duplicates} deliveries came twice`)
  if (refused > 0) faults.push(`${refused} messages were refused, like ${printable(refusals[0])}`)
  if (closed) faults.push(`the server closed sockets: ${JSON.stringify(closes)}`)
  return { notes, faults }
}

/** A frame of the server's as it came: its words stand in it between MessagePack's bytes. */
function printable(text = ''): string {
  return text.replaceAll(/[^ -~]+/g, ' ').trim()
}
