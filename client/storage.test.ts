import t from 'tap'
import { memoryStorage, type StorageArea, webStorage } from './storage.ts'
import type { Storage } from './types.ts'

/** What a browser's localStorage is, as far as it is used. */
function area(): StorageArea & { entries: Map<string, string> } {
  const entries = new Map<string, string>()
  return {
    entries,
    get length() {
      return entries.size
    },
    key: index => [...entries.keys()][index] ?? null,
    getItem: key => entries.get(key) ?? null,
    setItem: (key, value) => void entries.set(key, value),
    removeItem: key => void entries.delete(key),
  }
}

const kinds: [string, () => Storage][] = [
  ['memory', memoryStorage],
  ['web', () => webStorage(area())],
]
for (const [name, make] of kinds) {
  t.test(`${name}: values come back as copies, lists in the order of keys`, async t => {
    const storage = make()
    const value = { deep: [1, 2] }
    await storage.set('b.2', value)
    await storage.set('b.1', 'first')
    await storage.set('a', 0)
    value.deep.push(3)
    t.same(await storage.get('b.2'), { deep: [1, 2] })
    t.same(await storage.list('b.'), [
      ['b.1', 'first'],
      ['b.2', { deep: [1, 2] }],
    ])
    await storage.delete('b.1')
    await storage.delete('never there')
    t.equal(await storage.get('b.1'), undefined)
    t.equal((await storage.list('b.')).length, 1)
  })
}

t.test('web: shares the area with others and passes over what it cannot read', async t => {
  const shared = area()
  shared.setItem('outbox.1', '"of another program"')
  shared.setItem('petrel.outbox.1', '{broken')
  const storage = webStorage(shared)
  await storage.set('outbox.2', 'mine')
  t.same(await storage.list('outbox.'), [['outbox.2', 'mine']])
  t.equal(await storage.get('outbox.1'), undefined)
})
