// Starts the jobs that run beside the api. Each may run in several processes at once.

import type { SentScheduled } from '#shared/actions/send-scheduled.ts'
import type { Services } from '#shared/actions/services.ts'
import { linkToShow } from '#shared/actions/show-preview.ts'
import type { Config } from '#shared/runtime/config.ts'
import type { Log } from '#shared/runtime/log.ts'
import type { Metrics } from '#shared/runtime/metrics.ts'
import { type Bus, openBus } from '#shared/store/bus.ts'
import { addJob } from '#shared/store/jobs.ts'
import type { Pusher } from '../push/pusher.ts'
import { createPreviewFetcher } from '../workers/preview-fetcher.ts'
import { startDiscussions } from './discussions.ts'
import { startExpirer } from './expirer.ts'
import { startPreviews } from './previews.ts'
import { startPush } from './push.ts'
import { startReadTimes } from './read-times.ts'
import { startRestrictions } from './restrictions.ts'
import { startScheduled } from './scheduled.ts'
import { startSearchIndexer } from './search-indexer.ts'
import { shareNews } from './shared-news.ts'
import { startSums } from './sums.ts'
import { startSweeper } from './sweeper.ts'

/** How long news are gathered for the jobs that follow them. */
const newsRestMs = 300

interface Deps extends Services {
  bus: Bus
  pusher: Pusher | null
  log: Log
  metrics: Metrics
}

type JobsConfig = Pick<Config<'api'>, 'linkPreviews' | 'redisUrl' | 'searchMessagesPerS'>

/** Starts them; the function returned stops them, each after what it has under way. */
export function startJobs(deps: Deps, config: JobsConfig): () => Promise<void> {
  const { linkPreviews, redisUrl } = config
  const stops = [
    startSweeper(deps),
    startExpirer(deps),
    startReadTimes(deps),
    startDiscussions(deps),
    startSums(deps),
    startRestrictions(deps),
    startScheduled({ ...deps, ...(linkPreviews && { onSent: wantPreview(deps.bus) }) }),
    followNews(deps, config),
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

/** The jobs that follow the news have a bus of their own: what this process publishes is news for them too. */
function followNews(deps: Deps, { redisUrl, searchMessagesPerS }: JobsConfig): () => Promise<void> {
  const onError = (error: Error) => deps.log.debug({ err: error }, 'connection lost')
  const bus = openBus({ url: redisUrl, node: `jobs-${process.pid}`, onError })
  const news = { ...shareNews(bus, newsRestMs), redis: bus.redis }
  const stops = [startSearchIndexer({ ...deps, bus: news }, { messagesPerS: searchMessagesPerS })]
  const { pusher } = deps
  if (pusher) stops.push(startPush({ ...deps, bus: news, pusher }))
  return async () => {
    await Promise.all(stops.map(stop => stop()))
    await bus.close()
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
