// Requests and their answers over whatever socket there is: numbers them, bounds how many fly at once,
// times them out, and decides what becomes of them when the socket is lost.

import { encode } from '#shared/protocol/codec.ts'
import { AppError } from '#shared/protocol/codes.ts'
import { limits } from '#shared/protocol/limits.ts'
import { type OpIn, type OpName, type OpOut, ops } from '#shared/protocol/ops.ts'
import type { ClientClock } from './types.ts'

const timeoutMs = 15_000
/** Two below the server's bound, for a heartbeat and a typing mark. */
export const inFlightMax = limits.inFlightRequestsMax - 2
const waitingMax = 10_000

/** May be sent again when the connection is lost under them: a second time changes nothing. */
const resendable: ReadonlySet<OpName> = new Set<OpName>([
  'diff',
  'userDiff',
  'chats',
  'chat',
  'users',
  'history',
  'search',
  'members',
  'adminLog',
  'invites',
  'joinRequests',
  'previewInvite',
  'resolve',
  'comments',
  'stats',
  'searchUsers',
  'read',
  'delivered',
  'draft',
  'setPlace',
  'readBy',
  'mentions',
  'folders',
  'schedule',
  'scheduled',
  'setFolders',
  'send',
  'contacts',
  'setContact',
  'blocks',
  'block',
  'privacy',
  'setPrivacy',
  'createDirect',
  'createGroup',
  'createChannel',
  'saved',
  'createInvite',
  'revokeInvite',
  'join',
  'delete',
  'forward',
  'pin',
  'pins',
  'hide',
  'clearHistory',
  'setAutoDelete',
  'react',
  'reactors',
  'setReactions',
  'createPoll',
  'vote',
  'closePoll',
  'voters',
])

export interface RequestOptions {
  /** Send it again when the connection is lost under it; only for what may happen twice. */
  resend?: boolean
  timeoutMs?: number
  /** Fail at once with `timeout` when there is no connection. */
  onlyNow?: boolean
}

interface Request {
  op: OpName
  body: unknown
  resend: boolean
  timer: unknown
  resolve(result: unknown): void
  reject(error: AppError): void
}

export class Rpc {
  readonly #clock: ClientClock
  readonly #send: (bytes: Uint8Array) => void
  readonly #inFlightMax: number
  #waiting: Request[] = []
  readonly #flying = new Map<number, Request>()
  #ref = 0
  #up = false

  /**
   * @param deps.send hands one frame to the socket; called only between `up` and `down`
   * @param deps.inFlightMax requests on their way at once
   */
  constructor(deps: {
    clock: ClientClock
    send: (bytes: Uint8Array) => void
    inFlightMax?: number
  }) {
    this.#clock = deps.clock
    this.#inFlightMax = deps.inFlightMax ?? inFlightMax
    this.#send = deps.send
  }

  /**
   * Sends a request, or queues it until there is a connection and room.
   * @throws AppError what the server answers; `timeout` when no answer came in time or the connection was
   *   lost under a request that is not to be sent twice; `overloaded` when too many wait
   */
  request<Name extends OpName>(
    op: Name,
    body: OpIn<Name>,
    options: RequestOptions = {},
  ): Promise<OpOut<Name>> {
    if (options.onlyNow && !this.#up) return Promise.reject(new AppError('timeout'))
    if (this.#waiting.length >= waitingMax) return Promise.reject(new AppError('overloaded'))
    return new Promise<unknown>((resolve, reject) => {
      const request: Request = {
        op,
        body,
        resend: options.resend ?? false,
        timer: undefined,
        resolve,
        reject,
      }
      const expire = () => this.#end(request, new AppError('timeout'))
      request.timer = this.#clock.setTimeout(expire, options.timeoutMs ?? timeoutMs)
      this.#waiting.push(request)
      this.#pump()
    }) as Promise<OpOut<Name>>
  }

  /** As `request`, sent again after a lost connection where the operation allows it. */
  call<Name extends OpName>(op: Name, body: OpIn<Name>): Promise<OpOut<Name>> {
    // Names may come from outside of TypeScript.
    if (!Object.hasOwn(ops, op)) {
      const detail = `There is no operation ${JSON.stringify(op)}.`
      return Promise.reject(new AppError('unknown_op', { detail }))
    }
    return this.request(op, body, { resend: resendable.has(op) })
  }

  /** The connection takes requests from now on. */
  up(): void {
    this.#up = true
    this.#pump()
  }

  /** The connection is lost: what flew is queued again or fails. */
  down(): void {
    this.#up = false
    const lost = [...this.#flying.values()]
    this.#flying.clear()
    this.#ref = 0
    this.#waiting = [...lost.filter(request => request.resend), ...this.#waiting]
    for (const request of lost) if (!request.resend) this.#fail(request, new AppError('timeout'))
  }

  /** Fails everything, for a client that stops or changes its user. */
  clear(): void {
    this.down()
    for (const request of this.#waiting.splice(0)) this.#fail(request, new AppError('timeout'))
  }

  /** @returns whether the answer could be read; answers to requests given up long ago are fine */
  result(ref: number, result: unknown): boolean {
    const request = this.#take(ref)
    if (!request) return true
    const parsed = ops[request.op].out.safeParse(result)
    if (parsed.success) request.resolve(parsed.data)
    else request.reject(new AppError('internal', { detail: `bad answer to ${request.op}` }))
    this.#pump()
    return parsed.success
  }

  error(ref: number, error: AppError): void {
    this.#take(ref)?.reject(error)
    this.#pump()
  }

  #take(ref: number): Request | undefined {
    const request = this.#flying.get(ref)
    if (!request) return undefined
    this.#flying.delete(ref)
    this.#clock.clearTimeout(request.timer)
    return request
  }

  #pump(): void {
    while (this.#up && this.#flying.size < this.#inFlightMax) {
      const request = this.#waiting.shift()
      if (!request) return
      const ref = ++this.#ref
      const bytes = encode([ops[request.op].op, ref, request.body])
      if (bytes.length > limits.frameBytesMax) {
        this.#fail(request, new AppError('too_large'))
        continue
      }
      this.#flying.set(ref, request)
      this.#send(bytes)
    }
  }

  #end(request: Request, error: AppError): void {
    this.#waiting = this.#waiting.filter(other => other !== request)
    for (const [ref, other] of this.#flying) if (other === request) this.#flying.delete(ref)
    this.#fail(request, error)
    this.#pump()
  }

  #fail(request: Request, error: AppError): void {
    this.#clock.clearTimeout(request.timer)
    request.reject(error)
  }
}
