// Requests of an application about chats, and what is taken in from their answers: the rev that a change made, people, a
// chat. Behind the methods of petrel-client.ts and of the parts it shows; what waits, repeats or shows itself before the
// answer is a part with errands of its own.

import type { ChatId, Rev } from '#shared/protocol/ids.ts'
import type { Chat, User } from '#shared/protocol/models.ts'
import type { OpIn, OpName, OpOut } from '#shared/protocol/ops.ts'
import type { ChatStore } from './chat-store.ts'
import type { Rpc } from './rpc.ts'
import type { Sync } from './sync.ts'

/** The operations whose answer has these parts. */
type OpAnswering<Parts> = {
  [Name in OpName]: OpOut<Name> extends Parts ? Name : never
}[OpName]

/** Every method throws AppError: what the server answers, or `timeout`, after which a change may have happened. */
export class Requests {
  readonly #rpc: Rpc
  readonly #store: ChatStore
  readonly #sync: Sync

  constructor(deps: { rpc: Rpc; store: ChatStore; sync: Sync }) {
    this.#rpc = deps.rpc
    this.#store = deps.store
    this.#sync = deps.sync
  }

  /** The request as it is. */
  call<Name extends OpName>(op: Name, body: OpIn<Name>): Promise<OpOut<Name>> {
    return this.#rpc.call(op, body)
  }

  /** Changes a chat. What was changed comes as an event, and is fetched if that is lost. */
  async change<Name extends OpAnswering<{ rev: Rev }>>(
    op: Name,
    chat: ChatId,
    body: OpIn<Name>,
  ): Promise<OpOut<Name>> {
    const answer = (await this.#rpc.call(op, body)) as OpOut<Name> & { rev: Rev }
    this.#sync.learn(chat, answer.rev)
    return answer
  }

  /** Reads something in which people are named; their profiles go into `snapshot.users`. */
  async read<Name extends OpAnswering<{ users: User[] }>>(
    op: Name,
    body: OpIn<Name>,
  ): Promise<OpOut<Name>> {
    const answer = (await this.#rpc.call(op, body)) as OpOut<Name> & { users: User[] }
    this.#store.putUsers(answer.users)
    return answer
  }

  /** Makes or enters a chat, which is in the list then. */
  async enter<Name extends OpAnswering<{ chat: Chat; users: User[] }> | 'join'>(
    op: Name,
    body: OpIn<Name>,
  ): Promise<OpOut<Name>> {
    const { moment } = this.#sync
    const answer = (await this.#rpc.call(op, body)) as OpOut<Name> & { chat?: Chat; users: User[] }
    const { chat, users } = answer
    if (chat) this.#sync.put({ chat, users }, moment)
    return answer
  }

  /** The chat is none of the user's any more. */
  left(chat: ChatId): void {
    this.#sync.remove(chat)
  }
}
