// A limit that no test names is none: nobody would notice that it holds no more. Part of `npm run check`.

import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import { choices, limits, plans } from '#shared/protocol/limits.ts'

const root = fileURLToPath(new URL('..', import.meta.url))

/** Limits that no test names, each with the reason. */
const untested: Readonly<Record<string, string>> = {
  restrictionsEveryMs: 'The pause between two rounds of a job, whose work is under test.',
  uploadBytesMax: 'Nothing is uploaded yet.',
}

/** Compare limits with each other, and hold nothing against them. */
const comparing = ['shared/protocol/ids.test.ts', 'test/limits.test.ts']

/**
 * Names of limits that a file uses: `limits.x`, `plans.free.x`, `choices.x`, taken apart (`const { x } = limits`), or
 * set to another value for a test.
 */
function limitsIn(text: string): string[] {
  const uses = text.matchAll(/\b(?:limits|choices|plans(?:\.\w+|\[\w+\]))\.(\w+)/g)
  const parts = text.matchAll(/\{([\w\s,:]+)\}\s*=\s*(?:limits|choices|plans\.\w+)\b/g)
  const others = text.matchAll(/intercept\(limits, '(\w+)'/g)
  return [
    ...[...uses, ...others].map(([, name = '']) => name),
    ...[...parts].flatMap(([, names = '']) => names.match(/\w+(?=\s*[,:]|\s*$)/g) ?? []),
  ]
}

const files = spawnSync(
  'git',
  ['ls-files', '-co', '--exclude-standard', '*.test.ts', '*.test.tsx'],
  {
    cwd: root,
    encoding: 'utf8',
  },
).stdout.split('\n')
const tested = new Set(
  files
    .filter(path => path !== '' && existsSync(`${root}/${path}`) && !comparing.includes(path))
    .flatMap(path => limitsIn(readFileSync(`${root}/${path}`, 'utf8'))),
)
const names = [
  ...Object.keys(limits),
  ...Object.keys(choices),
  ...Object.keys({ ...plans.free, ...plans.premium }),
]

t.test('every limit is under test, or says why not', async t => {
  t.ok(names.length > 150)
  t.same(
    names.filter(name => !tested.has(name) && !(name in untested)),
    [],
  )
})

t.test('what needs no reason has none', async t => {
  for (const name of Object.keys(untested)) {
    t.ok(names.includes(name), `${name} is a limit`)
    t.notOk(tested.has(name), `${name} is not under test`)
  }
})

t.test('uses of limits are told from other words', async t => {
  const used = limitsIn(`
    for (let i = 0; i < limits.a; i++) push(plans.free.b, plans[plan].c, choices.d)
    const { e, f: max } = limits
    const {
      g,
      h,
    } = plans.premium
    t.intercept(limits, 'i', { value: 2 })
    // The k of limits, and 'l'; limits
    const { m } = other
    t.equal(chat.n, 1)
  `)
  t.same(new Set(used).size, used.length)
  t.same(used.filter(name => name !== 'max').sort(), ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i'])
})
