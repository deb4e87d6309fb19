import { chmod, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { writeJson, writeText } from './write.ts'

async function folder(t: Test): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'petrel-write-'))
  t.teardown(() => rm(dir, { recursive: true }))
  return dir
}

t.test('a file is there whole, in folders made for it, and nothing beside it', async t => {
  const dir = await folder(t)
  const path = join(dir, 'a', 'b', 'report.json')
  await writeJson(path, { one: 1, list: [{ a: 1 }, { b: [2, 3] }], none: [], left: undefined })
  await writeJson(path, { one: 2, list: [{ a: 1 }, { b: [2, 3] }], none: [], left: undefined })
  const text = await readFile(path, 'utf8')
  t.same(JSON.parse(text), { one: 2, list: [{ a: 1 }, { b: [2, 3] }], none: [] })
  t.match(text, '\n  {"a":1},\n  {"b":[2,3]}\n', 'a line for each entry')
  t.same(await readdir(join(dir, 'a', 'b')), ['report.json'])
})

t.test('a link stays a link', async t => {
  const dir = await folder(t)
  await writeFile(join(dir, 'real.html'), 'old')
  await symlink('real.html', join(dir, 'link.html'))
  await writeText(join(dir, 'link.html'), 'new')
  t.equal(await readFile(join(dir, 'real.html'), 'utf8'), 'new')
})

t.test('a full disk is named with the file', async t => {
  await t.rejects(writeText('/dev/full', 'x'), {
    message: 'cannot write /dev/full: no space left (ENOSPC)',
  })
})

t.test('a folder in its place, or a file for its folder, is named', async t => {
  const dir = await folder(t)
  await mkdir(join(dir, 'report.html'))
  await t.rejects(writeText(join(dir, 'report.html'), 'x'), {
    message: `cannot write ${join(dir, 'report.html')}: it is a folder (EISDIR)`,
  })
  await writeFile(join(dir, 'file'), 'as it was')
  await t.rejects(writeText(join(dir, 'file', 'report.html'), 'x'), {
    message: `cannot write ${join(dir, 'file', 'report.html')}: its folder is a file (ENOTDIR)`,
  })
  t.equal(await readFile(join(dir, 'file'), 'utf8'), 'as it was')
})

t.test('where no folder can be made is an error, not an endless wait', async t => {
  const path = '/proc/petrel/report.html'
  await t.rejects(writeText(path, 'x'), {
    message: `cannot write ${path}: no such file or folder (ENOENT)`,
  })
})

t.test(
  'a folder without permission is named, and what stood there stays',
  { skip: process.getuid?.() === 0 && 'root may write everywhere' },
  async t => {
    const dir = await folder(t)
    const path = join(dir, 'report.html')
    await writeFile(path, 'as it was')
    await chmod(dir, 0o500)
    t.teardown(() => chmod(dir, 0o700))
    await t.rejects(writeText(path, 'x'), {
      message: `cannot write ${path}: permission denied (EACCES)`,
    })
    t.equal(await readFile(path, 'utf8'), 'as it was')
  },
)
