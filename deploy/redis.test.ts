import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Redis as Client } from 'ioredis'
import t, { type Test } from 'tap'
import { type Redis, startRedis } from './redis.ts'

function folder(t: Test): string {
  const dir = mkdtempSync(join(tmpdir(), 'petrel-redis-'))
  t.teardown(() => rmSync(dir, { recursive: true, force: true }))
  return join(dir, 'redis')
}

async function start(t: Test, dir: string): Promise<Redis> {
  const server = await startRedis({ dir, logFile: `${dir}.log` })
  t.teardown(() => server.stop())
  return server
}

async function ask<Answer>(
  url: string,
  work: (client: Client) => Promise<Answer>,
): Promise<Answer> {
  const client = new Client(url)
  client.on('error', () => {})
  try {
    return await work(client)
  } finally {
    client.disconnect()
  }
}

t.test('a server left over by a killed launcher is stopped and its data kept', async t => {
  const dir = folder(t)
  const first = await start(t, dir)
  await ask(first.url, client => client.set('key', 'kept'))
  const second = await start(t, dir)
  await first.exited
  t.equal(await ask(second.url, client => client.get('key')), 'kept')
})

t.test('it listens on no port and syncs its file each second', async t => {
  const server = await start(t, folder(t))
  const settings = await ask(server.url, client => client.config('GET', 'port', 'append*', 'save'))
  const text = JSON.stringify(settings)
  t.match(text, /"port"[,:]"0"/)
  t.match(text, /"appendonly"[,:]"yes"/)
  t.match(text, /"appendfsync"[,:]"everysec"/)
})

t.test('a path too long for a socket works', async t => {
  const dir = join(folder(t), 'x'.repeat(100))
  mkdirSync(dir, { recursive: true })
  const server = await start(t, dir)
  t.equal(await ask(server.url, client => client.ping()), 'PONG')
})
