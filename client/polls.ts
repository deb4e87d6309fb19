// Polls and quizzes in chats. A poll is a message whose text is its question; `MessageView.poll` shows the rest.

import { type ChatId, type Rid, randomRid, type Seq } from '#shared/protocol/ids.ts'
import type { OpIn, OpOut } from '#shared/protocol/ops.ts'
import type { OwnChoices } from './own-choices.ts'
import type { Reads } from './reads.ts'
import type { Requests } from './requests.ts'

/** Every method throws AppError. */
export class Polls {
  readonly #requests: Requests
  readonly #choices: OwnChoices
  readonly #reads: Reads

  constructor(deps: { requests: Requests; choices: OwnChoices; reads: Reads }) {
    this.#requests = deps.requests
    this.#choices = deps.choices
    this.#reads = deps.reads
  }

  /** Sends a poll or a quiz. @param poll.rid random when left out @returns its place in the chat */
  async create(
    chat: ChatId,
    poll: Omit<OpIn<'createPoll'>, 'chat' | 'rid'> & { rid?: Rid },
  ): Promise<OpOut<'createPoll'>> {
    const body = { chat, ...poll, rid: poll.rid ?? randomRid() }
    const sent = await this.#requests.change('createPoll', chat, body)
    this.#reads.mark(chat, sent.seq)
    return sent
  }

  /** Sets the user's vote; none takes it back, but not in a quiz. @param options their numbers, from 0 */
  vote(chat: ChatId, seq: Seq, options: readonly number[]): Promise<void> {
    return this.#choices.vote(chat, seq, options)
  }

  /** Ends a poll for good. */
  async close(chat: ChatId, seq: Seq): Promise<void> {
    await this.#requests.call('closePoll', { chat, seq })
  }

  /** A page of those who chose an option of a public poll, newest first. */
  voters(
    chat: ChatId,
    seq: Seq,
    option: number,
    page: Omit<OpIn<'voters'>, 'chat' | 'seq' | 'option'> = {},
  ): Promise<OpOut<'voters'>> {
    return this.#requests.read('voters', { chat, seq, option, ...page })
  }
}
