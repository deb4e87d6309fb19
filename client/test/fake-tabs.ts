// Tabs of one browser in memory: channels, who leads, who lives. A tab may die without a word or freeze.

import type { LeadEvents, TabHost } from '../tabs/host.ts'

interface Member {
  tab: string
  hear(message: unknown): void
}

interface Lead {
  tab: string
  events: LeadEvents
}

export class FakeBrowser {
  readonly #channels = new Map<string, Set<Member>>()
  /** Who leads first, then who waits, by name. */
  readonly #leads = new Map<string, Lead[]>()
  readonly #alive = new Set<string>()
  readonly #frozen = new Set<string>()
  readonly #waiting = new Map<string, Set<() => void>>()
  readonly #turns = new Map<string, Promise<unknown>>()
  #count = 0

  /** A new tab. */
  tab(): TabHost {
    const id = `tab${++this.#count}`
    this.#alive.add(id)
    return {
      id,
      join: (name, hear) => this.#join(name, { tab: id, hear }),
      lead: (name, events, force) => this.#lead(name, { tab: id, events }, force),
      isAlive: async tab => this.#alive.has(tab),
      whenGone: (tab, then) => {
        const waiting = this.#waiting.get(tab) ?? new Set()
        this.#waiting.set(tab, waiting.add(then))
        return () => waiting.delete(then)
      },
      alone: (name, run) => {
        const turn = (this.#turns.get(name) ?? Promise.resolve()).then(() =>
          // What a dead tab began never ends, but its lock is free.
          this.#alive.has(id) ? Promise.race([run(), this.#death(id)]) : undefined,
        )
        this.#turns.set(
          name,
          turn.catch(() => {}),
        )
        return turn as ReturnType<typeof run>
      },
    }
  }

  /** The tab is gone without a word. */
  kill(id: string): void {
    if (!this.#alive.delete(id)) return
    for (const members of this.#channels.values()) {
      for (const member of members) if (member.tab === id) members.delete(member)
    }
    for (const name of [...this.#leads.keys()]) {
      for (const lead of this.#leads.get(name) ?? []) if (lead.tab === id) this.#drop(name, lead)
    }
    for (const then of this.#waiting.get(id) ?? []) queueMicrotask(then)
    this.#waiting.delete(id)
  }

  /** From now on the tab hears nothing. */
  freeze(id: string): void {
    this.#frozen.add(id)
  }

  thaw(id: string): void {
    this.#frozen.delete(id)
  }

  #death(id: string): Promise<void> {
    return new Promise(resolve => {
      const waiting = this.#waiting.get(id) ?? new Set()
      this.#waiting.set(id, waiting.add(resolve))
    })
  }

  #join(name: string, member: Member) {
    const members = this.#channels.get(name) ?? new Set()
    this.#channels.set(name, members.add(member))
    return {
      tell: (message: unknown) => {
        const copy = structuredClone(message)
        for (const other of members) {
          if (other === member) continue
          queueMicrotask(() => {
            const hears = members.has(other) && !this.#frozen.has(other.tab)
            if (hears) other.hear(copy)
          })
        }
      },
      leave: () => void members.delete(member),
    }
  }

  #lead(name: string, lead: Lead, force: boolean): () => void {
    const queue = this.#leads.get(name) ?? []
    this.#leads.set(name, queue)
    const before = queue[0]
    if (force && before) {
      queue.splice(0, 1, lead)
      queueMicrotask(() => before.events.lost())
      queueMicrotask(() => queue[0] === lead && lead.events.led())
    } else {
      queue.push(lead)
      if (queue[0] === lead) queueMicrotask(() => queue[0] === lead && lead.events.led())
    }
    return () => this.#drop(name, lead)
  }

  #drop(name: string, lead: Lead): void {
    const queue = this.#leads.get(name) ?? []
    const at = queue.indexOf(lead)
    if (at < 0) return
    queue.splice(at, 1)
    const next = queue[0]
    if (at === 0 && next) queueMicrotask(() => queue[0] === next && next.events.led())
  }
}
