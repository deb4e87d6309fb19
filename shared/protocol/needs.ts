// Which rights a message's text needs. Asked by the send path and by whatever else writes or changes texts.

import { hasUrl } from './detect.ts'
import type { Entity } from './entities.ts'
import { right } from './permissions.ts'

const links: ReadonlySet<Entity['t']> = new Set(['link', 'url', 'email'])

/**
 * HOT: per message sent. The right bits for a text: `post`, and `links` if anything in it leads elsewhere. An address
 * counts also when no entity marks it: clients would show it as a link all the same.
 */
export function needOf(text: string, spans: readonly Entity[] | undefined): number {
  const leads = spans?.some(span => links.has(span.t)) || hasUrl(text)
  return leads ? right.post | right.links : right.post
}
