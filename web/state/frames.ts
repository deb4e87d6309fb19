// Tells the page of the client's changes by frames (beat.ts): each telling costs a look at what every mounted part shows.

import type { PetrelClient } from '#client/index.ts'
import { Beat } from './beat.ts'

/** Pages that nobody sees get no frames; titles and counts follow so much later. */
const hiddenMs = 100

const beats = new WeakMap<PetrelClient, Beat>()

/** Like `client.subscribe`, but not as often. */
export function subscribeByFrame(client: PetrelClient, listener: () => void): () => void {
  const beat = beats.get(client) ?? begin(client)
  beat.listeners.add(listener)
  return () => beat.listeners.delete(listener)
}

function begin(client: PetrelClient): Beat {
  const beat = new Beat({ nextFrame, later: (run, ms) => void setTimeout(run, ms) })
  beats.set(client, beat)
  client.subscribe(() => beat.changed())
  return beat
}

/** With the next frame, or soon when the page is hidden and has none. */
function nextFrame(run: () => void): void {
  const frame = requestAnimationFrame(() => {
    clearTimeout(timer)
    run()
  })
  const timer = setTimeout(() => {
    cancelAnimationFrame(frame)
    run()
  }, hiddenMs)
}
