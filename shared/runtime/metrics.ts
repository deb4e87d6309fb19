// Prometheus metrics under one prefix, and the small server that shows them on a port of their own.
// Labels must have few values: never an id, a name or an address.

import { createHash, timingSafeEqual } from 'node:crypto'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'
import { listen } from './lifecycle.ts'

export { Counter, Gauge, Histogram, Registry }

const prefix = 'petrel_'

/** Makers of metrics in one registry; the names they take are without the prefix. */
export interface Metrics {
  registry: Registry
  counter<Label extends string = never>(
    name: string,
    help: string,
    labels?: readonly Label[],
  ): Counter<Label>
  /** @param collect called at each scrape; sets the value */
  gauge<Label extends string = never>(
    name: string,
    help: string,
    labels?: readonly Label[],
    collect?: (gauge: Gauge<Label>) => void,
  ): Gauge<Label>
  histogram<Label extends string = never>(
    name: string,
    help: string,
    buckets: readonly number[],
    labels?: readonly Label[],
  ): Histogram<Label>
}

/**
 * A registry of its own, so that two apps in one test do not meet.
 * @param process  adds CPU, memory, garbage collection and event-loop delay
 * @param labels   on every sample, for example the index of the gateway process
 */
export function createMetrics({
  process = false,
  labels = {},
}: {
  process?: boolean
  labels?: Record<string, string>
} = {}): Metrics {
  const registry = new Registry()
  registry.setDefaultLabels(labels)
  if (process)
    collectDefaultMetrics({ register: registry, prefix, eventLoopMonitoringPrecision: 10 })
  const base = <Label extends string>(
    name: string,
    help: string,
    labelNames: readonly Label[],
  ) => ({
    name: prefix + name,
    help,
    labelNames,
    registers: [registry],
  })
  return {
    registry,
    counter: (name, help, labelNames = []) => new Counter(base(name, help, labelNames)),
    gauge: (name, help, labelNames = [], collect) => {
      const options = base(name, help, labelNames)
      return new Gauge(
        collect
          ? {
              ...options,
              collect() {
                collect(this)
              },
            }
          : options,
      )
    },
    histogram: (name, help, buckets, labelNames = []) =>
      new Histogram({ ...base(name, help, labelNames), buckets: [...buckets] }),
  }
}

/** Buckets in seconds from 1 ms to 10 s, for requests and statements. */
export const secondsBuckets = [
  0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10,
] as const

/** Whether an Authorization header carries this token; takes the same time for every wrong one. */
export function bearerMatches(header: string | undefined, token: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest()
  return timingSafeEqual(digest(header ?? ''), digest(`Bearer ${token}`))
}

/**
 * Serves GET /metrics and nothing else.
 * @param token  asked for as a bearer token; empty = open, so bind to a private address
 * @throws PortTaken
 */
export async function serveMetrics(options: {
  port: number
  host: string
  token: string
  registry: Registry
}): Promise<{ port: number; close(): Promise<void> }> {
  const server = createServer(async (request, response) => {
    if (request.url !== '/metrics' || request.method !== 'GET') {
      response.writeHead(404).end()
      return
    }
    if (options.token !== '' && !bearerMatches(request.headers.authorization, options.token)) {
      response.writeHead(401, { 'www-authenticate': 'Bearer' }).end()
      return
    }
    try {
      const text = await options.registry.metrics()
      response
        .writeHead(200, {
          'content-type': options.registry.contentType,
          'cache-control': 'no-store',
        })
        .end(text)
    } catch {
      response.writeHead(500).end()
    }
  })
  await listen(server, options.port, options.host)
  return {
    port: (server.address() as AddressInfo).port,
    close: () =>
      new Promise(resolve => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}
