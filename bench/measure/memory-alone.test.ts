import t from 'tap'
import { addUp, memoryAlone, parseMappings } from './memory-alone.ts'

const smaps = `00400000-00500000 r-xp 00001000 fe:00 1234                     /usr/bin/node
Size:               1024 kB
Rss:                 900 kB
Pss:                 300 kB
Anonymous:             0 kB
00600000-00700000 rw-p 00002000 fe:00 1234                     /usr/bin/node
Rss:                 100 kB
Pss:                  60 kB
Anonymous:            40 kB
01000000-02000000 rw-p 00000000 00:00 0                        [heap]
Rss:                5000 kB
Pss:                5000 kB
Anonymous:          5000 kB
7f0000000000-7f0000100000 rw-s 00000000 00:01 77               /dev/zero (deleted)
Rss:                 800 kB
Pss:                 200 kB
Anonymous:             0 kB
`

t.test('mappings of files, own memory and shared memory are told apart', async t => {
  t.same(parseMappings(smaps), [
    { file: 'fe:00:1234@00001000', rss: 900, pss: 300, anonymous: 0 },
    { file: 'fe:00:1234@00002000', rss: 100, pss: 60, anonymous: 40 },
    { file: null, rss: 5000, pss: 5000, anonymous: 5000 },
    { file: null, rss: 800, pss: 200, anonymous: 0 },
  ])
})

t.test('code counts once and whole, what a process changed or owns counts for each', async t => {
  const one = parseMappings(smaps)
  t.equal(addUp([one]), 900 + 60 + 40 + 5000 + 200)
  t.equal(addUp([one, one]), 900 + 60 + 2 * (40 + 5000 + 200))
})

t.test('this process takes some memory, a process that is gone none', async t => {
  const mine = memoryAlone([{ name: 'this', pid: process.pid, tree: true }])
  t.ok(mine > 10 && mine < 10_000, `${mine} MiB`)
  t.equal(memoryAlone([{ name: 'none', pid: 2 ** 22 + 1 }]), 0)
})
