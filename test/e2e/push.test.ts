// From a send over a gateway to a browser whose page is closed, over the real processes; and an api that is killed between.

import t from 'tap'
import { WebSocket } from 'ws'
import { PetrelClient, webSocketTransport } from '#client/index.ts'
import { startPushService } from '#test/helpers/push-service.ts'
import { RawClient } from '#test/helpers/raw-client.ts'
import { startStack } from '#test/helpers/stack.ts'
import { until } from '#test/helpers/until.ts'

/** Who was connected just now has some time to read. */
const patience = { timeoutMs: 120_000 }

t.test('a closed page is told, also of what was said while the api was away', async t => {
  let key = ''
  const service = await startPushService(t, () => key)
  const stack = await startStack(t, { env: { PUSH_ORIGINS: service.origin } })
  const [alice, bob] = await Promise.all(['Alice', 'Bob'].map(name => stack.newUser(name)))
  if (!alice || !bob) return
  const a = await RawClient.join(t, stack.wsUrl, alice.accessToken)
  const { chat } = await a.call('createGroup', { rid: 1, title: 'Birds', users: [bob.user.id] })

  // Bob's page was open once, and is closed again.
  const transport = webSocketTransport({ WebSocket })
  const page = new PetrelClient({ api: stack.url, gateway: stack.wsUrl, transport })
  t.teardown(() => page.stop())
  await page.signInWithTokens(bob)
  key = (await page.api.pushState()).key ?? ''
  const input = service.subscribe()
  await page.api.subscribePush(input)
  t.match(await page.api.pushState(), { subscription: { endpoint: input.endpoint } })
  t.equal(await page.api.testPush(), 'sent')
  await page.stop()

  await a.call('send', { chat: chat.id, rid: 2, text: 'Hello' })
  await until(() => service.pushed.length === 2, patience)
  t.match(service.payloads(), [{ v: 1 }, { chat: chat.id, title: 'Birds', text: 'Hello' }])

  await stack.api.kill()
  await a.call('send', { chat: chat.id, rid: 3, text: 'Are you there?' })
  await stack.api.start()
  await until(() => service.payloads().at(-1)?.text === 'Are you there?', patience)
  t.equal(service.pushed.length, 3)
  t.same(stack.trouble, [])
})
