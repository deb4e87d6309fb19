// News that may come in storms, told at a pace: of one key (a chat, a person) at once, and what comes within the interval
// after that together at its end. Used for read marks, counts of posts and changed profiles on their way to sockets.

export interface PaceOptions<Key, News> {
  everyMs: number
  /** What is to be told when `news` has come too; `held` is the caller's to change and return. */
  join(held: News | undefined, news: News): News
  /** Must not throw. Whom it is for may have gone since `put`. */
  tell(key: Key, news: News): void
}

export class Pace<Key, News> {
  readonly #options: PaceOptions<Key, News>
  /** Keys of which something was told not long ago, with what waits until more may be. */
  readonly #waiting = new Map<Key, News | undefined>()

  constructor(options: PaceOptions<Key, News>) {
    this.#options = options
  }

  /** Tells it at once when nothing was told of the key lately, else soon. */
  put(key: Key, news: News): void {
    const { join } = this.#options
    if (this.#waiting.has(key)) this.#waiting.set(key, join(this.#waiting.get(key), news))
    else this.#tell(key, join(undefined, news))
  }

  #tell(key: Key, news: News): void {
    const { tell, everyMs } = this.#options
    tell(key, news)
    this.#waiting.set(key, undefined)
    setTimeout(() => this.#goOn(key), everyMs).unref()
  }

  #goOn(key: Key): void {
    const news = this.#waiting.get(key)
    this.#waiting.delete(key)
    if (news !== undefined) this.#tell(key, news)
  }
}
