// Who should have got which messages, and who did: a count and a sum over the numbers of the messages for each
// recipient, so that a message lost by one and a message doubled for another never cancel out. For load.ts; the
// memory is a few numbers a recipient, however many messages there are.

export interface Verdict {
  /** Deliveries that must be missing, and that must have come twice: at least so many. */
  lost: number
  doubled: number
}

/** What one seat got, or should: how many, and the sum of their marks modulo 2^32. */
interface Sums {
  counts: Int32Array
  marks: Int32Array
}

export class Ledger {
  /** The room of each seat, as a small number. */
  readonly #room: Int32Array
  readonly #echoes: boolean
  readonly #said: Sums
  readonly #own: Sums
  readonly #got: Sums

  /** @param rooms of the seats. @param echoes whether a sender gets its own messages */
  constructor(rooms: readonly number[], echoes: boolean) {
    const numbers = new Map<number, number>()
    this.#room = Int32Array.from(rooms, room => {
      const number = numbers.get(room) ?? numbers.size
      numbers.set(room, number)
      return number
    })
    this.#echoes = echoes
    this.#said = sums(numbers.size)
    this.#own = sums(rooms.length)
    this.#got = sums(rooms.length)
  }

  /** HOT: per message. This seat said it to its room. */
  said(seat: number, index: number): void {
    add(this.#said, this.#room[seat] as number, index)
    add(this.#own, seat, index)
  }

  /** HOT: per delivery. */
  got(seat: number, index: number): void {
    add(this.#got, seat, index)
  }

  get verdict(): Verdict {
    const found = { lost: 0, doubled: 0 }
    for (const [seat, room] of this.#room.entries()) {
      const due = (of: keyof Sums) =>
        ((this.#said[of][room] as number) - (this.#echoes ? 0 : (this.#own[of][seat] as number))) |
        0
      const missing = due('counts') - (this.#got.counts[seat] as number)
      if (missing > 0) found.lost += missing
      if (missing < 0) found.doubled -= missing
      if (missing !== 0 || due('marks') === this.#got.marks[seat]) continue
      // As many as there should be, but not the same ones.
      found.lost++
      found.doubled++
    }
    return found
  }
}

function sums(length: number): Sums {
  return { counts: new Int32Array(length), marks: new Int32Array(length) }
}

function add({ counts, marks }: Sums, at: number, index: number): void {
  counts[at] = (counts[at] as number) + 1
  marks[at] = ((marks[at] as number) + markOf(index)) | 0
}

/** Different for every number, and so mixed that no few of them add up to the same as others (MurmurHash3's end). */
function markOf(index: number): number {
  let mark = index | 0
  mark = Math.imul(mark ^ (mark >>> 16), 0x85ebca6b)
  mark = Math.imul(mark ^ (mark >>> 13), 0xc2b2ae35)
  return mark ^ (mark >>> 16)
}
