// After a commit that changed a channel: its discussion group gets the posts, if it has one. At most one run at a time;
// what comes meanwhile goes together into the next. Whatever is left because this process dies, or because it did not
// know the channel, a job of the api does a second later.

import { mirrorPosts } from '#shared/actions/mirror-posts.ts'
import type { Batch, Services } from '#shared/actions/services.ts'
import type { ChatId } from '#shared/protocol/ids.ts'
import type { Log } from '#shared/runtime/log.ts'
import { readLinkedChannels } from '#shared/store/discussions.ts'
import type { Hub } from './hub.ts'

export class Mirrors {
  readonly #services: Services
  readonly #hub: Pick<Hub, 'chats'>
  readonly #log: Log
  readonly #due = new Set<ChatId>()
  #running: Promise<void> | null = null

  constructor({
    services,
    hub,
    log,
  }: {
    services: Services
    hub: Pick<Hub, 'chats'>
    log: Log
  }) {
    this.#services = services
    this.#hub = hub
    this.#log = log
  }

  /** HOT: per batch. Never throws and does not wait. */
  onBatch({ events }: Batch): void {
    for (let i = 0; i < events.length; i++) {
      const event = events[i]
      if (event?.type !== 'chat') continue
      if (this.#hub.chats.get(event.chat)?.kind === 'channel') this.#due.add(event.chat)
    }
    if (this.#due.size > 0) this.#running ??= this.#run()
  }

  /** Resolves when nothing is under way. */
  async idle(): Promise<void> {
    await this.#running
  }

  async #run(): Promise<void> {
    while (this.#due.size > 0) {
      const chats = [...this.#due]
      this.#due.clear()
      try {
        for (const channel of await readLinkedChannels(this.#services.db, chats)) {
          await mirrorPosts(this.#services, channel)
        }
      } catch (err) {
        this.#log.debug({ err }, 'posts stay for the job that mirrors')
      }
    }
    this.#running = null
  }
}
