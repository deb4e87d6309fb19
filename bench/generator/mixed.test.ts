import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import t, { type Test } from 'tap'
import { type WebSocket, WebSocketServer } from 'ws'
import { decode, encode, frameType } from '#shared/protocol/codec.ts'
import { chatEvents, controls } from '#shared/protocol/events.ts'
import { ops } from '#shared/protocol/ops.ts'
import { ask, listen } from './ask.ts'
import { Crowd } from './crowd.ts'
import { petrel } from './dialects/petrel.ts'
import { type ActionName, type MixedLoad, mixed } from './mixed.ts'

/** What a gateway does wrong on purpose. */
interface Faults {
  /** How often the n-th message (from 0) reaches each recipient: normally once. */
  times?(nth: number): number
  /** The code with which the n-th message is refused. */
  refuses?(nth: number): string | null
  /** Operations that get no answer. */
  mute?: number
}

/** Where everybody's direct chat and group is. */
const direct = { alice: 1, bob: 1, carol: 2 }
const group = 9
type Name = keyof typeof direct
const names: Name[] = ['alice', 'bob', 'carol']

/** A gateway with three people, and the crowd of them. */
async function crowdOf(t: Test, faults: Faults = {}): Promise<Crowd> {
  const server = new WebSocketServer({
    port: 0,
    host: '127.0.0.1',
    handleProtocols: () => 'petrel.v1',
  })
  t.teardown(() => {
    for (const socket of server.clients) socket.terminate()
    server.close()
  })
  const sockets = new Map<Name, WebSocket>()
  const seqs = new Map<number, number>()
  let messages = 0
  const onSend = (from: Name, ref: number, { chat, text }: { chat: number; text: string }) => {
    const nth = messages++
    const code = faults.refuses?.(nth) ?? null
    if (code !== null) {
      sockets.get(from)?.send(encode([frameType.error, ref, { code, message: '' }]))
      return
    }
    const seq = (seqs.get(chat) ?? 0) + 1
    seqs.set(chat, seq)
    sockets.get(from)?.send(encode([frameType.result, ref, { seq, rev: seq, at: 0 }]))
    const event = Buffer.from(
      encode([frameType.chatEvent, chatEvents.message.kind, chat, seq, { seq, rev: seq, text }]),
    )
    for (const name of names) {
      if (name === from || (chat !== group && chat !== direct[name])) continue
      for (let i = 0; i < (faults.times?.(nth) ?? 1); i++) sockets.get(name)?.send(event)
    }
  }
  server.on('connection', socket => {
    let name: Name = 'alice'
    socket.on('message', bytes => {
      const [op, ref, body] = decode(bytes as Buffer).frame as [number, number, { token: Name }]
      if (op === ops.hello.op) {
        name = body.token
        sockets.set(name, socket)
        socket.send(encode([frameType.control, controls.syncEnd.kind, {}]))
      } else if (op === ops.send.op) onSend(name, ref, body as never)
      else if (op !== faults.mute) socket.send(encode([frameType.result, ref, {}]))
    })
  })
  await new Promise(resolve => server.once('listening', resolve))
  const { port } = server.address() as AddressInfo
  const crowd = new Crowd(petrel, { host: '127.0.0.1', port })
  t.teardown(() => crowd.leave())
  for (const name of names) await crowd.enter([{ token: name, room: direct[name] }], 1)
  return crowd
}

/** An api that answers every route, or refuses one. */
async function apiOf(t: Test, refused = ''): Promise<string> {
  const server = createServer((request, response) => {
    request.resume()
    const status = refused !== '' && request.url?.includes(refused) ? 500 : 200
    const body = status === 200 ? { refreshToken: 'next' } : { code: 'internal' }
    response.writeHead(status).end(JSON.stringify(body))
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  t.teardown(() => {
    server.closeAllConnections()
    server.close()
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

function load(api: string, actions: ActionName[]): MixedLoad {
  return {
    api,
    people: names.map(name => ({
      token: name,
      username: name,
      refreshToken: name,
      direct: direct[name],
      groups: [group],
    })),
    password: 'secret',
    actions: actions.map(action => ({ action, perS: 50 })),
    warmUpS: 0.2,
    seconds: 1,
    drainS: 2,
  }
}

const everything: ActionName[] = [
  'sendGroup',
  'read',
  'typing',
  'history',
  'chats',
  'config',
  'me',
  'sessions',
  'lookUp',
  'editProfile',
  'refresh',
  'login',
]

t.test('every action is done at its rate, and every delivery is found', async t => {
  const crowd = await crowdOf(t)
  const marks: string[] = []
  // All of it is answered, however late.
  const whole = { ...load(await apiOf(t), everything), drainS: 60 }
  const found = await mixed(crowd, whole, mark => marks.push(mark))
  t.same(marks, ['begin', 'end'])
  t.same(found.errors, {})
  t.same(
    found.actions.map(({ action, done }) => ({ action, done })),
    everything.map(action => ({ action, done: 50 })),
  )
  t.equal(found.expected, 100, 'two others are in the group')
  t.equal(found.arrived, 100)
  t.equal(found.delivery.count, 100)
  t.equal(found.duplicates, 0)
  t.equal(found.rest.count, 300, 'sign-ins are counted apart')
})

t.test('a lost and a doubled message are noticed', async t => {
  // From the measured part: the warm-up sends ten.
  const crowd = await crowdOf(t, { times: nth => ({ 20: 0, 30: 2 })[nth] ?? 1 })
  const found = await mixed(crowd, load(await apiOf(t), ['sendGroup']), () => undefined)
  t.equal(found.expected - found.arrived, 2)
  t.equal(found.duplicates, 2)
})

t.test('what is refused or not answered is an error that says what it was', async t => {
  const refuses = (nth: number) => (nth === 20 ? 'overloaded' : null)
  const crowd = await crowdOf(t, { refuses, mute: ops.chats.op })
  const actions: ActionName[] = ['sendDirect', 'chats', 'me', 'config']
  const found = await mixed(crowd, load(await apiOf(t, '/me'), actions), () => undefined)
  t.same(found.errors, {
    'sendDirect: overloaded': 1,
    'chats: no answer': 50,
    'me: 500 internal': 50,
  })
})

t.test('requests are asked by whom they should be, and refusals reject', async t => {
  const crowd = await crowdOf(t)
  const asks = names.map(token => ({ token, body: {} }))
  const { latency } = await ask(crowd, { op: 'chats', asks, atOnce: 2 })
  t.equal(latency.count, 3)
  const unknown = [{ token: 'stranger', body: {} }]
  await t.rejects(ask(crowd, { op: 'chats', asks: unknown, atOnce: 1 }), /nobody/)
})

t.test('a listener counts what the others of the crowd hear', async t => {
  const crowd = await crowdOf(t)
  const heard = await listen(crowd, { perS: 20, seconds: 0.5 }, () => undefined)
  t.match(heard, { posts: 10, acked: 10, frames: 10 }, 'only one other is in the direct chat')
})
