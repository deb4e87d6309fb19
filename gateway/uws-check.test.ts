import { copyFileSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import t from 'tap'
import { loadUws } from './uws-check.ts'

const folder = dirname(createRequire(import.meta.url).resolve('uWebSockets.js/package.json'))
const here = {
  platform: process.platform,
  arch: process.arch,
  abi: process.versions.modules,
  folder,
}

t.test('a platform without a checked binary is refused with the reason and what works', async t => {
  t.throws(() => loadUws({ ...here, abi: '83' }), {
    message: /no checked binary uws_.*_83\.node[\s\S]*Node 20 on glibc 2\.27/,
  })
})

t.test('a changed binary is refused before it is loaded', async t => {
  const folder = t.testdir({})
  const name = `uws_${here.platform}_${here.arch}_${here.abi}.node`
  copyFileSync(join(here.folder, name), join(folder, name))
  writeFileSync(join(folder, name), 'x', { flag: 'a' })
  t.throws(() => loadUws({ ...here, folder }), { message: /is not the file this version/ })
})

t.test('a missing binary is refused', async t => {
  t.throws(() => loadUws({ ...here, folder: t.testdir({}) }), { message: /run npm ci/ })
})

t.test('the right binary loads', async t => {
  t.type(loadUws().App, 'function')
})
