// A made-up report with everything that one can hold, for the tests and for looking at the page:
// `node --import=tsx bench/report/sample-report.ts FILE.html` writes it.

import type {
  Flame,
  FlameNode,
  LatencyPlot,
  Machine,
  Peer,
  Report,
  Result,
  Statement,
  TimePlot,
} from './model.ts'
import { page } from './page.ts'
import { writeText } from './write.ts'

const machine: Machine = {
  cpu: 'Intel(R) Core(TM) i3-2120 CPU @ 3.30GHz',
  cores: 2,
  memoryMiB: 3912,
  kernel: '6.1.0-28-amd64',
  os: 'Debian GNU/Linux 12 (bookworm)',
  node: '20.20.0',
  postgres: '18.4',
  redis: '7.0.15',
  uwebsockets: '20.58.0',
  peers: { ws: '8.23.0', 'socket.io': '4.8.4', ejabberd: '23.01' },
}

/** A result of Petrel's own; `with` sets what differs. */
export function sampleResult(
  scenario: string,
  metric: string,
  value: number,
  unit: string,
  others: Partial<Result> = {},
): Result {
  const runs = [value * 0.96, value, value * 1.05]
  return {
    scenario,
    metric,
    value,
    unit,
    peer: null,
    ratio: null,
    target: null,
    met: null,
    runs,
    ...others,
  }
}

const quiet = 'quiet latency'
const durable = 'durable throughput'
const fanOut = 'fan-out, groups of 200'
const memory = 'memory'

function peerResult(own: Result, peer: Peer, value: number, target: number | null = null): Result {
  const ratio = own.value / value
  const met = target === null ? null : ratio >= target
  return sampleResult(own.scenario, own.metric, value, own.unit, { peer, ratio, target, met })
}

function results(): Result[] {
  const sent = sampleResult(durable, 'sent at delivered p95 ≤ 50 ms', 14_210, 'msg/s', {
    target: 12_000,
    met: true,
  })
  const fanned = sampleResult(fanOut, 'deliveries', 601_432.4, 'deliveries/s')
  const cost = sampleResult(fanOut, 'server CPU per delivery', 1.31, 'µs/delivery')
  return [
    sampleResult(quiet, 'send to ack, p95', 2.94, 'ms', { target: 4, met: true }),
    sampleResult(quiet, 'delivered p50', 1.71, 'ms', { target: 2.5, met: true }),
    sampleResult(quiet, 'delivered p95', 4.52, 'ms', { target: 6, met: true }),
    sampleResult(quiet, 'delivered p99', 13.6, 'ms', { target: 12, met: false }),
    sent,
    peerResult(sent, 'single-commit', 3_204, 4),
    sampleResult(durable, 'delivered p95 at 10,000 msg/s', 24.8, 'ms', { target: 30, met: true }),
    fanned,
    peerResult(fanned, 'raw-uws', 644_120, 0.75),
    peerResult(fanned, 'ws', 157_300),
    peerResult(fanned, 'socket.io', 128_011, 3.5),
    peerResult(fanned, 'ejabberd', 27_420, 10),
    cost,
    peerResult(cost, 'raw-uws', 1.02),
    sampleResult(fanOut, 'delivered p95', 39.7, 'ms'),
    sampleResult(memory, 'RSS per idle connection with 20 chats', 4.36, 'KiB', {
      target: 5,
      met: true,
    }),
    sampleResult(memory, 'gateway and api, idle', 187.2, 'MiB', {
      target: 200,
      met: true,
      runs: [187.2],
    }),
    sampleResult(memory, 'whole stack, idle', 421, 'MiB', { target: 400, met: false }),
  ]
}

/** Ever the same noise, so that two pages of one sample are equal. */
function noise(seed: number): () => number {
  let state = seed
  return () => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648
    return state / 2_147_483_648
  }
}

const percentiles = [0, 10, 25, 50, 75, 87.5, 90, 95, 97.5, 99, 99.5, 99.9, 99.95, 99.99, 99.995]

function latency(
  scenario: string,
  name: string,
  p50: number,
  tail: number,
  peer: Peer | null = null,
): LatencyPlot {
  const points = percentiles.map((percentile): [number, number] => {
    const decades = Math.log10(1 / (1 - percentile / 100))
    return [percentile, p50 * 0.55 + p50 * 0.45 * (decades / 0.301) ** tail]
  })
  return { scenario, name, peer, points }
}

function series(
  scenario: string,
  kind: TimePlot['kind'],
  name: string,
  unit: string,
  level: number,
  growth = 0,
): TimePlot {
  const next = noise(name.length * 7919 + level)
  const points = Array.from({ length: 120 }, (_, i): [number, number] => {
    const warm = Math.min(1, (i + 1) / 8)
    return [i / 2, level * warm * (0.93 + 0.14 * next()) + growth * i]
  })
  return { scenario, kind, name, unit, points }
}

function processes(scenario: string): TimePlot[] {
  const cpu = (name: string, level: number) => series(scenario, 'cpu', name, '%', level)
  const rss = (name: string, level: number, growth: number) =>
    series(scenario, 'rss', name, 'MiB', level, growth)
  return [
    cpu('gateway-0', 68),
    cpu('gateway-1', 64),
    cpu('postgres', 31),
    cpu('redis', 6),
    cpu('api', 2),
    cpu('generator', 29),
    rss('gateway-0', 96, 0.12),
    rss('gateway-1', 92, 0.1),
    rss('postgres', 148, 0.3),
    rss('redis', 24, 0.05),
    rss('api', 88, 0),
    rss('generator', 70, 0.02),
  ]
}

const calls = [
  'flush gateway/flusher.ts:41',
  'writev node:internal/stream_base_commons:46',
  'deliver gateway/fan-out.ts:88',
  'run gateway/lanes.ts:132',
  'query pg/lib/client.js:560',
  'parse pg-protocol/dist/parser.js:77',
  'unpack msgpackr/unpack.js:39',
  'scan shared/protocol/codec.ts:24',
  'encode shared/protocol/codec.ts:141',
  '(garbage collector)',
  'onMessage gateway/server.ts:117',
  'dispatch gateway/dispatch.ts:60',
  'safeParse zod/v4/core/parse.js:51',
  '(program)',
]

function call(next: () => number, samples: number, depth: number): FlameNode {
  const name = calls[Math.floor(next() * calls.length)] ?? '(anonymous)'
  const children: FlameNode[] = []
  let left = Math.floor(samples * (0.6 + 0.35 * next()))
  while (depth < 22 && left > 3 && children.length < 5) {
    const part = Math.ceil(left * (0.3 + 0.65 * next()))
    children.push(call(next, part, depth + 1))
    left -= part
  }
  return { name, samples, children }
}

function flame(scenario: string, process: string, seed: number): Flame {
  const next = noise(seed)
  const children = [call(next, 9_000, 1), call(next, 5_200, 1), call(next, 900, 1)]
  const idle = { name: '(idle)', samples: 4_900, children: [] }
  return {
    scenario,
    process,
    root: { name: process, samples: 20_000, children: [...children, idle] },
  }
}

function statements(): Statement[] {
  const window = { scenario: durable, window: '12000 msg/s, run 3', calls: 1_204, rows: 36_120 }
  return [
    {
      ...window,
      query: 'select * from send_messages($1, $2)',
      inside: false,
      totalMs: 1_830.4,
      meanMs: 1.52,
    },
    {
      ...window,
      query: 'insert into messages select * from added',
      inside: true,
      totalMs: 640.2,
      meanMs: 0.53,
    },
  ]
}

/** A whole report; the same one at each call. */
export function sampleReport(): Report {
  return {
    machine: structuredClone(machine),
    commit: '0a1b2c3d4e5f60718293a4b5c6d7e8f901234567+',
    profile: 'two-core',
    size: 'full',
    startedAt: '2026-05-04T09:31:12.000Z',
    tookS: 1_503,
    command: 'npm run bench -- --full --peers raw-uws,ws,socket.io,ejabberd --html report.html',
    settings: { GATEWAYS: '2', LANES: '2', 'postgres synchronous_commit': 'on' },
    results: results(),
    latencies: [
      latency(quiet, 'send to ack, 500 msg/s', 1.1, 1.2),
      latency(quiet, 'delivered, 500 msg/s', 1.7, 1.35),
      latency(durable, 'delivered, 10,000 msg/s', 9, 1.1),
      latency(durable, 'delivered, 14,000 msg/s', 21, 0.9),
      latency(fanOut, 'delivered', 20, 0.55),
      latency(fanOut, 'delivered', 18, 0.5, 'raw-uws'),
      latency(fanOut, 'delivered', 74, 0.6, 'ws'),
      latency(fanOut, 'delivered', 88, 0.7, 'socket.io'),
      latency(fanOut, 'delivered', 310, 1, 'ejabberd'),
    ],
    times: [
      series(quiet, 'throughput', 'messages', 'msg/s', 500),
      ...processes(quiet),
      series(durable, 'throughput', 'acknowledged', 'msg/s', 14_210),
      series(durable, 'throughput', 'delivered', 'msg/s', 14_195),
      ...processes(durable),
      series(fanOut, 'throughput', 'deliveries', 'deliveries/s', 601_432),
      ...processes(fanOut),
    ],
    eventLoops: [
      { scenario: quiet, process: 'gateway-0', p50: 0.31, p95: 1.12, p99: 2.4, max: 18.7 },
      { scenario: quiet, process: 'api', p50: 0.28, p95: 1.05, p99: 1.3, max: 4.1 },
    ],
    statements: statements(),
    machineUse: [
      {
        scenario: quiet,
        seconds: 2.7,
        cores: 2,
        othersCores: 0.24,
        stolenShare: 0.03,
        idleShare: 0.41,
      },
    ],
    flames: [
      flame(durable, 'gateway-0', 7),
      flame(durable, 'api', 11),
      flame(fanOut, 'gateway-0', 23),
    ],
    notes: [
      {
        scenario: durable,
        text: 'The generator used 93 % of a core at the last step: the limit may be its own.',
      },
      {
        scenario: fanOut,
        text: 'ejabberd stores each message in its archive; Socket.IO and ws store nothing.',
      },
      {
        scenario: fanOut,
        text: 'Carol left the room at the end of each run, so that the rooms stayed equal.',
      },
    ],
    failures: [
      {
        scenario: memory,
        text: 'whole stack, idle: redis took 61 MiB, more than the 40 MiB expected',
      },
    ],
  }
}

if (process.argv[1]?.endsWith('sample-report.ts')) {
  await writeText(process.argv[2] ?? 'sample-report.html', page(sampleReport()))
}
