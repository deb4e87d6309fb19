// What a run found, as plain data: written as JSON, drawn as a table and as a page, compared with a baseline.

/** Other servers and limits measured beside ours. */
export type Peer = 'raw-uws' | 'ws' | 'socket.io' | 'ejabberd' | 'single-commit'

/** Which way a value should go. */
export type Better = 'lower' | 'higher'

/** One number of the run; the shape that other tools read. */
export interface Result {
  scenario: string
  metric: string
  /** The median where there were several runs. */
  value: number
  unit: string
  /** Whose value it is; null = Petrel's. */
  peer: Peer | null
  /** Petrel's value of the same metric in the same run divided by this peer's; null for Petrel's own. */
  ratio: number | null
  /** On Petrel's value, or on the ratio for a peer's. */
  target: number | null
  met: boolean | null
  /** For units that do not tell: see direction() in format.ts. */
  better?: Better
  /** Each run's value, in order; min and max are read from it. */
  runs: number[]
}

/** Latency of one thing over all runs: percentile (0–100) and milliseconds, ascending. */
export interface LatencyPlot {
  scenario: string
  /** Like `delivered, 500 msg/s`. */
  name: string
  peer: Peer | null
  points: [percentile: number, ms: number][]
}

/** Values over the time of a run; seconds from its begin. */
export interface TimePlot {
  scenario: string
  /** `throughput`, `cpu` (percent of one core) or `rss` (MiB). */
  kind: 'throughput' | 'cpu' | 'rss'
  /** A process for cpu and rss; what is counted for throughput. */
  name: string
  unit: string
  points: [s: number, value: number][]
}

/** Where a process spent its time: the nodes of a V8 CPU profile, merged by call path. */
export interface Flame {
  scenario: string
  /** Like `gateway-0`. */
  process: string
  root: FlameNode
}

export interface FlameNode {
  /** `function file:line`. */
  name: string
  /** Samples in this function and below, each weighted by the time that it stands for; so not always whole. */
  samples: number
  children: FlameNode[]
}

/** How late a process's event loop came by while a scenario measured, ms; a millisecond is the timer's own. */
export interface LoopDelay {
  scenario: string
  process: string
  p50: number
  p95: number
  p99: number
  max: number
}

/** A statement of the server's in one window of a scenario, with `$1` for its values. */
export interface Statement {
  scenario: string
  window: string
  query: string
  /** Only ever ran inside of a function, in whose time it is contained. */
  inside: boolean
  calls: number
  totalMs: number
  meanMs: number
  /** Returned or changed, by all calls. */
  rows: number
}

/** The machine in all measured windows of a scenario together. */
export interface MachineUse {
  scenario: string
  seconds: number
  cores: number
  /** CPU time of programs that are not of the bench, in cores. */
  othersCores: number
  /** Of the time of all cores, 0–1: taken by a hypervisor, and left over. */
  stolenShare: number
  idleShare: number
}

export interface Machine {
  cpu: string
  cores: number
  memoryMiB: number
  kernel: string
  os: string
  node: string
  postgres: string
  redis: string
  uwebsockets: string
  /** Versions of the peers that ran, by name. */
  peers: Record<string, string>
}

/** A whole run. */
export interface Report {
  machine: Machine
  /** Hash of the commit, with `+` behind it when files differ from it. */
  commit: string
  profile: 'two-core' | 'i3' | 'remote'
  size: 'quick' | 'full'
  /** ISO 8601, UTC. */
  startedAt: string
  tookS: number
  /** The command line, as typed. */
  command: string
  /** Settings of the stack that differ from their defaults. */
  settings: Record<string, string>
  results: Result[]
  latencies: LatencyPlot[]
  times: TimePlot[]
  flames: Flame[]
  eventLoops: LoopDelay[]
  /** Those that took longest, of runs with profiles. */
  statements: Statement[]
  machineUse: MachineUse[]
  /** Things a reader must know: a saturated generator, a peer that was absent, what differs between peers. */
  notes: { scenario: string; text: string }[]
  /** What went wrong; a run with failures ends non-zero. */
  failures: { scenario: string; text: string }[]
}
