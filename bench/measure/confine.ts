// Makes a small machine of a bigger one for the bench's i3 profile: the measured server on some cores and within
// a memory limit, the load generator on the other cores. Called by whatever starts the two; children inherit
// both, so the server is started while this process is itself confined. Linux only. Never ends a process.

import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { mkdir, rmdir } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

/** This machine cannot be confined as asked; the message says why and what to do. */
export class ConfineError extends Error {
  override readonly name = 'ConfineError'
}

/** Where this process runs since `pinSelf`. */
export interface Pinned {
  cores: number[]
  /** Puts this process and its threads back where they were; children keep what they inherited. */
  unpin(): void
}

/** Bytes and counts of a group since it was made. */
export interface MemoryUse {
  /** Highest use, page cache and the kernel's part included; null where the kernel does not keep it. */
  peakBytes: number | null
  /** Memory of the processes themselves, now: what cannot be dropped. */
  ownBytes: number
  /** Page cache, now: what the limit squeezes out first. */
  cacheBytes: number
  /** How often the limit was hit. Each time the kernel made room; alone it is no failure. */
  limitHits: number
  /** Processes the kernel killed because nothing could be dropped. */
  oomKills: number
}

/** A memory limit in force. As on a small machine, files in the page cache count; swap is not used. */
export interface MemoryGroup {
  limited: true
  bytes: number
  /** Moves a running process in with its threads. What it holds or has started already stays outside. */
  add(pid: number): void
  /**
   * Runs `start` with this process inside, so that what it starts is inside from its first byte. Not to be
   * nested; what this process itself allocates meanwhile stays on the group's account.
   */
  inside<Result>(start: () => Promise<Result>): Promise<Result>
  use(): MemoryUse
  /** Lets go: processes still inside go back to this process's group, and the limit is gone. */
  end(): Promise<void>
}

/** There is no limit: the harness can only watch what the processes use, and must say so. */
export interface NoMemoryGroup {
  limited: false
  why: string
}

/** Of util-linux: Node cannot say where it wants to run. */
const taskset = 'taskset'
const ours = 'petrel-bench-'
const endPatienceMs = 2_000
/**
 * How much higher version 1's limit of memory and swap together is: with equal ones the kernel meets this one
 * first, and newer kernels do not count that (6.18: failcnt stayed 0 through 300 MB of reclaim).
 */
const swapSlackBytes = 2 ** 20
let made = 0

/** The cores this process may run on, ascending. @throws ConfineError where there is no /proc */
export function usableCores(): number[] {
  return parseCores(field(procFile('/proc/self/status'), 'Cpus_allowed_list') ?? '')
}

/**
 * One core for the server, the others for the generator.
 * @throws ConfineError when there is only one core: the two would measure each other
 */
export function splitCores(cores = usableCores()): { server: number; generator: number[] } {
  const server = cores.at(-1)
  if (server === undefined || cores.length < 2) {
    throw new ConfineError(
      `The server and the load generator need a core each, and this process may use only ${cores.length}.`,
    )
  }
  return { server, generator: cores.slice(0, -1) }
}

/** What stands before a command to run it on these cores: `spawn(first, [...rest, command, ...args])`. */
export function commandPinned(cores: readonly number[]): [string, ...string[]] {
  return [taskset, '-c', listOf(cores)]
}

/**
 * Moves this process with all its threads; threads and children made from now on are there too.
 * @throws ConfineError when taskset is missing or a core is not there
 */
export function pinSelf(cores: readonly number[]): Pinned {
  const before = usableCores()
  moveTo(cores)
  return { cores: [...cores], unpin: () => moveTo(before) }
}

/**
 * Makes a memory cgroup (version 1 or 2) that holds what is put into it to `bytes`. Needs root, or a group
 * that systemd delegated to the user.
 */
export async function limitMemory(bytes: number): Promise<MemoryGroup | NoMemoryGroup> {
  try {
    const place = findPlace(procFile('/proc/self/cgroup'), procFile('/proc/self/mountinfo'))
    const parent = place.version === 1 ? place.own : delegating(place)
    await sweep(parent)
    made += 1
    const dir = join(parent, `${ours}${process.pid}-${made}`)
    await mkdir(dir)
    try {
      setLimit(place.version, dir, bytes)
      // Being let in is the one thing that a group can still refuse.
      const group = groupOf(place, dir, bytes)
      await group.inside(() => Promise.resolve())
      return group
    } catch (cause) {
      await rmdir(dir).catch(() => {})
      throw cause
    }
  } catch (error) {
    if (!(error instanceof Error)) throw error
    const root =
      process.getuid?.() === 0 ? '' : ' Run as root, or under systemd-run --user --scope.'
    return { limited: false, why: `${error.message}.${root}` }
  }
}

/** Where this process's memory is accounted. */
export interface Place {
  version: 1 | 2
  /** Folder of its group. */
  own: string
  /** Where the hierarchy is mounted: `own` or above it. */
  mount: string
}

/**
 * Reads /proc/self/cgroup and /proc/self/mountinfo. A machine may have both versions; memory is in one of them.
 * @throws ConfineError when memory is in neither, or its hierarchy is not to be seen from here
 */
export function findPlace(cgroup: string, mountinfo: string): Place {
  const groups = cgroup.split('\n').map(line => line.split(':'))
  const first = groups.find(([, controllers]) => controllers?.split(',').includes('memory'))
  const version = first ? 1 : 2
  const path = (first ?? groups.find(([id]) => id === '0'))?.slice(2).join(':')
  const mount = mountinfo
    .split('\n')
    .map(line => ({ fields: line.split(' '), kind: line.split(' - ')[1]?.split(' ') ?? [] }))
    .find(({ kind: [type, , options] }) =>
      version === 1
        ? type === 'cgroup' && options?.split(',').includes('memory')
        : type === 'cgroup2',
    )
  const [root = '', at = ''] = mount?.fields.slice(3, 5) ?? []
  if (path === undefined || mount === undefined) {
    throw new ConfineError('This system has no memory cgroups mounted')
  }
  const inRoot = root === '/' ? path : path.slice(root.length)
  if ((root !== '/' && !path.startsWith(root)) || inRoot.startsWith('/..')) {
    throw new ConfineError(
      `The memory cgroup ${path} of this process is outside of what ${at} shows`,
    )
  }
  return { version, own: join(at, inRoot), mount: at }
}

/** `0-2,5` → 0, 1, 2, 5. */
export function parseCores(list: string): number[] {
  return list
    .trim()
    .split(',')
    .filter(range => range !== '')
    .flatMap(range => {
      const [from = 0, to = from] = range.split('-').map(Number)
      return Array.from({ length: to - from + 1 }, (_, i) => from + i)
    })
}

function listOf(cores: readonly number[]): string {
  if (cores.length === 0) throw new ConfineError('No core was named.')
  return cores.join(',')
}

function moveTo(cores: readonly number[]): void {
  const args = ['-a', '-c', '-p', listOf(cores), String(process.pid)]
  const { error, status, stderr } = spawnSync(taskset, args, { encoding: 'utf8' })
  if (error) {
    throw new ConfineError(`${taskset} cannot be run: install util-linux.`, { cause: error })
  }
  // With only some of the cores present it succeeds on those.
  const wanted = [...cores].sort((a, b) => a - b).join()
  if (status !== 0 || usableCores().join() !== wanted) {
    throw new ConfineError(
      `This process cannot run on the cores ${cores.join(', ')}: ${stderr.trim() || `only ${usableCores()} are there`}`,
    )
  }
}

function procFile(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (cause) {
    throw new ConfineError(`${path} cannot be read: confining needs Linux`, { cause })
  }
}

/** The number or text behind `name` in lines of `name value` or `name: value`. */
function field(text: string, name: string): string | undefined {
  const line = text.split('\n').find(line => /^[^\s:]+/.exec(line)?.[0] === name)
  return line?.slice(name.length + 1).trim()
}

/**
 * The nearest group that hands the memory controller to its children. Not our own: version 2 allows no group
 * with both processes and limited children, the root excepted.
 */
function delegating({ own, mount }: Place): string {
  for (let dir = own; dir.startsWith(mount); dir = dirname(dir)) {
    const handed = readFileSync(join(dir, 'cgroup.subtree_control'), 'utf8').trim().split(' ')
    if (handed.includes('memory')) return dir
  }
  throw new ConfineError('No cgroup above this process hands on the memory controller')
}

/** Removes empty groups of harnesses that were killed. */
async function sweep(parent: string): Promise<void> {
  for (const name of readdirSync(parent).filter(name => name.startsWith(ours))) {
    const harness = name.slice(ours.length).split('-')[0]
    // The kernel refuses while a process is in it.
    if (!existsSync(`/proc/${harness}`)) await rmdir(join(parent, name)).catch(() => {})
  }
}

function setLimit(version: 1 | 2, dir: string, bytes: number): void {
  const [limit, swap, swapMax] =
    version === 1
      ? (['memory.limit_in_bytes', 'memory.memsw.limit_in_bytes', bytes + swapSlackBytes] as const)
      : (['memory.max', 'memory.swap.max', 0] as const)
  writeFileSync(join(dir, limit), String(bytes))
  try {
    writeFileSync(join(dir, swap), String(swapMax), { flag: 'r+' })
  } catch {
    // The kernel does not account swap.
  }
}

function groupOf(place: Place, dir: string, bytes: number): MemoryGroup {
  const move = (pid: number, to: string) => writeFileSync(join(to, 'cgroup.procs'), String(pid))
  const read = (name: string) => readFileSync(join(dir, name), 'utf8')
  return {
    limited: true,
    bytes,
    add: pid => move(pid, dir),
    async inside(start) {
      move(process.pid, dir)
      try {
        return await start()
      } finally {
        move(process.pid, place.own)
      }
    },
    use: () => (place.version === 1 ? firstUse(read) : secondUse(read)),
    async end() {
      const deadline = Date.now() + endPatienceMs
      for (;;) {
        for (const pid of read('cgroup.procs').split('\n').filter(Boolean)) {
          try {
            move(Number(pid), place.own)
          } catch {
            // It has ended in the meantime.
          }
        }
        try {
          return await rmdir(dir)
        } catch (error) {
          // Processes that are just ending keep it busy for a moment.
          if (Date.now() > deadline) throw error
          await sleep(20)
        }
      }
    },
  }
}

type Read = (name: string) => string

function firstUse(read: Read): MemoryUse {
  const stat = read('memory.stat')
  return {
    peakBytes: Number(read('memory.max_usage_in_bytes')),
    ownBytes: Number(field(stat, 'total_rss')),
    cacheBytes: Number(field(stat, 'total_cache')),
    limitHits: Number(read('memory.failcnt')),
    oomKills: Number(field(read('memory.oom_control'), 'oom_kill') ?? 0),
  }
}

function secondUse(read: Read): MemoryUse {
  const stat = read('memory.stat')
  const events = read('memory.events')
  return {
    // Kept since Linux 5.19.
    peakBytes: numberIn(read, 'memory.peak'),
    ownBytes: Number(field(stat, 'anon')),
    cacheBytes: Number(field(stat, 'file')),
    limitHits: Number(field(events, 'max')),
    oomKills: Number(field(events, 'oom_kill')),
  }
}

/** Null when there is no such file. */
function numberIn(read: Read, name: string): number | null {
  try {
    return Number(read(name))
  } catch {
    return null
  }
}
