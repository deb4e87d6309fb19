// `npm run bench:cpu`: does everything native that the server needs run on an Intel i3-2120? Each part starts in
// QEMU's emulation of that processor (no AVX2, BMI, FMA, F16C, MOVBE, AES) and does a little real work; an
// instruction that it lacks ends the process with SIGILL. Says nothing about speed. Ends non-zero when a part fails.

import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { Absent, cpu, emulatorVersion, Illegal } from './sandy-bridge/emulator.ts'
import { otherParts, type Part, parts } from './sandy-bridge/parts.ts'

interface Line {
  part: string
  verdict: 'ok' | 'illegal instruction' | 'fails' | 'absent'
  /** What it did, or how it ended. */
  detail: string
  tookS: number
}

try {
  const { values } = parseArgs({ options: { json: { type: 'string' } } })
  await main(values.json)
} catch (error) {
  console.error(error instanceof Error ? error.message : error)
  process.exitCode = 1
}

async function main(jsonFile: string | undefined): Promise<void> {
  const qemu = emulatorVersion()
  console.log(`QEMU ${qemu}, -cpu ${cpu}\n`)
  const started = performance.now()
  const lines: Line[] = []
  for (const part of [...parts, ...otherParts()]) {
    const line = await judge(part)
    lines.push(line)
    console.log(
      `${line.part.padEnd(25)} ${line.verdict.padEnd(20)} ${line.detail} (${line.tookS} s)`,
    )
  }
  const tookS = seconds(started)
  const count = (...verdicts: Line['verdict'][]) =>
    lines.filter(({ verdict }) => verdicts.includes(verdict)).length
  const bad = count('fails', 'illegal instruction')
  console.log(`\n${count('ok')} run, ${bad} do not, ${count('absent')} absent (${tookS} s)`)
  if (jsonFile !== undefined) {
    const report = { cpu, qemu, node: process.version, tookS, parts: lines }
    await writeFile(jsonFile, `${JSON.stringify(report, null, 2)}\n`)
  }
  if (bad > 0) process.exitCode = 1
}

async function judge(part: Part): Promise<Line> {
  const started = performance.now()
  // The user postgres must be able to enter.
  const dir = await mkdtemp(join(tmpdir(), 'petrel-cpu-'))
  await chmod(dir, 0o755)
  const line = (verdict: Line['verdict'], detail: string) => ({
    part: part.name,
    verdict,
    detail,
    tookS: seconds(started),
  })
  try {
    return line('ok', await part.check(dir))
  } catch (error) {
    if (error instanceof Absent) return line('absent', error.message)
    if (error instanceof Illegal) return line('illegal instruction', error.message)
    return line('fails', error instanceof Error ? error.message : String(error))
  } finally {
    await rm(dir, { recursive: true, force: true })
  }
}

function seconds(started: number): number {
  return Math.round((performance.now() - started) / 100) / 10
}
