// Who talks where, as the seed tells the scenarios and the scenarios the generator: columns, since ten thousand of
// them are one small message between processes.

/** A token and the room it talks in stand at the same index. */
export interface Members {
  tokens: string[]
  rooms: number[]
}

/** Those from `from` up to `to`, in their order. */
export function slice({ tokens, rooms }: Members, from: number, to: number): Members {
  return { tokens: tokens.slice(from, to), rooms: rooms.slice(from, to) }
}

/** Those whose index is in, in their order. */
export function select({ tokens, rooms }: Members, isIn: (index: number) => boolean): Members {
  return {
    tokens: tokens.filter((_, i) => isIn(i)),
    rooms: rooms.filter((_, i) => isIn(i)),
  }
}

/** One object for each member. */
export function rows({ tokens, rooms }: Members): { token: string; room: number }[] {
  return tokens.map((token, i) => ({ token, room: rooms[i] as number }))
}
