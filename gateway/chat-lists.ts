// The chat lists that greetings send: what many ask for at once is read with two statements for all of them, a
// bounded number of chats and of reads at a time. Used by greeting.ts alone, which stops asking while many wait.

import { type ChatList, describeChatsOfMany } from '#shared/actions/read-chats.ts'
import { AppError } from '#shared/protocol/codes.ts'
import type { ChatId, UserId } from '#shared/protocol/ids.ts'
import { limits } from '#shared/protocol/limits.ts'
import type { Db } from '#shared/store/db.ts'

interface Request {
  user: UserId
  ids: readonly ChatId[]
  /** Whether somebody still waits for the answer. */
  isWanted(): boolean
  resolve(list: ChatList): void
  reject(error: unknown): void
}

export class ChatLists {
  readonly #db: Db
  /** Called whenever room has become free. */
  readonly #onRoom: () => void
  #waiting: Request[] = []
  #reads = 0
  #isDue = false

  constructor(deps: { db: Db; onRoom: () => void }) {
    this.#db = deps.db
    this.#onRoom = deps.onRoom
  }

  /** How many lists wait to be read; the caller bounds it. */
  get waiting(): number {
    return this.#waiting.length
  }

  /**
   * These chats as the user sees them, in the order of `ids`, with the people they show.
   * @param ids at most limits.pageChatsMax
   * @param isWanted asked when its turn comes; an empty list is the answer if not
   * @throws AppError when PostgreSQL is away
   */
  read(user: UserId, ids: readonly ChatId[], isWanted: () => boolean): Promise<ChatList> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ user, ids, isWanted, resolve, reject })
      if (this.#isDue) return
      this.#isDue = true
      // Whoever else asks in this turn is read with it.
      setImmediate(() => {
        this.#isDue = false
        this.#goOn()
      })
    })
  }

  #goOn(): void {
    while (this.#waiting.length > 0 && this.#reads < limits.chatListReadsMax) {
      void this.#readAll(this.#take())
    }
  }

  /** The next ones, as many as one read may be for; those that nobody wants any more are answered. */
  #take(): Request[] {
    const taken: Request[] = []
    let chats = 0
    let end = 0
    for (const request of this.#waiting) {
      if (chats > 0 && chats + request.ids.length > limits.chatListReadChatsMax) break
      end++
      if (request.isWanted()) {
        chats += request.ids.length
        taken.push(request)
      } else request.resolve({ chats: [], users: [] })
    }
    this.#waiting = this.#waiting.slice(end)
    return taken
  }

  async #readAll(requests: readonly Request[]): Promise<void> {
    this.#reads++
    try {
      await this.#answer(requests)
    } finally {
      this.#reads--
      this.#goOn()
      this.#onRoom()
    }
  }

  async #answer(requests: readonly Request[]): Promise<void> {
    try {
      const lists = await describeChatsOfMany({ db: this.#db }, requests)
      for (const [i, { resolve }] of requests.entries()) resolve(lists[i] as ChatList)
    } catch (error) {
      // What is wrong with one of them must not be the others' trouble; when PostgreSQL is away it is everybody's.
      if (error instanceof AppError || requests.length === 1)
        for (const { reject } of requests) reject(error)
      else for (const request of requests) await this.#answer([request])
    }
  }
}
