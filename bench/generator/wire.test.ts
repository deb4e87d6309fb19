import { spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { WebSocketServer } from 'ws'
import { rawUws } from './dialects/raw-uws.ts'
import { Generator } from './generator.ts'
import { Wire } from './wire.ts'

const hasOpenssl = spawnSync('openssl', ['version']).status === 0

/** A server with a certificate that nobody trusts yet, which says back what it hears. */
async function secureServer(t: Test) {
  const dir = await mkdtemp(join(tmpdir(), 'petrel-wire-'))
  t.teardown(() => rm(dir, { recursive: true, force: true }))
  const [keyFile, certFile] = [join(dir, 'key.pem'), join(dir, 'cert.pem')]
  const made = spawnSync('openssl', [
    ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'],
    ...['-days', '2', '-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost'],
    ...['-keyout', keyFile, '-out', certFile],
  ])
  t.equal(made.status, 0, made.stderr.toString())
  const server = createServer({ key: await readFile(keyFile), cert: await readFile(certFile) })
  const sockets = new WebSocketServer({ server })
  sockets.on('connection', socket => {
    socket.on('message', (bytes, binary) => {
      for (const each of sockets.clients) each.send(bytes as Buffer, { binary })
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => {
    for (const socket of sockets.clients) socket.terminate()
    server.close()
  })
  const { port } = server.address() as AddressInfo
  return { address: { host: 'localhost', port, secure: true }, certFile }
}

t.test('a server whose certificate nobody trusts is refused', { skip: !hasOpenssl }, async t => {
  const { address } = await secureServer(t)
  await t.rejects(Wire.open(address, rawUws), {
    name: 'WireError',
    code: 'DEPTH_ZERO_SELF_SIGNED_CERT',
  })
})

t.test('over TLS a load runs as over TCP', { skip: !hasOpenssl }, async t => {
  const { address, certFile } = await secureServer(t)
  const generator = await Generator.start({ ...process.env, NODE_EXTRA_CA_CERTS: certFile })
  t.teardown(() => generator.stop())
  const crowd = 'secure'
  await generator.call('enter', {
    crowd,
    dialect: 'ws',
    address,
    members: { tokens: ['alice', 'bob'], rooms: [1, 1] },
    atOnce: 1,
  })
  const found = await generator.call('openLoop', {
    ...{ crowd, ratePerS: 500, warmUpS: 0.1, seconds: 0.4, drainS: 60 },
  })
  t.match(found, { sent: 200, arrived: 400, lost: 0, duplicates: 0 })
})
