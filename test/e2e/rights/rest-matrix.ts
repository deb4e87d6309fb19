// Asks a REST route of the matrix as one of four: without a token, with a forged one, as a person, as an operator.

import type { Db } from '#shared/store/db.ts'
import type { Stack } from '#test/helpers/stack.ts'
import { type RestAround, type Route, routes } from './routes.ts'

/** Who asks each route, in the order of `Route.answers`. */
export const askers = ['anonymous', 'forged', 'person', 'operator'] as const
export type Asker = (typeof askers)[number]

export class RestMatrix {
  readonly #stack: Stack
  readonly #db: Db
  readonly #around: RestAround

  constructor(stack: Stack, db: Db, around: RestAround) {
    this.#stack = stack
    this.#db = db
    this.#around = around
  }

  /** @param room a group, of which the person will be a plain member */
  static async open(
    stack: Stack,
    db: Db,
    { chat, victim }: Pick<RestAround, 'chat' | 'victim'>,
  ): Promise<RestMatrix> {
    const other = await stack.newUser('other')
    const [report] = await db.query<{ id: number }>({
      text: "insert into reports (reporter_id, chat_id, reason, evidence) values ($1, 1, 'spam', $2) returning id",
      values: [other.user.id, { chat: { kind: 'group' }, messages: [] }],
    })
    return new RestMatrix(stack, db, {
      username: other.user.username ?? '',
      foreignSession: other.session,
      report: report?.id ?? 0,
      chat,
      victim,
    })
  }

  /** By method and path, as the OpenAPI document of the running server has them. */
  async documented(): Promise<string[]> {
    const response = await fetch(`${this.#stack.apiUrl}/openapi.json`)
    const { paths } = (await response.json()) as { paths: Record<string, object> }
    return Object.entries(paths).flatMap(([path, methods]) =>
      Object.keys(methods).map(method => `${method} ${path}`),
    )
  }

  /** Asks as somebody who has asked nothing before. @returns status and code */
  async ask(route: string, asker: Asker): Promise<string> {
    const token = await this.#tokenOf(asker)
    const [method = '', path = ''] = route.split(' ')
    const { path: build, body } = routes[route] as Route
    const answer = await fetch(this.#stack.url + (build?.(this.#around) ?? path), {
      method: method.toUpperCase(),
      headers: {
        ...(token !== undefined && { authorization: `Bearer ${token}` }),
        ...(body && { 'content-type': 'application/json' }),
      },
      ...(body && { body: JSON.stringify(body(this.#around)) }),
    })
    const text = await answer.text()
    const { code } = (answer.ok ? {} : JSON.parse(text)) as { code?: string }
    return [answer.status, code].filter(Boolean).join(' ')
  }

  async #tokenOf(asker: Asker): Promise<string | undefined> {
    if (asker === 'anonymous') return undefined
    const { accessToken, user } = await this.#stack.newUser('person')
    if (asker === 'forged') return forged(accessToken)
    if (asker === 'person') {
      await this.#db.query({
        text: "insert into members (chat_id, user_id, role) values ($1, $2, 'member')",
        values: [this.#around.chat, user.id],
      })
    } else {
      await this.#db.query({
        text: 'update users set operator = true where id = $1',
        values: [user.id],
      })
    }
    return accessToken
  }
}

/** With a signature that is not ours. */
function forged(token: string): string {
  const [head, body, signature = ''] = token.split('.')
  return [head, body, Buffer.from(signature, 'base64url').reverse().toString('base64url')].join('.')
}
