// How often listeners are told of changes: once a frame when these come quicker than that, and a few times a second when they go on
// and on: nobody reads hundreds of messages a second as they come, but who types or scrolls meanwhile wants the frames.

/** Changes in so many frames in a row are a flood. */
const floodFrames = 12
/** Between two tellings in a flood. */
const floodMs = 150

export interface Pace {
  nextFrame(run: () => void): void
  later(run: () => void, ms: number): void
}

export class Beat {
  readonly listeners = new Set<() => void>()
  readonly #pace: Pace
  /** A change was told a moment ago. */
  #waiting = false
  /** Another change came since. */
  #late = false
  /** How many tellings followed each other without a pause. */
  #streak = 0

  constructor(pace: Pace) {
    this.#pace = pace
  }

  /** The first change is told at once, those of the same frame with the next one, a flood in steps. */
  changed(): void {
    if (this.#waiting) this.#late = true
    else this.#tell()
  }

  #tell(): void {
    this.#waiting = true
    this.#late = false
    for (const listener of [...this.listeners]) listener()
    const goOn = () => {
      this.#waiting = false
      this.#streak = this.#late ? this.#streak + 1 : 0
      if (this.#late) this.#tell()
    }
    if (this.#streak < floodFrames) this.#pace.nextFrame(goOn)
    else this.#pace.later(goOn, floodMs)
  }
}
