// Asks the api to look at the links of new messages, where the operator wants that. Nothing waits for it, and what
// Redis does not take has no preview.

import { linkToShow, type PreviewJob } from '#shared/actions/show-preview.ts'
import { AppError } from '#shared/protocol/codes.ts'
import type { ChatId, Seq, UserId } from '#shared/protocol/ids.ts'
import { limits } from '#shared/protocol/limits.ts'
import type { Message } from '#shared/protocol/models.ts'
import { Budget } from './budget.ts'

/** A message that was just committed. */
type Written = Pick<Message, 'text' | 'ents' | 'noPreview'> & {
  user: UserId
  chat: ChatId
  seq: Seq
}

export class Previews {
  readonly #add: (job: PreviewJob) => Promise<void>
  readonly #ofUser: Budget
  /** Of everybody together, under one key. */
  readonly #ofAll: Budget<'all'>

  constructor({
    add,
    nowMs,
  }: {
    /** May fail. */
    add: (job: PreviewJob) => Promise<void>
    nowMs: () => number
  }) {
    this.#add = add
    const { burstPreviewsPerUserMax, previewsPerUserPerS, burstPreviewsMax, previewsPerS } = limits
    this.#ofUser = new Budget({
      burst: burstPreviewsPerUserMax,
      perS: previewsPerUserPerS,
      nowMs,
    })
    this.#ofAll = new Budget({ burst: burstPreviewsMax, perS: previewsPerS, nowMs })
  }

  /** Asks for a preview of a message if it has a link; past the bounds it gets none. Never throws and does not wait. */
  want({ user, chat, seq, ...message }: Written): void {
    const url = linkToShow(message)
    if (url === null || !this.#may(user)) return
    this.#add({ chat, seq, url }).catch(() => undefined)
  }

  #may(user: UserId): boolean {
    try {
      this.#ofUser.take(user)
      this.#ofAll.take('all')
      return true
    } catch (error) {
      if (error instanceof AppError) return false
      throw error
    }
  }
}
