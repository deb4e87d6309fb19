// Parts of the user's own state that are loaded whole (contacts, blocks, privacy, folders, scheduled messages): held once
// somebody asked for them, and loaded anew when the server says that they changed.

import { AppError } from '#shared/protocol/codes.ts'
import { Errands } from './errands.ts'
import type { ClientClock } from './types.ts'

interface Section {
  load: () => Promise<unknown>
  /** Puts a value of an earlier run where it is used. */
  show: (value: never) => void
  /** undefined until the first load. */
  value: unknown
  waiting: { resolve: (value: unknown) => void; reject: (error: unknown) => void }[]
}

export class Sections {
  readonly #sections = new Map<string, Section>()
  readonly #changed: () => void
  readonly errands: Errands<string>

  /** @param changed called when a value was replaced */
  constructor(deps: { clock: ClientClock; changed: () => void }) {
    this.#changed = deps.changed
    this.errands = new Errands({
      clock: deps.clock,
      run: name => this.#load(name),
      failed: (name, error) => {
        for (const { reject } of this.#take(name)) reject(error)
      },
    })
  }

  /**
   * Names a part and says how it is loaded; the answer is its value.
   * @param show puts a value of an earlier run where `load` puts one beside returning it
   */
  define<Value>(
    name: string,
    load: () => Promise<Value>,
    show: (value: Value) => void = () => {},
  ): SectionView<Value> {
    this.#sections.set(name, { load, show, value: undefined, waiting: [] })
    return {
      get: () => this.#section(name).value as Value | undefined,
      load: () => this.#wanted(name) as Promise<Value>,
    }
  }

  /** The server has news of this part; one that nobody asked for stays unloaded. */
  stale(name: string): void {
    const section = this.#sections.get(name)
    if (section && (section.value !== undefined || section.waiting.length > 0)) {
      this.errands.flag(name)
    }
  }

  /** What is held, by name. */
  loaded(): [name: string, value: unknown][] {
    const all = [...this.#sections].map(([name, { value }]): [string, unknown] => [name, value])
    return all.filter(([, value]) => value !== undefined)
  }

  /** Takes a value of an earlier run until it is loaded anew; of a part that is no more, nothing. */
  takeBack(name: string, value: unknown): void {
    const section = this.#sections.get(name)
    if (!section || section.value !== undefined) return
    section.show(value as never)
    section.value = value
    this.errands.flag(name)
  }

  /** Nothing held counts any more; what was held is loaded anew. */
  reset(): void {
    for (const name of this.#sections.keys()) this.stale(name)
  }

  /** Somebody else may sign in next: forgets everything. */
  clear(): void {
    this.errands.clear()
    for (const [name, section] of this.#sections) {
      section.value = undefined
      for (const { reject } of this.#take(name)) reject(new AppError('timeout'))
    }
  }

  #wanted(name: string): Promise<unknown> {
    const section = this.#section(name)
    if (section.value !== undefined) return Promise.resolve(section.value)
    return new Promise((resolve, reject) => {
      section.waiting.push({ resolve, reject })
      this.errands.flag(name)
    })
  }

  async #load(name: string): Promise<void> {
    const section = this.#section(name)
    section.value = await section.load()
    for (const { resolve } of this.#take(name)) resolve(section.value)
    this.#changed()
  }

  #take(name: string): Section['waiting'] {
    const section = this.#section(name)
    const { waiting } = section
    section.waiting = []
    return waiting
  }

  #section(name: string): Section {
    const section = this.#sections.get(name)
    if (!section) throw new Error(`there is no section ${name}`)
    return section
  }
}

/** A part as those see it who use it. */
export interface SectionView<Value> {
  /** What is held; undefined before the first load. */
  get(): Value | undefined
  /** What is held, loaded at the first call. @throws AppError that will not pass */
  load(): Promise<Value>
}
