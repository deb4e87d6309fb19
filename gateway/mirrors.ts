// After a commit that changed a channel: its discussion group gets the posts, if it has one. At most one run at a time;
// what comes meanwhile goes together into the next. Whatever is left because this process dies, or because it did not
// know the channel, a job of the api does a second later.

import { mirrorPosts } from '#shared/actions/mirror-posts.ts'
import type { Batch, Services } from '#shared/actions/services.ts'
import type { ChatId, Seq } from '#shared/protocol/ids.ts'
import type { Log } from '#shared/runtime/log.ts'
import type { Cast } from '#shared/store/bus.ts'
import { readLinkedChannels } from '#shared/store/discussions.ts'
import type { CountNews } from './count-news.ts'
import type { Hub } from './hub.ts'

export interface MirrorsOptions {
  services: Services
  hub: Pick<Hub, 'chats'>
  news: Pick<CountNews, 'put'>
  cast(cast: Cast): void
  log: Log
}

export class Mirrors {
  readonly #options: MirrorsOptions
  readonly #due = new Set<ChatId>()
  #running: Promise<void> | null = null

  constructor(options: MirrorsOptions) {
    this.#options = options
  }

  /** HOT: per batch. Never throws and does not wait. */
  onBatch({ events }: Batch): void {
    for (let i = 0; i < events.length; i++) {
      const event = events[i]
      if (event?.type !== 'chat') continue
      if (this.#options.hub.chats.get(event.chat)?.kind === 'channel') this.#due.add(event.chat)
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
      const linked = await readLinkedChannels(this.#options.services.db, chats).catch(err => {
        this.#leave(err)
        return []
      })
      for (const channel of linked) await this.#mirror(channel).catch(err => this.#leave(err))
    }
    this.#running = null
  }

  async #mirror(channel: ChatId): Promise<void> {
    const mirrored = await mirrorPosts(this.#options.services, channel)
    if (mirrored.length > 0) this.#tell(channel, mirrored)
  }

  #leave(err: unknown): void {
    this.#options.log.debug({ err }, 'posts stay for the job that mirrors')
  }

  /** From now on these posts can be commented on. */
  #tell(chat: ChatId, seqs: readonly Seq[]): void {
    const counts = seqs.map(seq => ({ seq, comments: 0 }))
    this.#options.news.put(chat, counts)
    this.#options.cast({ type: 'counts', chat, counts })
  }
}
