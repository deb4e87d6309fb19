// Where a simulated client stands in each of its chats, by the protocol's rule: the next rev is applied, a lower one
// known already, a higher one waits for what is between. For storm-client.ts.

/** What became of an event: `early` ones wait, since something before them is missing. */
export type Applied = 'applied' | 'known' | 'early'

export class Positions {
  readonly #revs = new Map<number, number>()
  /** Events that came before the ones before them; almost never any. */
  #early: Map<number, Set<number>> | null = null

  get size(): number {
    return this.#revs.size
  }

  /** `[chat, rev]` of every chat, as HELLO says it. */
  get all(): [chat: number, rev: number][] {
    return [...this.#revs]
  }

  rev(chat: number): number | undefined {
    return this.#revs.get(chat)
  }

  /** A summary or a bump tells the chat's state at `rev`. */
  learn(chat: number, rev: number): void {
    if (rev < (this.#revs.get(chat) ?? 0)) return
    this.#revs.set(chat, rev)
    this.#catchUp(chat)
  }

  /** HOT: per delivery. An event of a chat, or the answer that stands for one. */
  apply(chat: number, rev: number): Applied {
    const local = this.#revs.get(chat) ?? 0
    if (rev <= local) return 'known'
    if (rev > local + 1) {
      this.#early ??= new Map()
      const waiting = this.#early.get(chat)
      if (waiting) waiting.add(rev)
      else this.#early.set(chat, new Set([rev]))
      return 'early'
    }
    this.#revs.set(chat, rev)
    if (this.#early) this.#catchUp(chat)
    return 'applied'
  }

  /** Whether events wait for one before them. */
  isBehind(chat: number): boolean {
    return this.#early?.has(chat) ?? false
  }

  forget(chat: number): void {
    this.#revs.delete(chat)
    this.#early?.delete(chat)
  }

  clear(): void {
    this.#revs.clear()
    this.#early = null
  }

  #catchUp(chat: number): void {
    const waiting = this.#early?.get(chat)
    if (!waiting) return
    let local = this.#revs.get(chat) ?? 0
    while (waiting.has(local + 1)) local++
    this.#revs.set(chat, local)
    for (const rev of waiting) if (rev <= local) waiting.delete(rev)
    if (waiting.size === 0) this.#early?.delete(chat)
  }
}
