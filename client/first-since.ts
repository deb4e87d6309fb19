// Finds the first message of a chat that is not older than a moment, with few requests: each reads a page where the message
// should be if messages came evenly, and what it brings narrows the search down. Times never run against numbers in a chat.

import type { ChatId, Seq } from '#shared/protocol/ids.ts'
import type { OpIn, OpOut } from '#shared/protocol/ops.ts'

const pageMessages = 50

export interface FirstSinceDeps {
  call(op: 'history', body: OpIn<'history'>): Promise<OpOut<'history'>>
}

/** Where the message may be: behind `low`, where all are older, and at most right behind `top`, where the `best` one is. */
interface Range {
  low: Seq
  top: Seq
  best: Seq
  lowAt?: number
  bestAt: number
}

/**
 * @param at ms since 1970
 * @returns undefined when there is nothing from then on
 * @throws AppError
 */
export async function firstSince(
  client: FirstSinceDeps,
  chat: ChatId,
  at: number,
): Promise<Seq | undefined> {
  const { messages: newest } = await client.call('history', { chat, limit: pageMessages })
  const first = newest[0]
  const last = newest.at(-1)
  if (!first || !last || last.at < at) return undefined
  if (first.at < at) return newest.find(message => message.at >= at)?.seq
  let range: Range = { low: 0, top: first.seq - 1, best: first.seq, bestAt: first.at }
  for (let step = 0; range.low < range.top; step++) {
    // Each second request halves what is left, however uneven the times are.
    const after = step % 2 === 0 ? guess(range, at) : (range.low + range.top) >> 1
    const { messages } = await client.call('history', { chat, after, limit: pageMessages })
    const begin = messages[0]
    const end = messages.at(-1)
    if (!begin || !end) range = { ...range, top: after }
    else if (begin.at >= at) range = { ...range, top: after, best: begin.seq, bestAt: begin.at }
    else if (end.at < at) range = { ...range, low: Math.min(end.seq, range.top), lowAt: end.at }
    else return messages.find(message => message.at >= at)?.seq
  }
  return range.best
}

/** The page where the message would be in the middle if messages came evenly begins behind this one. */
function guess({ low, top, best, lowAt, bestAt }: Range, at: number): Seq {
  if (lowAt === undefined || bestAt <= lowAt) return (low + top) >> 1
  const share = (at - lowAt) / (bestAt - lowAt)
  const place = low + Math.floor(share * (best - low)) - (pageMessages >> 1)
  return Math.min(Math.max(place, low), top - 1)
}
