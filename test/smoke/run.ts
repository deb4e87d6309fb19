// `npm run smoke`: a private stack with two gateway processes, two dozen SDK clients, thousands of messages;
// a gateway and Redis are killed on the way and come back. Then every client's view is compared with
// PostgreSQL. Ends non-zero unless nothing was lost, doubled, skipped or shuffled.

import { writeFile } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { WebSocket } from 'ws'
import { type Chat, memoryStorage, PetrelClient, webSocketTransport } from '#client/index.ts'
import type { ChatId } from '#shared/protocol/ids.ts'
import { openDb } from '#shared/store/db.ts'
import { type Stack, startStack } from '../helpers/stack.ts'
import { until } from '../helpers/until.ts'
import { type Acked, holds, judge, Record, type Row, type Verdict } from './checker.ts'

const people = 24
const groupSize = 20
const messagesEach = 100
const pauseMs = 110
/** The command must end within 50 s, whatever happens. */
const deadlineMs = 47_000

interface Person {
  name: string
  id: number
  client: PetrelClient
  record: Record
  /** Chats that they write to. */
  writes: ChatId[]
}

/** Runs it and exits. */
export async function main(args: string[]): Promise<void> {
  const { values } = parseArgs({ args, options: { json: { type: 'string' } } })
  const begunMs = performance.now()
  const late = setTimeout(() => {
    say(`not finished after ${deadlineMs / 1000} s`)
    process.exit(1)
  }, deadlineMs)
  const stack = await startStack(undefined, { gatewayProcesses: 2, durable: true })
  try {
    const verdict = await run(stack)
    const seconds = Math.round((performance.now() - begunMs) / 100) / 10
    const report = JSON.stringify({ ...verdict, seconds })
    process.stdout.write(`${report}\n`)
    if (values.json) await writeFile(values.json, `${report}\n`)
    process.exitCode = holds(verdict) && verdict.sent === verdict.acked ? 0 : 1
  } finally {
    await stack.stop()
    clearTimeout(late)
  }
}

async function run(stack: Stack): Promise<Verdict> {
  const crowd = await Promise.all(Array.from({ length: people }, (_, i) => enter(stack, i)))
  const chats = await meet(crowd)
  say(`${crowd.length} clients in ${chats.length} chats on ${stack.gateways.length} gateways`)
  const acked: Acked[] = []
  const writing = Promise.all(crowd.map(person => write(person, acked)))
  await misfortunes(stack, acked, people * messagesEach)
  await writing
  say(`${acked.length} messages acknowledged; waiting for quiet`)
  const stored = await readStored(stack, chats)
  await quiet(crowd, stored)
  const views = (await Promise.all(crowd.map(person => look(person)))).flat()
  await Promise.all(crowd.map(({ client }) => client.stop()))
  return judge({
    sent: people * messagesEach,
    acked,
    stored,
    views,
    records: crowd.map(({ record }) => record),
  })
}

async function enter(stack: Stack, index: number): Promise<Person> {
  const name = `Person ${index + 1}`
  const tokens = await stack.newUser(name)
  const client = new PetrelClient({
    api: stack.url,
    gateway: stack.wsUrl,
    transport: webSocketTransport({ WebSocket: WebSocket as never }),
    storage: memoryStorage(),
  })
  const record = new Record()
  client.dev.observe(event => record.observe(event))
  await client.signInWithTokens(tokens)
  await client.start()
  await online(client)
  return { name, id: tokens.user.id, client, record, writes: [] }
}

/** Direct chats in pairs, one group, one channel; every member has its window open. */
async function meet(crowd: readonly Person[]): Promise<ChatId[]> {
  const [first] = crowd as [Person, ...Person[]]
  const chats: ChatId[] = []
  const add = async (chat: Chat, members: readonly Person[], writers: readonly Person[]) => {
    chats.push(chat.id)
    for (const person of writers) person.writes.push(chat.id)
    await Promise.all(members.map(({ client }) => client.open(chat.id)))
  }
  for (let i = 0; i + 1 < crowd.length; i += 2) {
    const pair = crowd.slice(i, i + 2) as [Person, Person]
    const chat = await pair[0].client.createDirect(pair[1].id)
    // They do not know each other: the second one's coming is the answer.
    await pair[1].client.createDirect(pair[0].id)
    await add(chat, pair, pair)
  }
  const insiders = crowd.slice(0, groupSize)
  const others = insiders.slice(1).map(person => person.id)
  const { chat: group } = await first.client.rooms.createGroup('Smoke', others)
  await add(group, insiders, insiders)
  const channel = await first.client.rooms.createChannel('Smoke signals')
  await first.client.members.add(
    channel.id,
    crowd.slice(1).map(person => person.id),
  )
  await add(channel, crowd, [first])
  return chats
}

async function write(person: Person, acked: Acked[]): Promise<void> {
  const waiting: Promise<void>[] = []
  for (let n = 1; n <= messagesEach; n++) {
    const chat = person.writes[n % person.writes.length] as ChatId
    const { sent } = person.client.send(chat, `${person.name} says ${n}`)
    waiting.push(
      sent.then(({ rid, seq }) => {
        acked.push({ chat, from: person.id, rid, seq })
      }),
    )
    await sleep(pauseMs)
  }
  await Promise.all(waiting)
}

/** Kills a gateway, then Redis, while messages flow; both come back. */
async function misfortunes(stack: Stack, acked: readonly Acked[], total: number): Promise<void> {
  const [gateway] = stack.gateways
  await until(() => acked.length > total * 0.25, { timeoutMs: 20_000 })
  say('SIGKILL to a gateway')
  await gateway?.kill()
  await sleep(1_000)
  await gateway?.start()
  await until(() => acked.length > total * 0.6, { timeoutMs: 20_000 })
  say('SIGKILL to Redis')
  await stack.redis.kill()
  await sleep(1_500)
  await stack.redis.restart()
}

async function readStored(stack: Stack, chats: readonly ChatId[]): Promise<Map<ChatId, Row[]>> {
  const db = openDb({ url: stack.databaseUrl, poolMax: 1, name: 'petrel smoke' })
  const rows = await db.query<Row & { chat: ChatId }>({
    text: `select chat_id as chat, seq, sender_id as "from", rid, text from messages
           where chat_id = any ($1) order by chat_id, seq`,
    values: [chats],
  })
  await db.close()
  return new Map(chats.map(chat => [chat, rows.filter(row => row.chat === chat)]))
}

/** Waits until every client stands where PostgreSQL stands and has nothing left to send. */
async function quiet(crowd: readonly Person[], stored: Map<ChatId, Row[]>): Promise<void> {
  const settled = ({ client }: Person) => {
    if (client.getSnapshot().pending > 0) return false
    return [...client.dev.positions()].every(([chat, { seq }]) => seq === stored.get(chat)?.length)
  }
  // A client that never gets there is not an error here: the checker counts what it misses.
  await until(() => crowd.every(settled), { timeoutMs: 10_000 }).catch(() => undefined)
}

/** Loads everything a client can show and takes it down in the order shown. */
async function look({ name, client }: Person) {
  const views: { client: string; chat: ChatId; shown: Row[] }[] = []
  for (const [chat] of client.dev.positions()) {
    while (client.getSnapshot().windows.get(chat)?.moreBefore) await client.loadBefore(chat)
    const messages = client.getSnapshot().windows.get(chat)?.messages ?? []
    const shown = messages.map(({ seq = 0, from, rid, text }) => ({ seq, from, rid, text }))
    views.push({ client: name, chat, shown })
  }
  return views
}

async function online(client: PetrelClient): Promise<void> {
  await until(() => client.getSnapshot().connection.state === 'online', { timeoutMs: 10_000 })
}

/** Progress goes to standard error: standard output is the report alone. */
function say(line: string): void {
  process.stderr.write(`smoke: ${line}\n`)
}
