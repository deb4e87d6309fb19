import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import t, { type Test } from 'tap'
import { type WebSocket, WebSocketServer } from 'ws'
import { Crowd } from './crowd.ts'
import { rawUws } from './dialects/raw-uws.ts'
import { openLoop } from './load.ts'

/** A room of three that says back what it hears. @param times how often the n-th seat gets the m-th message */
async function crowdOf(t: Test, times: (seat: number, nth: number) => number): Promise<Crowd> {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1' })
  const sockets: WebSocket[] = []
  let messages = 0
  server.on('connection', socket => {
    socket.on('message', (bytes: Buffer, isBinary) => {
      if (!isBinary) {
        sockets.push(socket)
        socket.send(bytes, { binary: false })
        return
      }
      const nth = messages++
      for (const [seat, each] of sockets.entries())
        for (let n = 0; n < times(seat, nth); n++) each.send(bytes)
    })
  })
  await once(server, 'listening')
  t.teardown(() => {
    for (const socket of server.clients) socket.terminate()
    server.close()
  })
  const { port } = server.address() as AddressInfo
  const crowd = new Crowd(rawUws, { host: '127.0.0.1', port })
  t.teardown(() => crowd.leave())
  for (const token of ['alice', 'bob', 'carol']) await crowd.enter([{ token, room: 1 }], 1)
  return crowd
}

const load = { ratePerS: 200, warmUpS: 0.1, seconds: 0.4, drainS: 60 }

t.test('a load whose messages all arrive once has nothing lost or doubled', async t => {
  const found = await openLoop(await crowdOf(t, () => 1), load, () => undefined)
  t.match(found, { sent: 80, expected: 240, arrived: 240, lost: 0, duplicates: 0 })
})

t.test('what one recipient loses does not hide behind what another gets twice', async t => {
  const times = (seat: number, nth: number) => (nth === 50 ? seat : 1)
  const found = await openLoop(await crowdOf(t, times), load, () => undefined)
  t.match(found, { arrived: 240, expected: 240 }, 'counted by message it looks complete')
  t.match(found, { lost: 1, duplicates: 1 })
})
