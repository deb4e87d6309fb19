import t from 'tap'
import { generateVapidKeys, parseVapidKeys } from './vapid.ts'

t.test('a new pair is read as it was written', async t => {
  const keys = generateVapidKeys()
  t.same(parseVapidKeys(JSON.stringify(keys)), keys)
  t.not(generateVapidKeys().privateKey, keys.privateKey)
})

t.test('anything else is refused, and not repeated', async t => {
  const keys = generateVapidKeys()
  const zero = 'A'.repeat(43)
  for (const text of [
    '',
    '{}',
    'null',
    JSON.stringify({ ...keys, more: 1 }),
    JSON.stringify({ ...keys, publicKey: generateVapidKeys().publicKey }),
    JSON.stringify({ ...keys, privateKey: zero }),
    JSON.stringify({ ...keys, privateKey: keys.privateKey.slice(1) }),
  ]) {
    t.throws(() => parseVapidKeys(text), { message: /^a VAPID key pair/ })
    try {
      parseVapidKeys(text)
    } catch (error) {
      t.notMatch((error as Error).message, keys.privateKey)
    }
  }
})
