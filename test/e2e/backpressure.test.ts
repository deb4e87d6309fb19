import { readFileSync } from 'node:fs'
import t from 'tap'
import { closeCodes } from '#shared/protocol/codes.ts'
import { limits } from '#shared/protocol/limits.ts'
import { isMessage, RawClient } from '#test/helpers/raw-client.ts'
import { RawView, storedTexts } from '#test/helpers/raw-view.ts'
import { startStack } from '#test/helpers/stack.ts'
import { until } from '#test/helpers/until.ts'

/** The connection was cut without a close frame, or with one that the peer had not read. */
const endings: number[] = [closeCodes.slow_consumer.code, 1006]

t.test('who does not read is sent away, nobody else notices, and nothing is missed', async t => {
  const stack = await startStack(t)
  const [alice, bob, carol] = await Promise.all(
    ['Alice', 'Bob', 'Carol'].map(name => stack.newUser(name)),
  )
  if (!alice || !bob || !carol) return
  const join = (token: string) => RawClient.join(t, stack.wsUrl, token)
  const a = await join(alice.accessToken)
  const users = [bob.user.id, carol.user.id]
  const { chat } = await a.call('createGroup', { rid: 1, title: 'flood', users })
  const pid = stack.gateways[0]?.pid() ?? 0
  const text = 'x'.repeat(4_000)
  let flooded = 0
  /** Sends so many messages of 4 KB. */
  const flood = async (count: number) => {
    for (let sent = 0; sent < count; sent += 20) {
      await Promise.all(Array.from({ length: 20 }, () => a.send(chat.id, text)))
      flooded += 20
    }
  }

  t.test('a reader that stops', async t => {
    const b = await join(bob.accessToken)
    const c = await join(carol.accessToken)
    const stopped = await Promise.all(Array.from({ length: 10 }, () => join(bob.accessToken)))
    const before = rss(pid)
    for (const client of stopped) client.socket.pause()
    // Far more than the kernel's buffers of a socket pair take.
    await flood(3_000)
    const grown = rss(pid) - before
    t.ok(grown < 300 * 1024 * 1024, `${grown} bytes more for 12 MB to 10 stopped readers`)
    await until(() => c.texts(chat.id).length === flooded)
    await until(() => b.texts(chat.id).length === flooded)
    t.pass('readers on the same process got everything')
    for (const client of stopped) {
      client.socket.resume()
      const code = await client.untilClosed()
      t.ok(endings.includes(code), `closed with ${code}`)
      t.ok(client.texts(chat.id).length < flooded)
    }
    const [one] = stopped
    const view = new RawView(chat.id, chat.rev)
    if (!one) return
    view.follow(one)
    view.update()
    const { epoch = 0, urev = 0 } = b.welcome ?? {}
    const back = await RawClient.open(t, stack.wsUrl)
    view.follow(back)
    await back.hello(bob.accessToken, { epoch, urev, chats: [[chat.id, view.at]] })
    t.equal(back.welcome?.resumed, true)
    t.ok(view.texts.size > 0, 'what it had read before counts')
    await historyInto(view, back)
    t.same([...view.texts.keys()].length, (await storedTexts(stack.databaseUrl, chat.id)).size)
  })

  t.test('while somebody reads slowly, typing is dropped and messages are not', async t => {
    const b = await join(bob.accessToken)
    const c = await join(carol.accessToken)
    b.socket.pause()
    await flood(limits.hardBufferBytes / 4_000 / 2)
    await c.call('typing', { chat: chat.id })
    await a.send(chat.id, 'the last')
    b.socket.resume()
    await b.waitFor(isMessage(chat.id, 'the last'))
    t.equal(b.closed, null)
  })

  t.test(
    'large answers wait for a slow reader, as many as memory allows; the others are refused',
    async t => {
      // As many as one person may have under way.
      const count = limits.inFlightRequestsPerUserMax / limits.inFlightRequestsMax
      const readers = await Promise.all(
        Array.from({ length: count }, () => join(carol.accessToken)),
      )
      const before = rss(pid)
      const asked = readers.flatMap(reader => {
        reader.socket.pause()
        return Array.from({ length: limits.inFlightRequestsMax }, () =>
          reader.call('history', { chat: chat.id, limit: 100 }).then(
            page => page.messages.length,
            error => error.code as string,
          ),
        )
      })
      // Its answer comes after the server has begun with all of them.
      await a.call('history', { chat: chat.id, limit: 100 })
      await a.settle()
      const grown = rss(pid) - before
      t.ok(grown < 200 * 1024 * 1024, `${grown} bytes more`)
      for (const reader of readers) reader.socket.resume()
      const answers = await Promise.all(asked)
      const pages = answers.filter(answer => typeof answer === 'number')
      t.ok(
        pages.length >= readers.length && pages.every(count => count > 10),
        `${pages.length} pages`,
      )
      t.same(
        [...new Set(answers)].filter(
          answer => typeof answer === 'string' && answer !== 'overloaded',
        ),
        [],
      )
      t.same(
        readers.map(reader => reader.closed),
        readers.map(() => null),
      )
    },
  )

  t.test('afterwards the same process serves everybody', async t => {
    t.equal(stack.gateways[0]?.pid(), pid)
    const b = await join(bob.accessToken)
    await a.send(chat.id, 'still here')
    await b.waitFor(isMessage(chat.id, 'still here'))
    t.equal(a.closed, null)
    t.same(stack.trouble, [])
  })
})

/** What lies further back than a diff goes is history. */
async function historyInto(view: RawView, client: RawClient): Promise<void> {
  for (;;) {
    const after = Math.max(0, ...view.texts.keys())
    const page = await client.call('history', { chat: view.chat, after, limit: 100 })
    for (const message of page.messages) view.texts.set(message.seq, message.text)
    if (page.messages.length === 0) return
  }
}

/** Resident bytes of a process. */
function rss(pid: number): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8')
  return Number(/VmRSS:\s+(\d+) kB/.exec(status)?.[1]) * 1024
}
