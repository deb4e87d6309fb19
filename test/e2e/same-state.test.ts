// Whatever people do on several devices, in whatever order and with breaks between: in the end each device shows what a
// fresh one does, and that is what PostgreSQL has. And the check would notice if it were not so.

import fc from 'fast-check'
import t, { type Test } from 'tap'
import { WebSocket } from 'ws'
import { PetrelClient, webSocketTransport } from '#client/index.ts'
import { AppError } from '#shared/protocol/codes.ts'
import type { ChatId, Seq, UserId } from '#shared/protocol/ids.ts'
import { right } from '#shared/protocol/permissions.ts'
import {
  differencesOf,
  essenceOf,
  loadAll,
  type Picture,
  pictureOf,
  storedEssence,
} from '#test/helpers/picture.ts'
import { ask } from '#test/helpers/raw-view.ts'
import { type Stack, startStack } from '#test/helpers/stack.ts'
import { until } from '#test/helpers/until.ts'

interface Device {
  name: string
  user: UserId
  client: PetrelClient
}

interface Place {
  chat: ChatId
  /** Whom the actor meets there. */
  other: UserId
  /** Some message; 1 where none is loaded. */
  seq: Seq
  /** A text that no other step has. */
  text: string
  n: number
  /** Where else something may be sent to. */
  elsewhere: ChatId
}

const emojis = ['👍', '❤️', '😂']
const soon = () => Date.now() + 3_600_000
const some = <Item>(items: readonly Item[], n: number) => items[n % items.length] as Item

/** What a person can do, each as a page would ask the SDK for it. Refusals are part of the game. */
const acts: Record<string, (client: PetrelClient, at: Place) => unknown> = {
  send: (client, { chat, text }) => client.send(chat, text).sent,
  sendFormatted: (client, { chat, text }) =>
    client.send(chat, text, { ents: [{ t: 'bold', o: 0, l: 4 }] }).sent,
  call: (client, { chat, text, other }) =>
    client.send(chat, text, { ents: [{ t: 'userMention', o: 0, l: 4, user: other }] }).sent,
  answer: (client, { chat, text, seq }) => client.send(chat, text, { reply: seq }).sent,
  edit: (client, { chat, text, seq }) => client.edit(chat, seq, `edited ${text}`),
  delete: (client, { chat, seq }) => client.delete(chat, [seq]),
  hide: (client, { chat, seq }) => client.hide(chat, [seq]),
  clear: (client, { chat, seq, n }) =>
    client.clearHistory(chat, n % 3 === 0 ? { upTo: seq, forAll: true } : { upTo: seq }),
  forward: (client, { chat, seq, elsewhere }) => client.forward(elsewhere, chat, [seq]),
  pin: (client, { chat, seq, n }) => client.pin(chat, seq, n % 2 ? { silent: true } : {}),
  unpin: (client, { chat, seq }) => client.unpin(chat, seq),
  react: (client, { chat, seq, n }) => client.react(chat, seq, n % 4 ? [some(emojis, n)] : []),
  ask: (client, { chat, text, n }) =>
    client.polls.create(chat, {
      question: text,
      options: ['one', 'two', 'three'],
      ...(n % 2 && { multiple: true as const }),
    }),
  vote: (client, { chat, n }) =>
    client.polls.vote(chat, pollIn(client, chat), n % 4 ? [n % 3] : []),
  closePoll: (client, { chat }) => client.polls.close(chat, pollIn(client, chat)),
  read: (client, { chat, seq }) => client.markRead(chat, seq),
  draft: (client, { chat, text, n }) => client.draft(chat, n % 4 ? { text } : null),
  mute: (client, { chat, n }) => client.setPlace(chat, { mutedUntil: n % 2 ? 0 : null }),
  pinChat: (client, { chat, n }) => client.setPlace(chat, { pinned: n % 3 > 0 }),
  archive: (client, { chat, n }) => client.setPlace(chat, { archived: n % 2 > 0 }),
  unread: (client, { chat }) => client.setPlace(chat, { unread: true }),
  title: (client, { chat, text }) => client.rooms.edit(chat, { title: text }),
  reactions: (client, { chat, n }) => client.rooms.setReactions(chat, n % 2 ? 'all' : ['👍']),
  autoDelete: (client, { chat, n }) => client.setAutoDelete(chat, n % 2 ? 604_800 : 0),
  restrict: (client, { chat, other, n }) =>
    client.call('restrict', {
      chat,
      user: other,
      ...some(
        [
          { role: 'restricted', rights: right.post } as const,
          { role: 'restricted', rights: 0 } as const,
          { role: 'member' } as const,
          { role: 'banned' } as const,
        ],
        n,
      ),
    }),
  promote: (client, { chat, other, n }) =>
    client.members.setRole(chat, other, n % 2 ? 'admin' : 'member', right.pin | right.changeInfo),
  remove: (client, { chat, other }) => client.members.remove(chat, other),
  add: (client, { chat, other }) => client.members.add(chat, [other]),
  leave: (client, { chat }) => client.rooms.leave(chat),
  schedule: (client, { chat, text }) => client.scheduled.add(chat, text, soon()),
  reschedule: async (client, { text }) => {
    const [next] = await client.scheduled.list.load()
    if (next) await client.scheduled.change(next.id, { text: `later ${text}` })
  },
  sendNow: async client => {
    const [next] = await client.scheduled.list.load()
    if (next) await client.scheduled.sendNow(next)
  },
  cancel: async client => {
    const last = (await client.scheduled.list.load()).at(-1)
    if (last) await client.scheduled.cancel(last.id)
  },
  folders: (client, { chat, text, n }) =>
    client.call('setFolders', { folders: [{ id: 1 + (n % 3), title: text, include: [chat] }] }),
  contact: (client, { other, text, n }) =>
    n % 2 ? client.people.setContact(other, text) : client.people.removeContact(other),
  block: (client, { other, n }) =>
    n % 3 ? client.people.unblock(other) : client.people.block(other),
  privacy: (client, { other, n }) =>
    client.people.setPrivacy({
      groups: n % 2 ? { who: 'everyone' } : { who: 'contacts', never: [other] },
    }),
  jump: (client, { chat }) => client.jumpTo(chat, 1),
  back: (client, { chat }) => client.open(chat),
  cut: client => client.dev.dropConnection(),
  away: client => client.stop(),
  comeBack: client => client.start(),
}

function pollIn(client: PetrelClient, chat: ChatId): Seq {
  const rows = client.getSnapshot().windows.get(chat)?.messages ?? []
  return rows.findLast(row => row.poll)?.seq ?? 1
}

interface Step {
  act: string
  /** Index of a device, and of one of the chats. */
  who: number
  where: number
  n: number
  /** The next step follows when this one is over. */
  waits: boolean
}

const often = ['send', 'send', 'answer', 'call', 'react', 'ask', 'vote', 'edit', 'read', 'add']
const step: fc.Arbitrary<Step> = fc.record({
  act: fc.constantFrom(...Object.keys(acts), ...often),
  who: fc.nat({ max: 3 }),
  where: fc.nat({ max: 3 }),
  n: fc.nat({ max: 1_000 }),
  waits: fc.boolean(),
})

/** Alice and Bob with two devices each, in a group of hers, a channel of his, a direct chat and saved messages. */
class Scene {
  readonly stack: Stack
  readonly devices: Device[] = []
  readonly chats: ChatId[] = []
  readonly saved = new Map<UserId, ChatId>()
  /** What no person may ever see. */
  readonly trouble: string[] = []
  readonly #users: { id: UserId; tokens: Awaited<ReturnType<Stack['newUser']>> }[] = []

  constructor(stack: Stack) {
    this.stack = stack
  }

  async begin(): Promise<void> {
    for (const name of ['Alice', 'Bob']) {
      const tokens = await this.stack.newUser(name)
      this.#users.push({ id: tokens.user.id, tokens })
      for (const place of ['phone', 'desk']) await this.enter(tokens.user.id, `${name}'s ${place}`)
    }
    const [alice, , bob] = this.devices.map(({ client }) => client)
    const [aliceId = 0, bobId = 0] = this.#users.map(({ id }) => id)
    if (!alice || !bob) throw new Error('nobody came')
    const { chat: group } = await alice.rooms.createGroup('Group', [bobId])
    const channel = await bob.rooms.createChannel('Channel')
    await bob.members.add(channel.id, [aliceId])
    const direct = await alice.createDirect(bobId)
    await bob.createDirect(aliceId)
    this.chats.push(group.id, channel.id, direct.id)
    this.saved.set(aliceId, (await alice.saved()).id)
    this.saved.set(bobId, (await bob.saved()).id)
    for (const { client } of this.devices) await loadAll(client)
  }

  /** One more device of a user, online. */
  async enter(user: UserId, name: string): Promise<Device> {
    const { tokens } = this.#users.find(({ id }) => id === user) ?? {}
    if (!tokens?.user.username) throw new Error('nobody we know')
    const client = new PetrelClient({
      api: this.stack.url,
      gateway: this.stack.wsUrl,
      transport: webSocketTransport({ WebSocket: WebSocket as never }),
    })
    const device = { name, user, client }
    this.devices.push(device)
    await client.api.login({ username: tokens.user.username, password: tokens.password })
    await isOnline(client)
    return device
  }

  async take({ act, who, where, n, waits }: Step, number: number): Promise<void> {
    const { user, client } = some(this.devices, who)
    const ours = [...this.chats, this.saved.get(user) ?? 0]
    const chat = some(ours, where)
    const rows = client.getSnapshot().windows.get(chat)?.messages ?? []
    const place: Place = {
      chat,
      other: this.#users.find(({ id }) => id !== user)?.id ?? 0,
      seq: rows[n % Math.max(1, rows.length)]?.seq ?? 1,
      text: `text ${number}`,
      n,
      elsewhere: some(ours, n),
    }
    const done = (async () => acts[act]?.(client, place))().catch((error: unknown) => {
      const isRefusal = error instanceof AppError && error.code !== 'internal'
      if (!isRefusal) this.trouble.push(`${act}: ${String(error)}`)
    })
    // Who is away gets no answer before they are back.
    if (waits) await Promise.race([done, new Promise(resolve => setTimeout(resolve, 200))])
  }

  /** Everybody is back, and nothing is on its way any more. */
  async settle(): Promise<void> {
    for (const { client } of this.devices) {
      await client.start()
      await isOnline(client)
      await loadAll(client)
    }
  }

  /**
   * What is wrong with what the devices of each person show, in words.
   * @param timeoutMs so long it may still become right: sums of reactions and votes are told in intervals
   */
  async differences(timeoutMs = 60_000): Promise<string[]> {
    const found = [...this.trouble]
    for (const { id } of this.#users) {
      const old = this.devices.filter(({ user }) => user === id)
      const fresh = await this.enter(id, 'a fresh device')
      await loadAll(fresh.client)
      const compare = async () => {
        const stored = await storedEssence(this.stack.databaseUrl, id)
        const wrong = named('PostgreSQL', differencesOf(essenceOf(fresh.client), stored))
        const shown: Picture = pictureOf(fresh.client)
        for (const { name, client } of old) {
          discardFailed(client)
          wrong.push(...named(name, differencesOf(pictureOf(client), shown)))
        }
        return wrong
      }
      const isRight = async () => (await compare()).length === 0
      await until(isRight, { timeoutMs }).catch(() => undefined)
      found.push(...(await compare()))
    }
    return found
  }

  async end(): Promise<void> {
    await Promise.all(this.devices.map(({ client }) => client.stop()))
  }
}

function named(name: string, differences: readonly string[]): string[] {
  return differences.map(each => `${name}: ${each}`)
}

async function isOnline(client: PetrelClient): Promise<void> {
  await until(() => client.getSnapshot().connection.state === 'online', { timeoutMs: 60_000 })
}

/** What the server refused waits for a decision on the device where it was written. */
function discardFailed(client: PetrelClient): void {
  for (const { messages } of client.getSnapshot().windows.values()) {
    for (const { rid, state } of messages) if (state === 'failed') client.discard(rid)
  }
}

async function play(stack: Stack, steps: readonly Step[]): Promise<string[]> {
  const scene = new Scene(stack)
  try {
    await scene.begin()
    for (const [number, step] of steps.entries()) await scene.take(step, number)
    await scene.settle()
    return await scene.differences()
  } finally {
    await scene.end()
  }
}

const property = (stack: Stack) =>
  fc.asyncProperty(fc.array(step, { minLength: 20, maxLength: 60, size: 'max' }), async steps => {
    const found = await play(stack, steps)
    if (found.length > 0) throw new Error(found.join('\n'))
  })

t.test('devices of people on two processes', { timeout: 0 }, async t => {
  const stack = await startStack(t, { gatewayProcesses: 2 })

  t.test('end in the state of PostgreSQL, whatever was done', { timeout: 0 }, async t => {
    const runs = Number(process.env.PETREL_PROPERTY_RUNS ?? 6)
    // A busy machine gets through fewer of them; each try of a shorter way to a failure is a whole run as well.
    const options = { numRuns: runs, interruptAfterTimeLimit: runs * 10_000, endOnFailure: true }
    const result = await fc.check(property(stack), options)
    t.equal(result.errorInstance, null, fc.defaultReportMessage(result) ?? 'holds')
    t.ok(result.numRuns > 0)
    t.same(stack.trouble, [])
  })

  t.test('a state that no device was told of is found out', t => foundOut(t, stack))
})

/** The planted fault: a row is changed without a new rev. */
async function foundOut(t: Test, stack: Stack): Promise<void> {
  const scene = new Scene(stack)
  t.teardown(() => scene.end())
  await scene.begin()
  const [{ client } = { client: undefined }] = scene.devices
  const [chat = 0] = scene.chats
  await client?.send(chat, 'as it was').sent
  t.same(await scene.differences(), [])
  const change = 'update messages set text = $2 where chat_id = $1 and text = $3 returning seq'
  t.equal((await ask(stack.databaseUrl, change, [chat, 'as it is', 'as it was'])).length, 1)
  t.match(
    String(await scene.differences(1_000)),
    /Alice's phone: chat \d+ message \d+: .*as it was/,
  )
}
