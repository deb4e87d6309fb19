// Runs in a worker thread: asks for a page and reads it. Built into a file of its own (deploy/build.ts).

import { workerData } from 'node:worker_threads'
import type { Preview } from '#shared/protocol/models.ts'
import { publicReach, type Reach, Refused } from '../previews/fetch-page.ts'
import { makePreview } from '../previews/make-preview.ts'
import type { Pretended } from './preview-fetcher.ts'

/** Names, addresses and ports of a test's own servers. */
const pretended = workerData as Pretended | null | undefined

const reach: Reach = pretended
  ? {
      resolve: async name => {
        const addresses = pretended.names[name]
        if (!addresses) throw new Refused('the name has no address')
        return addresses
      },
      isAllowed: address => pretended.addresses.includes(address),
      ports: new Set(pretended.ports),
    }
  : publicReach()

export function run(link: string): Promise<Preview | null> {
  return makePreview(link, reach)
}
