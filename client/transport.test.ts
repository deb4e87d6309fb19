// The transport over real sockets.

import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import t, { type Test } from 'tap'
import { WebSocket, WebSocketServer } from 'ws'
import { webSocketTransport } from './transport.ts'

async function serve(t: Test): Promise<{ server: WebSocketServer; url: string }> {
  const http = createServer()
  const server = new WebSocketServer({ server: http })
  await new Promise<void>(resolve => http.listen(0, '127.0.0.1', resolve))
  t.teardown(() => {
    for (const socket of server.clients) socket.terminate()
    http.close()
  })
  return { server, url: `ws://127.0.0.1:${(http.address() as AddressInfo).port}/ws` }
}

/** Opens a socket and collects what happens to it. */
function open(url: string, onOpen: (send: (bytes: Uint8Array) => void) => void = () => {}) {
  const messages: Uint8Array[] = []
  let closes = 0
  let opened = false
  const closed = new Promise<number>(resolve => {
    const socket = webSocketTransport({ WebSocket }).open(url, {
      onOpen: () => {
        opened = true
        onOpen(bytes => socket.send(bytes))
      },
      onMessage: bytes => messages.push(bytes),
      onClose: code => {
        closes++
        resolve(code)
      },
    })
  })
  return { messages, closed, closes: () => closes, opened: () => opened }
}

t.test(
  'frames travel both ways as bytes, under the subprotocol, and the close code arrives',
  async t => {
    const { server, url } = await serve(t)
    server.on('connection', socket => {
      t.equal(socket.protocol, 'petrel.v1')
      socket.on('message', (data, isBinary) => {
        t.equal(isBinary, true)
        socket.send(data)
        socket.send('text')
        socket.close(4009, 'slow')
      })
    })
    const client = open(url, send => send(new Uint8Array([1, 2, 3]).subarray(1)))
    t.equal(await client.closed, 4009)
    t.same(
      client.messages.map(bytes => [...bytes]),
      [[2, 3], []],
      'a text frame is no bytes',
    )
  },
)

t.test('nobody there: closed once, never opened', async t => {
  const client = open('ws://127.0.0.1:1/ws')
  t.equal(await client.closed, 1006)
  t.equal(client.closes(), 1)
  t.equal(client.opened(), false)
})

t.test('a URL that is none closes instead of throwing', async t => {
  t.equal(await open('no url').closed, 1006)
})

t.test('a platform without WebSocket says what to do', async t => {
  t.throws(() => webSocketTransport({ WebSocket: 'none' }), /pass webSocketTransport/)
})
