// The user's messages that are sent later: loaded whole when somebody asks for them first, and anew when they change on
// any device or are sent.

import type { Entity } from '#shared/protocol/entities.ts'
import { type ChatId, randomRid } from '#shared/protocol/ids.ts'
import type { Scheduled } from '#shared/protocol/models.ts'
import type { OpOut } from '#shared/protocol/ops.ts'
import type { Rpc } from './rpc.ts'
import type { Sections, SectionView } from './sections.ts'
import type { SendOptions } from './types.ts'

const section = 'scheduled'

/** Every method that asks the server throws AppError. */
export class ScheduledMessages {
  /** All of them, the next one to be sent first. */
  readonly list: SectionView<readonly Scheduled[]>
  readonly #rpc: Rpc
  readonly #sections: Sections
  readonly #sent: (chat: ChatId, sent: OpOut<'sendScheduled'>) => void

  /** @param deps.sent one was sent at the user's wish */
  constructor(deps: {
    rpc: Rpc
    sections: Sections
    sent(chat: ChatId, sent: OpOut<'sendScheduled'>): void
  }) {
    this.#rpc = deps.rpc
    this.#sections = deps.sections
    this.#sent = deps.sent
    this.list = deps.sections.define(section, () => this.#load())
  }

  /** Schedules a message. @param at ms since 1970 @returns its number in the list */
  async add(
    chat: ChatId,
    text: string,
    at: number,
    { rid = randomRid(), album: _, ...options }: SendOptions = {},
  ): Promise<number> {
    const body = { chat, rid, text, at, ...options }
    const { id } = await this.#rpc.call('schedule', body)
    this.#sections.stale(section)
    return id
  }

  /** Gives one another text, or another time, or both. */
  async change(id: number, change: { text?: string; ents?: Entity[]; at?: number }): Promise<void> {
    await this.#rpc.call('changeScheduled', { id, ...change })
    this.#sections.stale(section)
  }

  /** Takes one back. @throws AppError not_found when it was sent already */
  async cancel(id: number): Promise<void> {
    await this.#rpc.call('cancelScheduled', { id })
    this.#sections.stale(section)
  }

  /** Sends one now; it arrives in its chat as an event. */
  async sendNow({ id, chat }: Pick<Scheduled, 'id' | 'chat'>): Promise<void> {
    this.#sent(chat, await this.#rpc.call('sendScheduled', { id }))
    this.#sections.stale(section)
  }

  async #load(): Promise<readonly Scheduled[]> {
    const all: Scheduled[] = []
    let after: number | undefined
    do {
      const page = await this.#rpc.call('scheduled', after === undefined ? {} : { after })
      all.push(...page.messages)
      after = page.next
    } while (after !== undefined)
    return all.sort((a, b) => a.at - b.at || a.id - b.id)
  }
}
