// Tells the page of the client's changes once a frame when they come quicker than that: with hundreds of messages a second
// nobody sees more, and each telling costs a look at what every mounted part shows.

import type { PetrelClient } from '#client/index.ts'

/** Pages that nobody sees get no frames; titles and counts follow so much later. */
const hiddenMs = 100

interface Beat {
  readonly listeners: Set<() => void>
  /** A change was told in this frame already. */
  waiting: boolean
  /** Another change came since. */
  late: boolean
}

const beats = new WeakMap<PetrelClient, Beat>()

/** Like `client.subscribe`: the first change is told at once, those of the same frame with the next one. */
export function subscribeByFrame(client: PetrelClient, listener: () => void): () => void {
  const beat = beats.get(client) ?? begin(client)
  beat.listeners.add(listener)
  return () => beat.listeners.delete(listener)
}

function begin(client: PetrelClient): Beat {
  const beat: Beat = { listeners: new Set(), waiting: false, late: false }
  beats.set(client, beat)
  client.subscribe(() => {
    if (beat.waiting) beat.late = true
    else tell(beat)
  })
  return beat
}

function tell(beat: Beat): void {
  beat.waiting = true
  beat.late = false
  for (const listener of [...beat.listeners]) listener()
  nextFrame(() => {
    beat.waiting = false
    if (beat.late) tell(beat)
  })
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
