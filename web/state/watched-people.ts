// Whose presence the page wants: each part says whom it shows, and the server is told of all of them together, so no part
// takes the place of another. Where there are too many, those that are looked at come first.

import type { PetrelClient } from '#client/index.ts'
import type { UserId } from '#shared/protocol/ids.ts'
import { limits } from '#shared/protocol/limits.ts'

/** Who comes first where there is no room for all: rows that are looked at, the top of the list, a whole group, the rest of the list. */
const ranks = ['shown', 'near', 'group', 'far'] as const

export interface Watch {
  users: readonly UserId[]
  rank: (typeof ranks)[number]
}

interface Board {
  readonly watches: Set<Watch>
  timer: ReturnType<typeof setTimeout> | undefined
  /** When the server was told last, in ms of `performance.now()`. */
  toldAt: number
  told: string
}

/** All rows of one rendering are told of at once. */
const gatherMs = 50
/** While a list is scrolled its rows come and go; each telling counts as four frames of the user's budget. */
const pauseMs = 1_000

const boards = new WeakMap<PetrelClient, Board>()

/** @returns ends it */
export function watchPeople(client: PetrelClient, watch: Watch): () => void {
  const board = boards.get(client) ?? {
    watches: new Set(),
    timer: undefined,
    toldAt: Number.NEGATIVE_INFINITY,
    told: '',
  }
  boards.set(client, board)
  board.watches.add(watch)
  tellSoon(client, board)
  return () => {
    board.watches.delete(watch)
    tellSoon(client, board)
  }
}

/**
 * All that are watched, each once, at most `limits.presenceUsersMax`. A group that does not fit as a whole is left out: a part of
 * it says nothing of how many are online.
 */
export function unionOf(watches: Iterable<Watch>): UserId[] {
  const union = new Set<UserId>()
  for (const { users, rank } of byRank(watches)) {
    const others = [...new Set(users)].filter(user => !union.has(user))
    const room = limits.presenceUsersMax - union.size
    if (rank === 'group' && others.length > room) continue
    for (const user of others.slice(0, room)) union.add(user)
  }
  return [...union]
}

function byRank(watches: Iterable<Watch>): Watch[] {
  return [...watches].sort((a, b) => ranks.indexOf(a.rank) - ranks.indexOf(b.rank))
}

function tellSoon(client: PetrelClient, board: Board): void {
  if (board.timer !== undefined) return
  const waitMs = Math.max(gatherMs, board.toldAt + pauseMs - performance.now())
  board.timer = setTimeout(() => {
    board.timer = undefined
    tell(client, board)
  }, waitMs)
}

function tell(client: PetrelClient, board: Board): void {
  const users = unionOf(board.watches)
  const told = [...users].sort((a, b) => a - b).join()
  if (told === board.told) return
  board.told = told
  board.toldAt = performance.now()
  client.watchPresence(users)
}
