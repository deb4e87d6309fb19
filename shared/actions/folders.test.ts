import t from 'tap'
import { limits } from '#shared/protocol/limits.ts'
import type { Folder } from '#shared/protocol/models.ts'
import { ops } from '#shared/protocol/ops.ts'
import { readFolders } from '#shared/store/folders.ts'
import { openWorld, refusal } from '#test/helpers/world.ts'
import { setFolders } from './folders.ts'
import { readUserDiff } from './sync.ts'

const world = await openWorld(t)
const [alice = 0, bob = 0] = await world.people(2)
const folder = (id: number, more: Partial<Folder> = {}): Folder => ({
  id,
  title: `F${id}`,
  ...more,
})
const chats = (count: number) => Array.from({ length: count }, (_, i) => i + 1)

t.test('a list that cannot be is refused, and what was stays', async t => {
  await setFolders(world, alice, [folder(1)])
  const max = limits.folderChatsMax
  const long = folder(2, { include: chats(max), exclude: [1] })
  t.equal(await refusal(setFolders(world, alice, [folder(3), folder(3)])), 'bad_request')
  t.equal(await refusal(setFolders(world, alice, [long])), 'bad_request')
  t.equal(await refusal(setFolders(world, alice, [folder(3, { title: 'a\0b' })])), 'bad_text')
  t.same(await readFolders(world.db, alice), [folder(1)])
  t.equal(await refusal(setFolders(world, alice, [folder(2, { include: chats(max) })])), 'none')
})

t.test('the frame’s shape bounds the number of folders and of chats listed', async t => {
  const fits = (folders: Folder[]) => ops.setFolders.in.safeParse({ folders }).success
  const list = (count: number) => chats(count).map(id => folder(id))
  t.equal(fits(list(limits.foldersMax)), true)
  t.equal(fits(list(limits.foldersMax + 1)), false)
  t.equal(fits([folder(1, { exclude: chats(limits.folderChatsMax) })]), true)
  t.equal(fits([folder(1, { exclude: chats(limits.folderChatsMax + 1) })]), false)
  t.equal(fits([folder(1, { title: 'x'.repeat(limits.folderTitleCharsMax) })]), true)
  t.equal(fits([folder(1, { title: 'x'.repeat(limits.folderTitleCharsMax + 1) })]), false)
  t.equal(fits([folder(1, { title: ' ' })]), false)
})

t.test('the whole list is replaced, in its order, with everything in it', async t => {
  const all = { kinds: ['direct', 'group'], contacts: true, unread: true, muted: false } as const
  const rule = { ...all, kinds: [...all.kinds], archived: true as const }
  const list = [
    folder(9, { rule, include: [5, 3], exclude: [7] }),
    folder(2),
    folder(4, { rule: {} }),
  ]
  const before = await world.urev(alice)
  const announced = await world.announced(() => setFolders(world, alice, list))
  t.same(announced, { chats: {}, users: { [alice]: [before + 1] } })
  t.same(await readFolders(world.db, alice), list)
  t.same(await readFolders(world.db, bob), [])
  t.same((await readUserDiff(world, alice, before)).sections, ['folders'])
  await setFolders(world, alice, [...list].reverse())
  t.same(await readFolders(world.db, alice), [...list].reverse())
  await setFolders(world, alice, [])
  t.same(await readFolders(world.db, alice), [])
})

t.test('two devices at once: one list or the other, never a mixture', async t => {
  const lists = [1, 2, 3, 4].map(n => [folder(n * 10), folder(n * 10 + 1)])
  await Promise.all(lists.map(list => setFolders(world, bob, list)))
  const stored = await readFolders(world.db, bob)
  t.ok(lists.some(list => JSON.stringify(list) === JSON.stringify(stored)))
})
