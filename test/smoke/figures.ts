// `npm run figures`: the first three figures of the core, on a private stack with production durability:
// latency at a quiet 500 messages/s, durable throughput of 1,000 senders, and what one commit per message
// gives on the same database in the same run. The generator speaks raw frames and shares the machine.

import { WebSocket } from 'ws'
import { decode, encode, frameType } from '#shared/protocol/codec.ts'
import { ops } from '#shared/protocol/ops.ts'
import { openDb } from '#shared/store/db.ts'
import { sendMessages } from '#shared/store/messages.ts'
import { type Stack, startStack } from '../helpers/stack.ts'

const pairs = 500
const quietPerS = 500
const quietS = 10
const throughputS = 10
const warmUpS = 3
const singleConnections = 8

/** Times of one message, ms: when it should have gone out, its answer, its arrival. */
interface Timed {
  dueMs: number
  ackMs?: number
  seenMs?: number
}

/** One user's socket that sends raw frames and notes times. */
class Talker {
  readonly #ws: WebSocket
  readonly #timed: Map<number, Timed>
  chat = 0
  onAck: () => void = () => undefined
  #ref = 0
  readonly #byRef = new Map<number, number>()
  readonly #calls = new Map<number, (result: unknown) => void>()

  private constructor(ws: WebSocket, timed: Map<number, Timed>) {
    this.#ws = ws
    this.#timed = timed
    ws.on('message', bytes => this.#onFrame(bytes as Buffer))
  }

  static async open(url: string, token: string, timed: Map<number, Timed>): Promise<Talker> {
    const ws = new WebSocket(url, 'petrel.v1', { perMessageDeflate: false })
    await new Promise((resolve, reject) => {
      ws.once('open', resolve)
      ws.once('error', reject)
    })
    const talker = new Talker(ws, timed)
    const synced = new Promise(resolve => {
      talker.#calls.set(-1, resolve)
    })
    ws.send(encode([ops.hello.op, 0, { token, device: 'bench' }]))
    await synced
    return talker
  }

  call(op: number, body: unknown): Promise<unknown> {
    const ref = ++this.#ref
    this.#ws.send(encode([op, ref, body]))
    return new Promise(resolve => {
      this.#calls.set(ref, resolve)
    })
  }

  send(rid: number, dueMs: number): void {
    const ref = ++this.#ref
    this.#timed.set(rid, { dueMs })
    this.#byRef.set(ref, rid)
    this.#ws.send(encode([ops.send.op, ref, { chat: this.chat, rid, text: 'x'.repeat(80) }]))
  }

  close(): void {
    this.#ws.terminate()
  }

  #onFrame(bytes: Buffer): void {
    const [type, second, third, , body] = decode(bytes).frame as [
      number,
      number,
      never,
      number,
      { rid: number },
    ]
    const nowMs = performance.now()
    if (type === frameType.chatEvent && second === 1) {
      const timed = this.#timed.get(body.rid)
      if (timed) timed.seenMs = nowMs
      return
    }
    if (type === frameType.control && second === 3) this.#calls.get(-1)?.(undefined)
    if (type !== frameType.result && type !== frameType.error) return
    const rid = this.#byRef.get(second)
    if (rid === undefined) {
      this.#calls.get(second)?.(third)
      this.#calls.delete(second)
      return
    }
    this.#byRef.delete(second)
    if (type === frameType.error) throw new Error(`a send was refused: ${JSON.stringify(third)}`)
    const timed = this.#timed.get(rid)
    if (timed) timed.ackMs = nowMs
    this.onAck()
  }
}

async function main(): Promise<void> {
  const stack = await startStack(undefined, { durable: true, env: { LOG_LEVEL: 'info' } })
  try {
    const timed = new Map<number, Timed>()
    const talkers = await gather(stack, timed)
    await quiet(talkers, timed, warmUpS)
    report(`quiet, ${quietPerS} msg/s`, await quiet(talkers, timed, quietS))
    const { perS, times } = await flood(talkers, timed, throughputS)
    report(`durable throughput, ${talkers.length} senders: ${perS} msg/s`, times)
    for (const talker of talkers) talker.close()
    const single = await singleCommits(stack)
    print(
      `one commit per message, ${singleConnections} connections: ${single} msg/s; ratio ${(perS / single).toFixed(1)}`,
    )
  } finally {
    await stack.stop()
  }
}

async function gather(stack: Stack, timed: Map<number, Timed>): Promise<Talker[]> {
  const talkers: Talker[] = []
  const at = 20
  for (let made = 0; made < pairs; made += at) {
    const batch = await Promise.all(Array.from({ length: at }, () => pair(stack, timed)))
    talkers.push(...batch.flat())
  }
  return talkers
}

async function pair(stack: Stack, timed: Map<number, Timed>): Promise<Talker[]> {
  const [one, other] = await Promise.all([stack.newUser('bench'), stack.newUser('bench')])
  const talkers = await Promise.all(
    [one, other].map(({ accessToken }) => Talker.open(stack.wsUrl, accessToken, timed)),
  )
  const made = await talkers[0]?.call(ops.createDirect.op, { user: other.user.id })
  for (const talker of talkers) talker.chat = (made as { chat: { id: number } }).chat.id
  return talkers
}

let rid = 0

/** Open loop: messages leave at their time, whatever the answers do. */
async function quiet(
  talkers: Talker[],
  timed: Map<number, Timed>,
  seconds: number,
): Promise<Timed[]> {
  timed.clear()
  const total = quietPerS * seconds
  const beginMs = performance.now()
  for (let sent = 0; sent < total; ) {
    const due = Math.min(total, Math.floor(((performance.now() - beginMs) / 1000) * quietPerS))
    for (; sent < due; sent++) {
      talkers[sent % talkers.length]?.send(++rid, beginMs + (sent / quietPerS) * 1000)
    }
    await new Promise(resolve => setTimeout(resolve, 1))
  }
  await new Promise(resolve => setTimeout(resolve, 500))
  return [...timed.values()]
}

/** Closed loop: every talker has one message on its way at all times. */
async function flood(
  talkers: Talker[],
  timed: Map<number, Timed>,
  seconds: number,
): Promise<{ perS: number; times: Timed[] }> {
  timed.clear()
  let done = 0
  let running = true
  for (const talker of talkers) {
    talker.onAck = () => {
      done++
      if (running) talker.send(++rid, performance.now())
    }
    talker.send(++rid, performance.now())
  }
  await new Promise(resolve => setTimeout(resolve, 1_000))
  done = 0
  const beginMs = performance.now()
  await new Promise(resolve => setTimeout(resolve, seconds * 1000))
  const perS = Math.round((done / (performance.now() - beginMs)) * 1000)
  running = false
  await new Promise(resolve => setTimeout(resolve, 500))
  return { perS, times: [...timed.values()] }
}

/** The same SQL function with one row a call: what a server without group commit would do. */
async function singleCommits(stack: Stack): Promise<number> {
  const db = openDb({ url: stack.databaseUrl, poolMax: singleConnections, name: 'petrel bench' })
  const places = await db.query<{ chat: number; sender: number }>({
    text: 'select chat_id as chat, min(user_id) as sender from members group by chat_id limit $1',
    values: [singleConnections],
  })
  let done = 0
  const endMs = performance.now() + 5_000
  await Promise.all(
    places.map(async ({ chat, sender }) => {
      while (performance.now() < endMs) {
        const message = {
          chat,
          sender,
          rid: ++rid,
          text: 'x'.repeat(80),
          ents: undefined,
          reply: undefined,
          silent: false,
        }
        await sendMessages(db, [message], [])
        done++
      }
    }),
  )
  await db.close()
  return Math.round(done / 5)
}

function report(title: string, times: readonly Timed[]): void {
  const ack = times.flatMap(each => (each.ackMs === undefined ? [] : each.ackMs - each.dueMs))
  const seen = times.flatMap(each => (each.seenMs === undefined ? [] : each.seenMs - each.dueMs))
  print(`${title}; sent ${times.length}, acked ${ack.length}, delivered ${seen.length}`)
  print(`  send→ack       ${percentiles(ack)}`)
  print(`  send→delivered ${percentiles(seen)}`)
}

function percentiles(values: number[]): string {
  values.sort((a, b) => a - b)
  const at = (share: number) => (values[Math.floor((values.length - 1) * share)] ?? 0).toFixed(1)
  return `p50 ${at(0.5)}  p95 ${at(0.95)}  p99 ${at(0.99)} ms`
}

function print(line: string): void {
  process.stdout.write(`${line}\n`)
}

await main()
process.exit()
