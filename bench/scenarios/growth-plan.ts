// Where the growth scenario puts its messages: a fifth of them into a few long chats, the others evenly, in calls
// of bounded size. Pure, so that its test needs no database.

/** A chat and its two people. */
export interface Chat {
  room: number
  one: number
  other: number
}

/** So many more messages for a chat. */
export interface Filling extends Chat {
  count: number
}

/** The first so many of each kind are long: 100,000 messages each when there are ten million. */
export const longChats = 10
const longShare = 0.2

/**
 * Spreads `count` messages over chats that are used and chats that are not.
 * @param rowsPerCall at most so many messages a call
 * @returns calls, one after another; together exactly `count` messages
 */
export function fillings(
  used: readonly Chat[],
  silent: readonly Chat[],
  count: number,
  rowsPerCall: number,
): Filling[][] {
  const isLong = (_: Chat, i: number) => i < longChats
  const isShort = (_: Chat, i: number) => i >= longChats
  const inLong = Math.floor(count * longShare)
  const all = [
    ...spread([...used.filter(isLong), ...silent.filter(isLong)], inLong),
    ...spread([...used.filter(isShort), ...silent.filter(isShort)], count - inLong),
  ]
  return calls(all, rowsPerCall)
}

function spread(chats: readonly Chat[], count: number): Filling[] {
  const upTo = (i: number) => Math.floor((count * i) / chats.length)
  return chats.map((chat, i) => ({ ...chat, count: upTo(i + 1) - upTo(i) }))
}

function calls(all: readonly Filling[], rowsMax: number): Filling[][] {
  const made: Filling[][] = []
  let call: Filling[] = []
  let rows = 0
  for (const { count, ...chat } of all) {
    for (let left = count; left > 0; ) {
      const now = Math.min(left, rowsMax - rows)
      call.push({ ...chat, count: now })
      left -= now
      rows += now
      if (rows < rowsMax) continue
      made.push(call)
      call = []
      rows = 0
    }
  }
  return call.length > 0 ? [...made, call] : made
}
