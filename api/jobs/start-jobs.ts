// Starts the jobs that run beside the api. Each may run in several processes at once.

import type { SentScheduled } from '#shared/actions/send-scheduled.ts'
import type { Services } from '#shared/actions/services.ts'
import { linkToShow } from '#shared/actions/show-preview.ts'
import type { Config } from '#shared/runtime/config.ts'
import type { Log } from '#shared/runtime/log.ts'
import type { Metrics } from '#shared/runtime/metrics.ts'
import type { Bus } from '#shared/store/bus.ts'
import { addJob } from '#shared/store/jobs.ts'
import { createPreviewFetcher } from '../workers/preview-fetcher.ts'
import { startDiscussions } from './discussions.ts'
import { startExpirer } from './expirer.ts'
import { startGroups } from './groups.ts'
import { startPreviews } from './previews.ts'
import { startReadTimes } from './read-times.ts'
import { startScheduled } from './scheduled.ts'
import { startSums } from './sums.ts'
import { startSweeper } from './sweeper.ts'

interface Deps extends Services {
  bus: Bus
  log: Log
  metrics: Metrics
}

/** Starts them; the function returned stops them, each after what it has under way. */
export function startJobs(
  deps: Deps,
  { linkPreviews, redisUrl }: Pick<Config<'api'>, 'linkPreviews' | 'redisUrl'>,
): () => Promise<void> {
  const stops = [
    startSweeper(deps),
    startExpirer(deps),
    startReadTimes(deps),
    startDiscussions(deps),
    startSums(deps),
    startGroups(deps),
    startScheduled({ ...deps, ...(linkPreviews && { onSent: wantPreview(deps.bus) }) }),
  ]
  if (linkPreviews) stops.push(runPreviews(deps, redisUrl))
  return async () => {
    await Promise.all(stops.map(stop => stop()))
  }
}

/** Asks for a preview of a message that no gateway sent. */
function wantPreview({ redis }: Pick<Bus, 'redis'>): (sent: SentScheduled) => void {
  return ({ due: { message }, sent: { seq } }) => {
    const url = linkToShow(message)
    if (url === null) return
    addJob(redis, 'previews', { chat: message.chat, seq, url }).catch(() => undefined)
  }
}

function runPreviews(deps: Deps, redisUrl: string): () => Promise<void> {
  const fetcher = createPreviewFetcher()
  const stop = startPreviews({ ...deps, fetcher }, { redisUrl, node: `api-${process.pid}` })
  return async () => {
    await stop()
    await fetcher[Symbol.asyncDispose]()
  }
}
