// Makes link previews: takes the wishes of gateways from their queue, asks for each page once a day, shows what it says
// at the message. Several processes may do it at once: each job is one's.

import type { Services } from '#shared/actions/services.ts'
import { previewJob, showPreview, wantsPreview } from '#shared/actions/show-preview.ts'
import type { Preview } from '#shared/protocol/models.ts'
import type { Log } from '#shared/runtime/log.ts'
import type { Metrics } from '#shared/runtime/metrics.ts'
import { JobReader } from '#shared/store/jobs.ts'
import { forgetPreviews, readPreview, storePreview } from '#shared/store/link-previews.ts'
import { fetchesMax, type PreviewFetcher } from '../workers/preview-fetcher.ts'

/** Longer than a fetch and what follows it can take. */
const againMs = 20_000
const forgetEveryMs = 600_000
const forgetRowsMax = 5_000

interface Deps extends Services {
  fetcher: Pick<PreviewFetcher, 'fetch'>
  log: Log
  metrics: Metrics
}

/**
 * Starts it; the function returned stops it after the jobs under way.
 * @param options.againMs how soon what failed is tried again
 */
export function startPreviews(
  deps: Deps,
  options: { redisUrl: string; node: string; againMs?: number },
): () => Promise<void> {
  const shown = deps.metrics.counter('previews_shown_total', 'Messages that got a link preview.')
  const dead = deps.metrics.counter('previews_dead_total', 'Links that nobody could look at.')
  const pages = new Pages(deps)
  const reader = new JobReader({
    url: options.redisUrl,
    kind: 'previews',
    consumer: options.node,
    atOnce: fetchesMax,
    againMs: options.againMs ?? againMs,
    work: async job => {
      if (await doPreview(deps, pages, job)) shown.inc()
    },
    onDead: (job, err) => {
      dead.inc()
      deps.log.debug({ err }, 'a link could not be looked at')
      pages.giveUp(job)
    },
    onError: err => deps.log.debug({ err }, 'the queue of link previews is away'),
  })
  const forget = setInterval(() => {
    forgetPreviews(deps.db, forgetRowsMax).catch(err => deps.log.debug({ err }, 'previews stay'))
  }, forgetEveryMs)
  return async () => {
    clearInterval(forget)
    await reader.stop()
  }
}

/** @returns whether a message got a preview @throws Error when it may succeed later */
async function doPreview(deps: Services, pages: Pages, job: unknown): Promise<boolean> {
  const parsed = previewJob.safeParse(job)
  // Whoever wrote it may want none, or have taken the link out again: then the page learns nothing of it.
  if (!parsed.success || !(await wantsPreview(deps, parsed.data))) return false
  const preview = await pages.get(parsed.data.url)
  return preview !== null && (await showPreview(deps, parsed.data, preview))
}

/** What links lead to, asked for once a day, and once at a time. */
class Pages {
  readonly #deps: Pick<Deps, 'db' | 'fetcher'>
  readonly #underWay = new Map<string, Promise<Preview | null>>()

  constructor(deps: Pick<Deps, 'db' | 'fetcher'>) {
    this.#deps = deps
  }

  get(url: string): Promise<Preview | null> {
    const same = this.#underWay.get(url)
    if (same) return same
    const preview = this.#find(url).finally(() => this.#underWay.delete(url))
    this.#underWay.set(url, preview)
    return preview
  }

  /** Nobody asks for this one again today. */
  giveUp(job: unknown): void {
    const parsed = previewJob.safeParse(job)
    if (parsed.success) storePreview(this.#deps.db, parsed.data.url, null).catch(() => undefined)
  }

  async #find(url: string): Promise<Preview | null> {
    const { db, fetcher } = this.#deps
    const known = await readPreview(db, url)
    if (known !== undefined) return known
    const preview = await fetcher.fetch(url)
    await storePreview(db, url, preview)
    return preview
  }
}
