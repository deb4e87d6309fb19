// What the scenarios with many clients share: who they are, and how reasons read.

import { type Members, slice } from './members.ts'
import type { Seed } from './seed.ts'

/** Chats of each client, all of them groups of so many. */
export const chatsEach = 20
export const groupSize = 100
/** People in the storms: both take the same, so that they are seeded once. */
export const people = { quick: 2_000, full: 10_000 }
/** Open files of a process with a socket for each of them. */
export const descriptors = { quick: people.quick + 500, full: people.full + 500 }

/** The first `count` of `all` people with crowded chat lists. */
export async function crowdOf(seed: Seed, all: number, count = all): Promise<Members> {
  return slice(await seed.crowdedLists(all, chatsEach, groupSize), 0, count)
}

/** `closed 4013 × 500, ECONNREFUSED × 3` */
export function reasons(counts: Readonly<Record<string, number>>): string {
  const parts = Object.entries(counts).map(([reason, count]) => `${reason} × ${count}`)
  return parts.length > 0 ? parts.join(', ') : 'none'
}
