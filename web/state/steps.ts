// The steps of the browser's history that this page made. Each knows its place in the row, so that one goes back to a place
// whatever was opened in between. A layer is what lies over the page (a dialog, a menu, a search): it has a step of its own,
// so that the back key closes it before anything else. One that was closed otherwise leaves its step behind: going back over
// the browser's history takes a while, and the next layer mostly needs a step again. Whoever goes back from it goes on.

interface Place {
  /** 0: the step that the page was opened with. */
  at: number
  layer: boolean
}

interface Layer {
  at: number
  close(): void
}

const travelMs = 1_000
/** In the order in which they were opened. */
const layers = new Set<Layer>()
const followers = new Set<() => void>()
let place = placeNow()
/** The browser goes to a place, and has not told that it came there. */
let isTravelling = false
/** What is to be done there, one after the other: each may go further back. */
const waiting: (() => void)[] = []
/** Layers that were opened meanwhile. */
const unlaid = new Set<Layer>()
let lateTimer: ReturnType<typeof setTimeout> | undefined

/** Calls it when the back and forward keys have led to another step, or the page itself has. @returns ends it */
export function followSteps(follow: () => void): () => void {
  if (followers.size === 0) addEventListener('popstate', onPop)
  followers.add(follow)
  return () => {
    followers.delete(follow)
    if (followers.size === 0) removeEventListener('popstate', onPop)
  }
}

/** Where the page is among its steps. */
export function placeAt(): number {
  return placeNow().at
}

/** What a step holds beside its place. */
export function stepNow(): object {
  const { at: _, layer: __, ...step } = (history.state ?? {}) as Partial<Place>
  return step
}

export function pushStep(step: object, address?: string): void {
  push({ ...step, at: placeAt() + 1 }, address)
}

export function replaceStep(step: object, address?: string): void {
  history.replaceState({ ...step, ...placeNow() }, '', address)
}

/** Forgets all steps: another person begins here. */
export function resetSteps(): void {
  history.replaceState(null, '', '/')
  place = placeNow()
}

export function travelTo(at: number): void {
  const by = at - placeAt()
  if (by === 0) return
  isTravelling = true
  history.go(by)
  // A step that is not there tells nothing.
  lateTimer = setTimeout(arrive, travelMs)
}

/** Does something with the step where the page is, or will be as soon as the browser came to it. */
export function whenThere(run: () => void): void {
  if (isTravelling) waiting.push(run)
  else run()
}

/** @param close called when the person goes back @returns to be called when it is closed, however it was */
export function openLayer(close: () => void): () => void {
  const layer = { at: 0, close }
  if (isTravelling) unlaid.add(layer)
  else lay([layer])
  return () => {
    layers.delete(layer)
    unlaid.delete(layer)
  }
}

/** On the step of a layer that was closed, or on a new one. */
function lay(opened: readonly Layer[]): void {
  const isFree = place.layer && ![...layers].some(({ at }) => at === place.at)
  if (!isFree) push({ ...stepNow(), at: place.at + 1, layer: true })
  for (const layer of opened) {
    layer.at = place.at
    layers.add(layer)
  }
}

function push(state: object, address?: string): void {
  // The step below is known for one of this page when one comes back to it.
  history.replaceState({ ...stepNow(), ...placeNow() }, '')
  history.pushState(state, '', address)
  place = placeNow()
}

function onPop(): void {
  const left = place
  place = placeNow()
  const closed = isTravelling ? [] : layersAbove()
  for (const layer of closed.reverse()) {
    layers.delete(layer)
    layer.close()
  }
  for (const follow of followers) follow()
  // An address that somebody typed has no place, and is where they want to be.
  const isOurs = history.state !== null
  const wasSpent = left.layer && left.at > place.at && closed.length === 0
  if (isTravelling) arrive()
  else if (wasSpent && isOurs) history.back()
}

function arrive(): void {
  clearTimeout(lateTimer)
  isTravelling = false
  while (!isTravelling && waiting.length > 0) waiting.shift()?.()
  if (isTravelling) return
  // What was left open, and what was opened on the way, is closed by the next step back.
  const opened = [...layersAbove(), ...unlaid]
  for (const layer of opened) layers.delete(layer)
  unlaid.clear()
  if (opened.length > 0) lay(opened)
}

function layersAbove(): Layer[] {
  return [...layers].filter(({ at }) => at > place.at)
}

function placeNow(): Place {
  const { at, layer } = (history.state ?? {}) as Partial<Place>
  return { at: typeof at === 'number' ? at : 0, layer: layer === true }
}
