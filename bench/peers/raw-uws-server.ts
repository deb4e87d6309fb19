// The limit of fan-out: uWebSockets.js and nothing else. The first frame of a socket is a text frame with the name
// of its room, answered by the same; every binary frame is published unchanged to all of the room.
// As Petrel: one process, binary frames of the same bytes, no compression. Unlike Petrel: no storage, no accounts,
// no numbers, no resends; the sender gets a copy of its frame in place of an answer; native topics, which
// Petrel does not use. A reader that falls 16 MiB behind loses frames silently.

import { createRequire } from 'node:module'
import { host, serve } from './child.ts'

interface Seated {
  room: string
}

const behindBytesMax = 16 * 1024 * 1024

serve(async () => {
  // Only now: where the binary cannot be loaded, that is why the peer is absent.
  const { default: uws } = await import('uWebSockets.js')
  const app = uws.App()
  app.ws<Seated>('/', {
    compression: uws.DISABLED,
    maxBackpressure: behindBytesMax,
    upgrade(res, req, context) {
      res.upgrade<Seated>(
        { room: '' },
        req.getHeader('sec-websocket-key'),
        req.getHeader('sec-websocket-protocol'),
        req.getHeader('sec-websocket-extensions'),
        context,
      )
    },
    message(ws, bytes, isBinary) {
      const seated = ws.getUserData()
      if (isBinary) {
        app.publish(seated.room, bytes, true, false)
        return
      }
      seated.room = Buffer.from(bytes).toString()
      ws.subscribe(seated.room)
      ws.send(bytes, false)
    },
  })
  const port = await new Promise<number>((resolve, reject) => {
    app.listen(host, 0, socket => {
      if (socket) resolve(uws.us_socket_local_port(socket))
      else reject(new Error('uWebSockets.js could not listen'))
    })
  })
  const { version } = createRequire(import.meta.url)('uWebSockets.js/package.json') as {
    version: string
  }
  return { port, version: `uWebSockets.js (npm uwebsockets ${version})` }
})
