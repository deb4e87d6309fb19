// Looks at who may see whose presence, made one after another. A look that waits is not asked for twice: somebody who
// changes their settings again and again, before many watchers, costs one look each at a time and no growing queue.

import type { Look } from '#shared/store/privacy.ts'

/** Made together. */
export const looksPerQuery = 2_000

export class LookQueue {
  readonly #look: (looks: readonly Look[]) => Promise<void>
  /** By viewer and owner, in the order in which they were first asked for. */
  readonly #waiting = new Map<string, Look>()
  #running: Promise<void> | null = null

  /** @param look makes some of them; one after another, so that an older answer never undoes a newer. Never rejects */
  constructor(look: (looks: readonly Look[]) => Promise<void>) {
    this.#look = look
  }

  /** Looks that wait; those under way are none of them, since they may have read what was before. */
  get waiting(): number {
    return this.#waiting.size
  }

  add(looks: readonly Look[]): void {
    for (const look of looks) this.#waiting.set(`${look.viewer}>${look.owner}`, look)
    if (this.#waiting.size > 0) this.#running ??= this.#run()
  }

  /** Resolves when nothing waits any more. */
  async idle(): Promise<void> {
    await this.#running
  }

  async #run(): Promise<void> {
    while (this.#waiting.size > 0) {
      const some = [...this.#waiting].slice(0, looksPerQuery)
      for (const [key] of some) this.#waiting.delete(key)
      await this.#look(some.map(([, look]) => look))
    }
    this.#running = null
  }
}
