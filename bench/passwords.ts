// The one password of everybody, for the scenarios that sign people in.

import { type Call, isOk, Rest } from './generator/http-load.ts'
import type { Seed } from './seed.ts'
import type { Stack } from './stack.ts'

/** Everybody's. */
export const password = 'petrels feed in the storm'
const registered = 'bench_registered'

/**
 * Gives everybody who has none the same password, hashed by the server itself.
 * @throws Error with the server's words when it refuses the registration
 */
export async function givePasswords(stack: Stack, seed: Seed): Promise<void> {
  const rest = new Rest(stack.apiUrl, 1)
  const call: Call = {
    method: 'POST',
    path: '/auth/register',
    json: { username: registered, name: 'Registered', password },
  }
  const reply = await rest.call(call)
  rest.close()
  // 409: an earlier scenario has registered it, with the same password.
  if (!isOk(reply) && reply.status !== 409)
    throw new Error(`registering was refused: ${reply.status} ${reply.text}`)
  await seed.copyPassword(registered)
}
