// QEMU's emulation of an Intel i3-2120 for one program at a time, and the proof that it refuses what that
// processor refuses. Used by the parts of `npm run bench:cpu`.

import { spawn, spawnSync } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The project's folder. */
export const root = fileURLToPath(new URL('../..', import.meta.url))
/** A program that takes longer is killed. */
export const partTimeoutMs = 60_000
const emulator = 'qemu-x86_64'
/**
 * QEMU's model is the Xeon of that family. The i3-2120's /proc/cpuinfo shows neither aes nor x2apic; the deadline
 * timer is the kernel's affair and would only make QEMU warn.
 */
export const cpu = 'SandyBridge,-aes,-x2apic,-tsc-deadline'

/** Little programs of one instruction each; see `program`. */
const instructions = {
  lacks: {
    AVX2: 'c5fdfec0',
    BMI1: 'c4e278f2c0',
    BMI2: 'c4e27bf6c0',
    FMA: 'c4e27d98c0',
    F16C: 'c4e27d13c0',
    MOVBE: '0f38f00424',
    RDRAND: '0fc7f0',
    AES: '660f38dcc0',
  },
  has: { AVX: 'c5fc58c0', 'SSE4.2': 'f20f38f1c0', POPCNT: 'f30fb8c0', PCLMULQDQ: '660f3a44c000' },
}

/** What is to be checked, or what checks it, is not on this machine: nothing is known about it. */
export class Absent extends Error {
  override readonly name = 'Absent'
}

/** The part was ended by SIGILL. */
export class Illegal extends Error {
  override readonly name = 'Illegal'
}

interface RunOptions {
  input?: string
  cwd?: string
  model?: string
  uid?: number
  gid?: number
}

/** The emulator's version. @throws Absent that says what to install */
export function emulatorVersion(): string {
  if (process.platform !== 'linux' || process.arch !== 'x64') {
    throw new Absent('This check runs binaries for Linux on x86-64, so it needs such a machine.')
  }
  const { status, stdout } = spawnSync(emulator, ['--version'], { encoding: 'utf8' })
  if (status !== 0) {
    throw new Absent(
      `${emulator} is not installed: install QEMU's user emulation, 7.2 or newer (Debian: apt-get install qemu-user).`,
    )
  }
  return /version (\S+)/.exec(stdout)?.[1] ?? 'of unknown version'
}

/**
 * Runs a program in the emulator and gives its output.
 * @throws Illegal after SIGILL, Error when it ends otherwise than with 0 or takes too long
 */
export async function run(
  command: string,
  args: string[],
  { input = '', model = cpu, cwd = '/', ...user }: RunOptions = {},
): Promise<string> {
  const child = spawn(emulator, ['-cpu', model, command, ...args], { cwd, ...user })
  const late = setTimeout(() => child.kill('SIGKILL'), partTimeoutMs)
  let output = ''
  let complaints = ''
  child.stdout.on('data', (bytes: Buffer) => {
    output += bytes.toString()
  })
  child.stderr.on('data', (bytes: Buffer) => {
    complaints += bytes.toString()
  })
  child.stdin.on('error', () => {})
  child.stdin.end(input)
  const [code, signal] = await new Promise<[number | null, string | null]>((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (...end) => resolve(end))
  }).finally(() => clearTimeout(late))
  // V8 ends itself by SIGILL too when it finds its own state broken; it says so first.
  const words = complaints.split('\n').filter(line => line !== '' && !/^qemu: uncaught/.test(line))
  const why = words.find(line => /error|fatal/i.test(line)) ?? words.at(-1) ?? 'without a word'
  if (signal === 'SIGILL') throw new Illegal(`ended by SIGILL: ${why}`)
  if (code !== 0) throw new Error(`ended with ${signal ?? code}: ${why}`)
  return output.trim()
}

/**
 * Runs a script in an emulated Node as if it lay in the project's root. It calls `done` with what it did, and may
 * use `require`, `assert`, and `loaded`, which names the native files in use.
 */
export function runScript(source: string): Promise<string> {
  const prelude = String.raw`
    require = require('node:module').createRequire(${JSON.stringify(join(root, 'package.json'))})
    const assert = require('node:assert')
    const done = text => { console.log(text); process.exit() }
    const loaded = () => [...new Set(
      require('node:fs').readFileSync('/proc/self/maps', 'utf8').match(/[^/\n]+\.node$/gm),
    )].join(', ')
  `
  return run(process.execPath, ['-e', `${prelude};(async () => {${source}\n})()`])
}

/** The least ELF file: one instruction, then exit(0). */
function program(instruction: string): Buffer {
  const code = Buffer.from(`${instruction}b83c00000031ff0f05`, 'hex')
  const headers = 64 + 56
  const base = 0x400000n
  const file = Buffer.alloc(headers)
  // ELF header: 64 bit, little endian, executable for x86-64, entry behind the headers, one program header.
  file.set([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1])
  file.writeUInt16LE(2, 16)
  file.writeUInt16LE(62, 18)
  file.writeUInt32LE(1, 20)
  file.writeBigUInt64LE(base + BigInt(headers), 24)
  file.writeBigUInt64LE(64n, 32)
  file.writeUInt16LE(64, 52)
  file.writeUInt16LE(56, 54)
  file.writeUInt16LE(1, 56)
  // Program header: load the whole file at `base`, readable and executable.
  const size = BigInt(headers + code.length)
  file.writeUInt32LE(1, 64)
  file.writeUInt32LE(5, 68)
  file.writeBigUInt64LE(base, 80)
  file.writeBigUInt64LE(base, 88)
  file.writeBigUInt64LE(size, 96)
  file.writeBigUInt64LE(size, 104)
  file.writeBigUInt64LE(0x1000n, 112)
  return Buffer.concat([file, code])
}

/** A check counts only when it can fail: what the i3 lacks must die here, and live on the emulator's best model. */
export async function checkGuard(dir: string): Promise<string> {
  for (const [kind, programs] of Object.entries(instructions)) {
    for (const [name, instruction] of Object.entries(programs)) {
      const file = join(dir, name)
      await writeFile(file, program(instruction), { mode: 0o755 })
      await run(file, [], { model: 'max' })
      const died = await run(file, []).then(
        () => false,
        error => error instanceof Illegal,
      )
      if (died !== (kind === 'lacks')) {
        throw new Error(
          `${name} ${died ? 'is' : 'is not'} an illegal instruction: QEMU is too old?`,
        )
      }
    }
  }
  const names = (kind: keyof typeof instructions) => Object.keys(instructions[kind]).join(', ')
  return `one instruction of ${names('lacks')} each dies of SIGILL; of ${names('has')} runs`
}
