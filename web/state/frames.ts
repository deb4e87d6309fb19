// Tells the page of the client's changes once a frame when they come quicker than that, and a few times a second when they go on
// and on: nobody reads hundreds of messages a second as they come, but who types or scrolls meanwhile wants the frames.

import type { PetrelClient } from '#client/index.ts'

/** Pages that nobody sees get no frames; titles and counts follow so much later. */
const hiddenMs = 100
/** Changes in so many frames in a row are a flood. */
const floodFrames = 12
/** Between two tellings in a flood. */
const floodMs = 150

interface Beat {
  readonly listeners: Set<() => void>
  /** A change was told a moment ago. */
  waiting: boolean
  /** Another change came since. */
  late: boolean
  /** How many tellings followed each other without a pause. */
  streak: number
}

const beats = new WeakMap<PetrelClient, Beat>()

/** Like `client.subscribe`: the first change is told at once, those of the same frame with the next one, a flood in steps. */
export function subscribeByFrame(client: PetrelClient, listener: () => void): () => void {
  const beat = beats.get(client) ?? begin(client)
  beat.listeners.add(listener)
  return () => beat.listeners.delete(listener)
}

function begin(client: PetrelClient): Beat {
  const beat: Beat = { listeners: new Set(), waiting: false, late: false, streak: 0 }
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
  const goOn = () => {
    beat.waiting = false
    beat.streak = beat.late ? beat.streak + 1 : 0
    if (beat.late) tell(beat)
  }
  if (beat.streak < floodFrames) nextFrame(goOn)
  else setTimeout(goOn, floodMs)
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
