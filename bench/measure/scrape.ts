// Reads a process's /metrics: any sample by name and labels, and how long its event loop stood still.

/** One reading. */
export interface Samples {
  /**
   * Sum of the samples of this name whose labels are among these; 0 while nothing was counted yet.
   * @throws Error when the process has no such metric
   */
  sum(name: string, labels?: Record<string, string>): number
}

const timeoutMs = 10_000
/** The timer behind the metric ticks so often, and its period is in every value. */
const lagResolutionMs = 10

/** @throws Error when nobody answers there within 10 s */
export async function scrape(url: string): Promise<Samples> {
  const response = await fetch(url, { signal: AbortSignal.timeout(timeoutMs) })
  if (!response.ok) throw new Error(`${url} answered ${response.status}`)
  return parseMetrics(await response.text())
}

/** Reads the Prometheus text format, as far as counters, gauges, and the counts of histograms go. */
export function parseMetrics(text: string): Samples {
  const known = new Set<string>()
  const samples: { name: string; labels: Map<string, string>; value: number }[] = []
  for (const line of text.split('\n')) {
    const type = /^# TYPE (\S+)/.exec(line)
    // A histogram's own name stands for its sums.
    if (type?.[1]) for (const end of ['', '_count', '_sum']) known.add(type[1] + end)
    const [, name, labels = '', value] = /^([^#{\s]+)(?:\{(.*)\})?\s+(\S+)/.exec(line) ?? []
    if (name === undefined) continue
    const pairs = [...labels.matchAll(/([^=,]+)="((?:[^"\\]|\\.)*)"/g)]
    samples.push({
      name,
      labels: new Map(pairs.map(([, key = '', text = '']) => [key, text])),
      value: Number(value),
    })
  }
  return {
    sum(name, labels = {}) {
      if (!known.has(name)) throw new Error(`there is no metric ${name}`)
      const wanted = Object.entries(labels)
      return samples
        .filter(
          each =>
            each.name === name && wanted.every(([key, text]) => each.labels.get(key) === text),
        )
        .reduce((total, each) => total + each.value, 0)
    },
  }
}

/**
 * Watches the event loop of a process; nobody else may scrape it meanwhile, since that starts anew.
 * @param since `now`, or the process's start: what it did before the first scrape was answered counts then
 * @returns ends the watch and tells the longest stall in ms
 */
export async function watchStall(
  url: string,
  since: 'now' | 'start' = 'now',
): Promise<() => Promise<number>> {
  const longestMs = async () => {
    const samples = await scrape(url)
    return samples.sum('petrel_nodejs_eventloop_lag_max_seconds') * 1000 - lagResolutionMs
  }
  const firstMs = await longestMs()
  return async () => Math.max(since === 'start' ? firstMs : 0, await longestMs())
}
