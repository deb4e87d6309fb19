// Where a scenario's messages go: our own stack, or a running server that is only known by its address. What both
// can give, so that one scenario measures either.

import type { Address } from './generator/wire.ts'
import type { Members } from './members.ts'
import type { Seed } from './seed.ts'
import type { Stack } from './stack.ts'

export interface Place {
  address: Address
  /** Connections to open at once. */
  atOnce: number
  /** Two members for each of `count` direct chats, next to each other; fewer where there are not so many people. */
  pairs(count: number): Promise<Members>
  /** Members of `count` groups of `size`, group by group; fewer or smaller ones where there are not so many people. */
  groups(count: number, size: number): Promise<Members>
  /** How much of a rate the server's limits allow so many people. */
  ratePerS(wanted: number, people: number): number
}

const atOnce = 40

/** Our stack: as many people as asked for, and no limits. */
export function ownPlace(stack: Stack, seed: Seed): Place {
  return {
    address: stack.gateway,
    atOnce,
    pairs: count => seed.pairs(count),
    groups: (count, size) => seed.groups(count, size),
    ratePerS: wanted => wanted,
  }
}
