import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer as createHttpServer } from 'node:http'
import { createServer, type Server, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { WebSocketServer } from 'ws'
import { type Stack, startStack } from '#test/helpers/stack.ts'
import { Remote } from './remote.ts'
import { Runner } from './runner.ts'
import { fanout } from './scenarios/fanout.ts'
import { quiet } from './scenarios/quiet.ts'
import { throughput } from './scenarios/throughput.ts'

const peopleCount = 5
let stack: Stack
let dir: string
let tokens: string[]

t.before(async () => {
  dir = await mkdtemp(join(tmpdir(), 'petrel-remote-'))
  stack = await startStack()
  const people = await Promise.all(
    Array.from({ length: peopleCount }, () => stack.newUser('Member')),
  )
  tokens = people.map(({ accessToken }) => accessToken)
})
t.teardown(async () => {
  await stack.stop()
  await rm(dir, { recursive: true })
})

async function fileOf(name: string, ...lines: string[]): Promise<string> {
  const path = join(dir, name)
  await writeFile(path, lines.join('\n'))
  return path
}

/** The url of a server that is not ours. */
async function listen(t: Test, server: Server): Promise<string> {
  const sockets = new Set<Socket>()
  server.on('connection', (socket: Socket) => {
    sockets.add(socket)
    socket.on('error', () => undefined)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  return `ws://127.0.0.1:${(server.address() as { port: number }).port}`
}

function webSocketServer(protocol: string | false): Server {
  const server = createHttpServer()
  new WebSocketServer({ server, handleProtocols: () => protocol })
  return server
}

t.test('a server that is not ours is told in one line', async t => {
  const tokenFile = await fileOf('good', ...tokens)
  const open = (url: string, waitMs = 60_000) => Remote.open({ url, tokenFile, waitMs })
  const http = createHttpServer((_, response) => response.writeHead(404).end())
  const busy = createHttpServer((_, response) => response.writeHead(503).end())
  const mail = createServer(socket => socket.write('220 mail.example.com\r\n'))
  const cut = createServer(socket => socket.destroy())
  const wrong: [RegExp, Server][] = [
    [/HTTP 404: not a gateway of Petrel\?$/, http],
    [/HTTP 503, it takes no more connections now$/, busy],
    [/not one that speaks petrel\.v1$/, webSocketServer(false)],
    [/not one that speaks petrel\.v1$/, webSocketServer('chat')],
    [/what answers there is no HTTP server$/, mail],
    [/the connection was cut \(ECONNRESET\)$/, cut],
  ]
  for (const [message, server] of wrong) {
    const url = await listen(t, server)
    await t.rejects(open(url), { name: 'RemoteError', message }, String(message))
  }
  const silent = await listen(t, createServer())
  await t.rejects(open(silent, 300), {
    name: 'RemoteError',
    message: /nothing was said in 0\.3 s$/,
  })
  await t.rejects(open('ws://127.0.0.1:1'), /nobody listens there \(ECONNREFUSED\)$/)
  await t.rejects(open('ws://nowhere.invalid:1'), /cannot be looked up|no such machine/)
})

t.test('a token file that cannot serve is told with its line', async t => {
  const open = (tokenFile: string) => Remote.open({ url: stack.wsUrl, tokenFile })
  const [one = '', two = ''] = tokens
  const [head, body = '', signature = ''] = one.split('.')
  const claims = JSON.parse(Buffer.from(body, 'base64url').toString())
  const past = { ...claims, exp: Math.floor(Date.now() / 1000) - 90 }
  const expired = [head, Buffer.from(JSON.stringify(past)).toString('base64url'), signature]
  const forged = [head, body, `${signature.slice(0, -8)}AAAAAAAA`]
  const wrong: [RegExp, string][] = [
    [/cannot read the token file .*: no such file/, join(dir, 'none')],
    [/cannot read the token file .*: it is no file/, dir],
    [/cannot read the token file .*: it is no file/, '/dev/zero'],
    [/fewer than 2 users/, await fileOf('empty', '', '# nobody', '')],
    [/fewer than 2 users/, await fileOf('one', one, one)],
    [/line 3: this is no access token/, await fileOf('odd', one, two, 'Bearer x')],
    [/line 2: the token expired (9\d|\d{3}) s ago/, await fileOf('old', one, expired.join('.'))],
    [/line 2 does not work: .*4504/, await fileOf('forged', '', forged.join('.'), two)],
  ]
  for (const [message, tokenFile] of wrong)
    await t.rejects(open(tokenFile), { name: 'RemoteError', message }, String(message))
})

t.test('chats are made by the protocol, as many as there are people', async t => {
  const tokenFile = await fileOf('commented', '# Alice', '', ...tokens.map(token => `${token}  `))
  const remote = await Remote.open({ url: stack.wsUrl, tokenFile })
  t.equal(remote.people, peopleCount)
  const notes: string[] = []
  const place = remote.place(text => notes.push(text))
  const pairs = await place.pairs(500)
  t.equal(pairs.tokens.length, 4)
  const [a, b, c, d] = pairs.rooms
  t.equal(a, b)
  t.equal(c, d)
  t.not(a, c)
  const groups = await place.groups(2, 2)
  t.equal(groups.tokens.length, 4)
  t.equal(new Set(groups.rooms).size, 2)
  const shrunk = await place.groups(5, 200)
  t.equal(shrunk.tokens.length, peopleCount)
  t.equal(new Set(shrunk.rooms).size, 1)
  t.equal(place.ratePerS(500, 4), 20)
  t.equal(place.ratePerS(10, 4), 10)
  t.match(notes, [
    /^2 direct chats instead of 500/,
    /a group of 5 instead of 5 × 200/,
    /^20 messages/,
  ])

  const again = await Remote.open({ url: stack.wsUrl, tokenFile })
  t.same((await again.place(() => undefined).groups(5, 200)).rooms, shrunk.rooms)
})

t.test(
  'quiet, throughput and fan-out measure a running server without seeing its inside',
  async t => {
    const tokenFile = await fileOf('people', ...tokens)
    const remote = await Remote.open({ url: stack.wsUrl, tokenFile })
    const runner = new Runner({
      options: { size: 'quick', runs: 1, cpuProf: false },
      env: process.env,
      say: () => undefined,
      remote,
    })
    t.teardown(() => runner.close())
    for (const scenario of [quiet, throughput, fanout])
      await runner.run(scenario, new AbortController().signal)
    const { results, failures } = runner.results
    t.same(failures, [])
    t.same(
      results.map(({ scenario, metric }) => `${scenario}: ${metric}`),
      [
        'quiet: ack p50',
        'quiet: ack p95',
        'quiet: ack p99',
        'quiet: delivered p50',
        'quiet: delivered p95',
        'quiet: delivered p99',
        'throughput: delivered p95, 20 msg/s',
        'fanout: delivered p95, 25 msg/s',
      ],
    )
    t.ok(results.every(({ peer, target, met }) => peer === null && target === null && met === null))
  },
)
