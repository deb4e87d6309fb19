// Which port to take: the one asked for, or else a free one.

import { randomInt } from 'node:crypto'
import { createServer } from 'node:net'

/**
 * The port of an environment variable, which must be free; else `preferred` when it is free, else any.
 * @throws Error when the port that was asked for is taken or no port
 */
export async function choosePort(name: string, preferred: number, host: string): Promise<number> {
  const asked = process.env[name]
  if (asked) {
    const port = Number(asked)
    if (!Number.isInteger(port) || port < 0 || port > 65_535) {
      throw new Error(`${name}=${asked}: a whole number from 0 to 65535`)
    }
    const free = await freePort(host, port)
    if (free === null)
      throw new Error(`Port ${port} is taken: stop what listens there or choose another ${name}.`)
    return free
  }
  return (await freePort(host, preferred)) ?? (await anyPort(host))
}

/**
 * A port that nothing listens on now. Below the range that systems give to outgoing connections, so that nobody
 * takes it by chance before it is used or between two starts of its user.
 */
export async function anyPort(host: string): Promise<number> {
  for (let attempt = 0; attempt < 100; attempt++) {
    const port = await freePort(host, randomInt(20_000, 32_000))
    if (port !== null) return port
  }
  throw new Error(`no free port on ${host}`)
}

/** The port itself (or any, for 0) when it can be listened on, else null. */
function freePort(host: string, port: number): Promise<number | null> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', (error: NodeJS.ErrnoException) =>
      error.code === 'EADDRINUSE' || error.code === 'EACCES' ? resolve(null) : reject(error),
    )
    server.listen(port, host, () => {
      const address = server.address()
      server.close(() => resolve(typeof address === 'object' && address ? address.port : null))
    })
  })
}
