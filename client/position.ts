// Where a client stands in one numbered log (a chat's revs, a user's urevs) and what to do with the
// next change: apply it, drop it, or hold it until the gap before it is closed. No clock, no I/O.

/** Beyond this many held changes later ones are only remembered as a number; the diff brings them. */
const heldMax = 512

export class Position<Change> {
  #at: number
  #known: number
  readonly #held = new Map<number, Change>()

  /** @param at everything up to this number is applied */
  constructor(at: number) {
    this.#at = at
    this.#known = at
  }

  get at(): number {
    return this.#at
  }

  /** The highest number heard of. */
  get known(): number {
    return this.#known
  }

  /** Whether changes exist that are not applied: held ones, or ones only heard of. */
  get behind(): boolean {
    return this.#known > this.#at
  }

  /**
   * Takes change number `rev`.
   * @returns the changes to apply now, in order: none for a duplicate or behind a gap, and with the one
   *   that closes a gap all that waited for it
   */
  offer(rev: number, change: Change): [rev: number, change: Change][] {
    if (rev <= this.#at) return []
    this.learn(rev)
    if (rev > this.#at + 1) {
      if (this.#held.size < heldMax) this.#held.set(rev, change)
      return []
    }
    this.#held.delete(rev)
    this.#at = rev
    return [[rev, change], ...this.#release()]
  }

  /** Hears that the log reaches `rev`. */
  learn(rev: number): void {
    if (rev > this.#known) this.#known = rev
  }

  /**
   * Everything up to `rev` came by another way (a diff, a fresh picture); never moves back.
   * @returns held changes that follow directly, to be applied now
   */
  moveTo(rev: number): [rev: number, change: Change][] {
    if (rev > this.#at) this.#at = rev
    this.learn(rev)
    for (const held of this.#held.keys()) if (held <= this.#at) this.#held.delete(held)
    return this.#release()
  }

  #release(): [number, Change][] {
    const released: [number, Change][] = []
    for (;;) {
      const change = this.#held.get(this.#at + 1)
      if (change === undefined) return released
      this.#at++
      this.#held.delete(this.#at)
      released.push([this.#at, change])
    }
  }
}
