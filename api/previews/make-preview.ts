// From a link to its preview. Runs in a worker thread.

import { limits } from '#shared/protocol/limits.ts'
import type { Preview } from '#shared/protocol/models.ts'
import { openPage, type Reach, Refused } from './fetch-page.ts'
import { clean, readPage } from './read-page.ts'

/** From the first question to the last byte that is needed, redirects included. */
const timeoutMs = 5_000

/**
 * @param reach what may be reached
 * @returns null where there is nothing to show, now and later
 * @throws Error for what may pass: a server that does not answer or has a trouble
 */
export async function makePreview(
  link: string,
  reach: Reach,
  deadlineMs = timeoutMs,
): Promise<Preview | null> {
  const signal = AbortSignal.timeout(deadlineMs)
  const late = new Promise<never>((_resolve, reject) => {
    signal.addEventListener('abort', () => reject(new Error('no answer in time')), { once: true })
  })
  try {
    return await Promise.race([make(link, reach, signal), late])
  } catch (error) {
    if (error instanceof Refused) return null
    throw error
  }
}

async function make(link: string, reach: Reach, signal: AbortSignal): Promise<Preview | null> {
  const page = await openPage(link, reach, signal)
  const { title, text, site } = await readPage(page.body, page.charset)
  if (!title) return null
  const name = site || clean(page.url.hostname.replace(/^www\./, ''), limits.previewSiteCharsMax)
  return { url: link, title, ...(text && { text }), ...(name && { site: name }) }
}
