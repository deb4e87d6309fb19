// Two people in one chat, and short ways to what they see.

import type { ChatWindow } from '../types.ts'
import { type Actor, World } from './world.ts'

/** Alice (user 1) and Bob (user 2) in chat 1, both online. */
export async function pair() {
  const world = new World()
  const chat = world.server.addChat(1, [1, 2])
  const alice = await world.join('alice', 1)
  const bob = await world.join('bob', 2)
  return { world, chat, alice, bob }
}

export const snapshot = ({ client }: Actor) => client.getSnapshot()
export const windowOf = (actor: Actor, chat = 1) => snapshot(actor).windows.get(chat) as ChatWindow
export const seqs = (actor: Actor) => windowOf(actor).messages.map(({ seq }) => seq)
export const viewOf = (actor: Actor, chat = 1) =>
  snapshot(actor).chats.find(view => view.chat.id === chat)
/** How often a request of this name reached the server. */
export const asked = (world: World, op: string) =>
  world.server.requests.filter(one => one.op === op).length
