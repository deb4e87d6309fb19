// What one person knows of one chat, built from nothing but the frames and answers of raw clients: the rules of
// a client in their shortest form, so that a test can hold them against PostgreSQL. Service messages are left out.

import pg from 'pg'
import { frameType } from '#shared/protocol/codec.ts'
import { controls } from '#shared/protocol/events.ts'
import type { Chat, Diff, Message } from '#shared/protocol/models.ts'
import type { Frame, RawClient } from './raw-client.ts'

export class RawView {
  readonly chat: number
  /** Everything up to here is known. */
  at: number
  /** The highest position heard of. */
  head: number
  /** seq → text, '' for deleted. */
  readonly texts = new Map<number, string>()
  /** Events that came twice over all connections. */
  duplicates = 0
  /** Diffs that had to be asked for. */
  diffs = 0
  readonly #held = new Map<number, Message | null>()
  readonly #since: number
  #from: RawClient | null = null
  #read = 0

  /** @param at the rev from which on everything is watched */
  constructor(chat: number, at: number) {
    this.chat = chat
    this.at = at
    this.head = at
    this.#since = at
  }

  /** Reads a connection's frames from its first one, also those still to come. One connection at a time. */
  follow(client: RawClient): void {
    if (this.#from) this.update()
    this.#from = client
    this.#read = 0
    this.#held.clear()
  }

  /** Takes in what came since the last time. */
  update(): void {
    const frames = this.#from?.frames ?? []
    for (; this.#read < frames.length; this.#read++) this.#take(frames[this.#read] as Frame)
  }

  /** A message of one's own was answered: its event does not come to the socket that sent it. */
  ack(message: Pick<Message, 'seq' | 'rev' | 'text'>): void {
    this.update()
    this.#offer(message.rev, message as Message)
  }

  /** The chat is known to have got to this position. */
  hear(rev: number): void {
    this.head = Math.max(this.head, rev)
  }

  /** Whether everything heard of came, without asking. */
  get complete(): boolean {
    this.update()
    return this.at >= this.head
  }

  /** Asks for what is missing, if anything is. */
  async catchUp(client: RawClient): Promise<void> {
    this.update()
    while (this.at < this.head) {
      this.diffs++
      this.applyDiff(await client.call('diff', { chat: this.chat, since: this.at }))
      this.update()
    }
  }

  applyDiff(diff: Diff): void {
    for (const { seq, text, svc } of diff.messages) if (!svc) this.texts.set(seq, text)
    this.#moveTo(diff.rev)
  }

  #take(frame: Frame): void {
    const [type, kind, chat, rev, body] = frame
    if (type === frameType.chatEvent && chat === this.chat) {
      const message = (kind as number) <= 3 ? (body as Message) : null
      this.#offer(rev as number, message)
    }
    if (type !== frameType.control) return
    const control = frame[2] as { chat?: number; rev?: number; chats?: Chat[]; diffs?: Diff[] }
    if (kind === controls.bump.kind && control.chat === this.chat) this.hear(control.rev ?? 0)
    if (kind === controls.sync.kind) {
      for (const each of control.chats ?? []) if (each.id === this.chat) this.hear(each.rev)
      for (const diff of control.diffs ?? []) if (diff.chat === this.chat) this.applyDiff(diff)
    }
  }

  #offer(rev: number, message: Message | null): void {
    this.hear(rev)
    if (rev <= this.at || this.#held.has(rev)) {
      if (rev > this.#since) this.duplicates++
      return
    }
    this.#held.set(rev, message)
    this.#moveTo(this.at)
  }

  #moveTo(rev: number): void {
    this.at = Math.max(this.at, rev)
    for (;;) {
      const next = this.#held.get(this.at + 1)
      if (next === undefined) break
      this.at++
      if (next && !next.svc) this.texts.set(next.seq, next.text)
    }
    for (const held of this.#held.keys()) if (held <= this.at) this.#held.delete(held)
  }
}

/** The texts of a chat in PostgreSQL by seq, '' for deleted ones. */
export async function storedTexts(databaseUrl: string, chat: number): Promise<Map<number, string>> {
  const rows = await ask<{ seq: string; text: string }>(
    databaseUrl,
    'select seq, text from messages where chat_id = $1 and kind <> 1 order by seq',
    [chat],
  )
  return new Map(rows.map(({ seq, text }) => [Number(seq), text]))
}

/** Runs one statement on a connection of its own. */
export async function ask<Row extends object>(
  databaseUrl: string,
  text: string,
  values: unknown[] = [],
): Promise<Row[]> {
  const client = new pg.Client({ connectionString: databaseUrl })
  // A server that is killed breaks an idle connection.
  client.on('error', () => undefined)
  await client.connect()
  try {
    return (await client.query<Row>(text, values)).rows
  } finally {
    await client.end().catch(() => undefined)
  }
}

/** Whether the texts are numbered one after the other without a hole, and none came twice. */
export function isGapFree(texts: ReadonlyMap<number, string>): boolean {
  const seqs = [...texts.keys()].sort((a, b) => a - b)
  return seqs.every((seq, i) => seq === (seqs[0] ?? 0) + i)
}
