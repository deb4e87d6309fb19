import { Redis } from 'ioredis'
import t from 'tap'
import { closeCodes } from '#shared/protocol/codes.ts'
import { isMessage, RawClient } from '#test/helpers/raw-client.ts'
import { findLosses, RawPerson } from '#test/helpers/raw-person.ts'
import { ask, isGapFree, storedTexts } from '#test/helpers/raw-view.ts'
import { startStack } from '#test/helpers/stack.ts'
import { until } from '#test/helpers/until.ts'

t.test('whatever is killed, what was answered stands and reaches everybody once', async t => {
  // Its own PostgreSQL, since one of these tests crashes it.
  const stack = await startStack(t, { gatewayProcesses: 2, durable: true })
  const [alice, bob, carol] = await Promise.all(
    ['Alice', 'Bob', 'Carol'].map(name => stack.newUser(name)),
  )
  if (!alice || !bob || !carol) return
  const enter = (token: string, wanted?: (node: string) => boolean) =>
    RawPerson.enter(t, stack.wsUrl, token, wanted)
  const a = await enter(alice.accessToken)
  const b = await enter(bob.accessToken, node => node !== a.client.node)
  // Carol only listens: nothing that she says herself tells her how far the chat has got.
  const c = await enter(carol.accessToken, node => node !== a.client.node)
  const people = [a, b, c]
  const users = [bob.user.id, carol.user.id]
  const { chat } = await a.client.call('createGroup', { rid: 1, title: 'storm', users })
  for (const person of people) await person.watch(chat.id)

  /** Both talk while `fault` happens; then everything is held against PostgreSQL. */
  const through = async (t: Test, name: string, fault: () => Promise<unknown>) => {
    await apart()
    const before = await storedTexts(stack.databaseUrl, chat.id)
    const stops = [a.talk(chat.id, `${name} a`), b.talk(chat.id, `${name} b`)]
    const said = () => [a, b].map(person => person.acked.get(chat.id)?.length ?? 0)
    const start = said()
    await until(() => said().every((count, i) => count > (start[i] ?? 0) + 20))
    await fault()
    const healed = said()
    await until(() => said().every((count, i) => count > (healed[i] ?? 0) + 20), {
      timeoutMs: 60_000,
      message: `both are served again after ${name}`,
    })
    await Promise.all(stops.map(stop => stop()))
    for (const person of people) await person.converge(stack.databaseUrl)
    const { lost, doubled, stored } = await findLosses(stack.databaseUrl, chat.id, people)
    t.same(lost, [], 'nothing that was answered is lost')
    t.same(doubled, [], 'nothing stands twice')
    t.ok(stored > before.size)
    t.ok(isGapFree(await storedTexts(stack.databaseUrl, chat.id)))
  }

  /** Messages of each arrive at the other without asking, once what the fault left behind is healed. */
  const isNormal = async (t: Test) => {
    const pairs = [
      [a, b],
      [b, a],
      [a, c],
    ] as const
    for (const [from, to] of pairs) {
      await until(
        async () => {
          const text = `normal ${Math.random()}`
          await from.say(chat.id, text)
          return to.client.waitFor(isMessage(chat.id, text), 5_000)
        },
        { timeoutMs: 60_000 },
      )
    }
    t.pass('events flow again')
  }

  /** Alice is on one process, the others on the other. */
  const apart = async () => {
    await until(() => people.every(person => person.client.closed === null))
    for (const person of [b, c]) {
      while (a.client.node === person.client.node) {
        const { reconnects, client } = person
        client.cut()
        await until(() => person.reconnects > reconnects)
      }
    }
  }

  /** What Alice says is heard by Carol on the other process. */
  const reaches = async () => {
    const text = `reaches ${Math.random()}`
    await a.say(chat.id, text)
    await until(() => [...(c.views.get(chat.id)?.texts.values() ?? [])].includes(text))
  }

  t.test('a gateway is killed under load', async t => {
    const reconnects = a.reconnects + b.reconnects
    for (const gateway of stack.gateways) {
      await through(t, `gateway ${gateway.pid()}`, async () => {
        await gateway.kill()
        await gateway.start()
      })
    }
    t.ok(a.reconnects + b.reconnects > reconnects)
    await isNormal(t)
  })

  t.test('what was committed but never published is announced by the sweeper', async t => {
    const { client } = b
    await ask(
      stack.databaseUrl,
      `select * from send_messages(array[$1::bigint], array[$2::bigint], array[5::bigint],
         array['from a process that died'], array[null::text], array[null::bigint], array[false], array[null::text], array[1],
         array[null::text])`,
      [chat.id, alice.user.id],
    )
    const rev = (await client.call('chat', { chat: chat.id })).chat.rev
    for (const person of people) {
      await until(() => person.client.controls('bump').some(bump => bump.rev >= rev))
      await person.converge(stack.databaseUrl)
    }
    await until(async () => (await ask(stack.databaseUrl, 'select from outbox')).length === 0)
    t.equal(b.views.get(chat.id)?.texts.size, (await storedTexts(stack.databaseUrl, chat.id)).size)
  })

  t.test(
    'Redis is killed: sends are answered, remote members catch up, then all is normal',
    async t => {
      await through(t, 'redis killed', async () => {
        await stack.redis.kill()
        for (let i = 0; i < 3; i++) await reaches()
        await stack.redis.restart()
      })
      for (const person of people) t.same(person.refusals, [], 'no send was refused meanwhile')
      await isNormal(t)
    },
  )

  t.test('Redis stops answering: the same', async t => {
    const pid = await redisPid(stack.redis.url)
    await through(t, 'redis stopped', async () => {
      process.kill(pid, 'SIGSTOP')
      try {
        await reaches()
      } finally {
        process.kill(pid, 'SIGCONT')
      }
    })
    for (const person of people) t.same(person.refusals, [])
    await isNormal(t)
  })

  t.test('the bus is emptied and trimmed under load', async t => {
    const redis = new Redis(stack.redis.url)
    await through(t, 'bus emptied', async () => {
      for (let i = 0; i < 10; i++) {
        const keys = await redis.keys('bus:*')
        await Promise.all(keys.map(key => redis.xtrim(key, 'MAXLEN', 0)))
        await redis.flushall()
      }
    })
    redis.disconnect()
    await isNormal(t)
  })

  t.test('PostgreSQL crashes and recovers under load', async t => {
    const pids = stack.gateways.map(gateway => gateway.pid())
    for (const person of people) person.refusals.length = 0
    await through(t, 'postgres crashed', async () => {
      // Killing one backend makes the server end all of them and recover.
      const found = () =>
        ask<{ pid: number }>(
          stack.databaseUrl,
          `select pid from pg_stat_activity where application_name like 'petrel gateway%' limit 1`,
        )
      const pid = await until(async () => (await found())[0]?.pid ?? 0)
      process.kill(pid, 'SIGKILL')
      await until(() => ask(stack.databaseUrl, 'select 1'))
    })
    const refusals = people.flatMap(person => person.refusals)
    const retriable = ['overloaded', 'timeout']
    t.same(
      [...new Set(refusals)].filter(code => !retriable.includes(code)),
      [],
    )
    t.same(
      stack.gateways.map(gateway => gateway.pid()),
      pids,
      'no process ended',
    )
    await isNormal(t)
  })

  t.test(
    'signing out closes the sockets of the session on both processes, with Redis and without',
    async t => {
      const signOut = (token: string) =>
        fetch(`${stack.apiUrl}/auth/logout`, {
          method: 'POST',
          headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
          body: '{}',
        })
      for (const redis of ['up', 'away']) {
        const leaver = await stack.newUser('Carol')
        const login = await fetch(`${stack.apiUrl}/auth/login`, {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify({ username: leaver.user.username, password: leaver.password }),
        })
        const other = (await login.json()) as { accessToken: string }
        const nodes = new Set<string>()
        const sockets: RawClient[] = []
        while (nodes.size < 2) {
          const client = await RawClient.join(t, stack.wsUrl, leaver.accessToken)
          nodes.add(client.node)
          sockets.push(client)
        }
        const stays = await RawClient.join(t, stack.wsUrl, other.accessToken)
        if (redis === 'away') await stack.redis.kill()
        const answer = await signOut(leaver.accessToken)
        t.ok(answer.ok, `sign out: ${answer.status}`)
        for (const socket of sockets) {
          t.equal(await socket.untilClosed(), closeCodes.session_revoked.code, `Redis ${redis}`)
        }
        await stays.settle()
        t.equal(stays.closed, null, 'the other session stays')
        if (redis === 'away') await stack.redis.restart()
      }
    },
  )
})

type Test = Pick<typeof t, 'same' | 'ok' | 'pass'>

async function redisPid(url: string): Promise<number> {
  const redis = new Redis(url)
  const info = await redis.info('server')
  redis.disconnect()
  return Number(/process_id:(\d+)/.exec(info)?.[1])
}
