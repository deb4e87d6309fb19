// Once a second: posts whose mirrors a crash left out, comments to count, links of which one chat is gone. Several
// processes may do it at once: locks and cursors in PostgreSQL let each piece of work be done by one of them.

import { countComments, endWidowed } from '#shared/actions/discussions.ts'
import { mirrorPosts } from '#shared/actions/mirror-posts.ts'
import type { Services } from '#shared/actions/services.ts'
import type { ChatId } from '#shared/protocol/ids.ts'
import type { Log } from '#shared/runtime/log.ts'
import type { Bus } from '#shared/store/bus.ts'
import { readBehind } from '#shared/store/discussions.ts'
import { repeat } from './repeat.ts'

const everyMs = 1_000

interface Deps extends Services {
  bus: Pick<Bus, 'cast'>
  log: Log
}

/** Starts it; the function returned stops it after the round under way. */
export function startDiscussions(deps: Deps): () => Promise<void> {
  return repeat(async () => {
    await runDiscussions(deps).catch(err => {
      deps.log.debug({ err }, 'a round over the discussions failed')
    })
    return everyMs
  })
}

/**
 * One round; a channel that fails leaves the others alone.
 * @throws AggregateError of what failed; it waits for the next round
 */
export async function runDiscussions(deps: Services & { bus: Pick<Bus, 'cast'> }): Promise<void> {
  const errors: unknown[] = []
  const attempt = (work: Promise<unknown>) => work.catch(error => errors.push(error))
  for (const chat of await readBehind(deps.db)) await attempt(mirror(deps, chat))
  await attempt(count(deps))
  await attempt(endWidowed(deps))
  if (errors.length > 0)
    throw new AggregateError(errors, 'some discussions wait for the next round')
}

async function mirror(deps: Services & { bus: Pick<Bus, 'cast'> }, chat: ChatId): Promise<void> {
  const counts = (await mirrorPosts(deps, chat)).map(seq => ({ seq, comments: 0 }))
  if (counts.length > 0) deps.bus.cast({ type: 'counts', chat, counts })
}

async function count(deps: Services & { bus: Pick<Bus, 'cast'> }): Promise<void> {
  for (const { chat, counts } of await countComments(deps)) {
    deps.bus.cast({ type: 'counts', chat, counts })
  }
}
