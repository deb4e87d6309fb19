// House rules that no linter has, and proof that the linter's rules bite. Part of `npm run check`, so it must
// stay fast and needs no server.

import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, normalize } from 'node:path'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import { errorCodes } from '#shared/protocol/codes.ts'
import { chatEvents, controls, ephemerals, userEvents } from '#shared/protocol/events.ts'
import { ops } from '#shared/protocol/ops.ts'

const root = fileURLToPath(new URL('..', import.meta.url))
const read = (path: string) => readFileSync(join(root, path), 'utf8')
const json = (path: string) => JSON.parse(read(path)) as Record<string, unknown>

/** Every file of the project that is text, also those not committed yet. */
const files = spawnSync('git', ['ls-files', '-co', '--exclude-standard'], {
  cwd: root,
  encoding: 'utf8',
})
  .stdout.split('\n')
  .filter(path => path !== '' && !path.endsWith('.png') && existsSync(join(root, path)))
const sources = files.filter(path => /\.(ts|tsx|mjs)$/.test(path))
const isTest = (path: string) => /\.test\.tsx?$/.test(path) || path.startsWith('test/')

/** The files that break a rule, as `path: what`. */
function broken(
  paths: readonly string[],
  rule: (text: string, path: string) => string | false | undefined,
): string[] {
  return paths.flatMap(path => {
    const what = rule(read(path), path)
    return what ? [`${path}: ${what}`] : []
  })
}

t.test('the files were found', async t => {
  t.ok(sources.includes('shared/protocol/ops.ts'))
  t.ok(sources.includes('test/tidy.test.ts'))
})

t.test('only main.ts and deploy read the environment', async t => {
  const allowed = (path: string) =>
    isTest(path) ||
    path.startsWith('deploy/') ||
    /^(api|gateway)\/main\.ts$/.test(path) ||
    // Hands its own environment on to the processes it forks.
    path === 'gateway/supervisor.ts'
  const name = ['process', 'env'].join('.')
  t.same(
    broken(
      sources,
      (text, path) => !allowed(path) && text.includes(name) && `${name} belongs to readConfig`,
    ),
    [],
  )
})

t.test('nothing is left for later in a comment', async t => {
  const later = new RegExp(
    `\\b(${['TO', 'FIX', 'XX', 'HA'].map((start, i) => start + ['DO', 'ME', 'X', 'CK'][i]).join('|')})\\b`,
  )
  t.same(
    broken(
      files.filter(path => !path.includes('lock')),
      text => later.exec(text)?.[0],
    ),
    [],
  )
})

t.test('a file has at most 500 lines, or says in its header why not', async t => {
  t.same(
    broken(sources, text => {
      const lines = text.split('\n').length - 1
      const header = text.slice(0, text.indexOf('\n\n'))
      return lines > 500 && !/longer than 500 lines/i.test(header) && `${lines} lines`
    }),
    [],
  )
})

t.test('a file begins with what lives in it', async t => {
  t.same(
    broken(
      sources.filter(path => !isTest(path) || path.startsWith('test/helpers/')),
      text => !/^(\/\/|\/\*)/.test(text.replace(/^#!.*\n/, '')) && 'no header',
    ).filter(line => !line.includes('.test.ts')),
    [],
  )
})

t.test('no relative import leaves its top folder', async t => {
  const top = (path: string) => path.split('/')[0]
  t.same(
    broken(
      sources.filter(path => path.includes('/') && !isTest(path)),
      (text, path) =>
        [...text.matchAll(/(?:from|import)\s*\(?\s*'(\.[^']*)'/g)]
          .map(match => normalize(join(dirname(path), match[1] ?? '')))
          .find(target => top(target) !== top(path) && target !== 'package.json'),
    ),
    [],
  )
})

t.test('no paths of a machine and no registry in the files', async t => {
  const machine = new RegExp(
    `(?<![\\w.~-])/(${['work', 'home'].join('|')})/[a-z]|regist${'ry'}\\.[a-z]+\\.[a-z]`,
  )
  t.same(
    broken(files, text => machine.exec(text)?.[0]),
    [],
  )
})

t.test('the lock file fits every platform and every registry', async t => {
  const { packages } = json('package-lock.json') as {
    packages: Record<
      string,
      {
        resolved?: string
        integrity?: string
        os?: string[]
        libc?: string[]
        optionalDependencies?: object
      }
    >
  }
  const paths = Object.keys(packages)
  for (const [path, entry] of Object.entries(packages)) {
    if (entry.resolved !== undefined) t.fail(`${path} names a registry`)
    const ours =
      path !== '' && (entry.os?.includes('linux') ?? true) && !entry.libc?.includes('musl')
    if (
      ours &&
      entry.integrity === undefined &&
      !/linux-(arm|ppc64|riscv64|s390x)\b(?!64)/.test(path)
    ) {
      t.fail(`${path} has no integrity`)
    }
    for (const name of Object.keys(entry.optionalDependencies ?? {})) {
      // npm ci refuses a lock file without them where a registry lacks them.
      if (!paths.some(other => other.endsWith(`node_modules/${name}`)))
        t.fail(`${name} of ${path} is missing`)
    }
  }
  t.ok(paths.length > 100)
})

t.test('every op, event and error has a golden frame', async t => {
  const tables = {
    requests: ops,
    results: ops,
    'chat-events': chatEvents,
    'user-events': userEvents,
    ephemerals,
    controls,
    errors: errorCodes,
  }
  for (const [file, table] of Object.entries(tables)) {
    const vectors = json(`shared/protocol/vectors/${file}.json`)
    t.same(
      Object.keys(table).filter(name => !(name in vectors)),
      [],
      file,
    )
  }
})

t.test('the SDK asks for every operation: none is left to applications to find', async t => {
  const sdk = sources
    .filter(path => /^client\/[^/]+\.ts$/.test(path) && !isTest(path))
    .map(read)
    .join('')
  const isAsked = (name: string) =>
    new RegExp(`\\.(call|request|change|read|enter)\\(\\s*'${name}'`).test(sdk)
  // HELLO is the connection's own.
  t.same(
    Object.keys(ops).filter(name => !isAsked(name)),
    ['hello'],
  )
})

/** Each is refused by the layering table. */
const forbiddenImports: [path: string, source: string][] = [
  ['shared/protocol/a.ts', 'node:fs'],
  ['shared/protocol/b.ts', '#shared/runtime/clock.ts'],
  ['shared/runtime/a.ts', '#shared/store/db.ts'],
  ['shared/runtime/b.ts', 'pg'],
  ['shared/store/a.ts', '#shared/actions/sync.ts'],
  ['shared/store/b.ts', 'hono'],
  ['shared/actions/a.ts', 'pg'],
  ['shared/actions/b.ts', 'ioredis'],
  ['shared/actions/c.ts', '#gateway/hub.ts'],
  ['gateway/a.ts', '#api/app.ts'],
  ['gateway/b.ts', 'pg'],
  ['gateway/handlers/c.ts', 'uWebSockets.js'],
  ['gateway/server.ts', 'ioredis'],
  ['api/a.ts', '#gateway/hub.ts'],
  ['api/routes/b.ts', 'ioredis'],
  ['api/c.ts', '#client/index.ts'],
  ['client/a.ts', 'node:fs'],
  ['client/b.ts', '#shared/runtime/clock.ts'],
  ['web/a.ts', '#shared/store/db.ts'],
  ['web/components/b.tsx', '#api/app.ts'],
  ['bench/a.ts', 'pg'],
  ['bench/peers/a.ts', '#gateway/hub.ts'],
]

/** Each is allowed by it. */
const allowedImports: [path: string, source: string][] = [
  ['shared/protocol/ok.ts', 'zod'],
  ['shared/store/ok.ts', 'pg'],
  ['gateway/ok.ts', '#shared/actions/sync.ts'],
  ['gateway/uws-check.ts', 'uWebSockets.js'],
  ['api/ok.ts', '#shared/store/users.ts'],
  ['client/ok.ts', '#shared/protocol/ops.ts'],
  ['web/ok.ts', '#client/index.ts'],
  // Peers are servers of their own.
  ['bench/peers/ok.ts', 'pg'],
  ['gateway/ok.test.ts', 'pg'],
]

/** Rule → code that it must report. */
const forbiddenCode = {
  noEnum: 'export enum Colour {\n  red,\n}\n',
  noExplicitAny: 'export const a = (b: any) => b\n',
  noNonNullAssertion: 'export const a = (b: string | null) => b!\n',
  noDefaultExport: 'export default 1\n',
  noNestedTernary: 'export const a = (b: number) => (b > 1 ? 1 : b > 0 ? 0 : -1)\n',
  noExcessiveLinesPerFunction: `export function a(b: number[]) {\n${'  b.push(1)\n'.repeat(71)}}\n`,
  noFloatingPromises: 'async function a() {}\nexport function b() {\n  a()\n}\n',
  noMisusedPromises:
    'async function a() {\n  return true\n}\nexport function b() {\n  return a() ? 1 : 2\n}\n',
}

t.test('the linter reports a planted violation of each rule', async t => {
  const dir = mkdtempSync(join(tmpdir(), 'petrel-lint-'))
  t.teardown(() => rmSync(dir, { recursive: true }))
  const plant = (path: string, text: string) => {
    mkdirSync(dirname(join(dir, path)), { recursive: true })
    writeFileSync(join(dir, path), text)
  }
  // The folder is no git repository, so the ignore file has no say there.
  plant(
    'biome.jsonc',
    read('biome.jsonc').replace('"vcs": { "enabled": true', '"vcs": { "enabled": false'),
  )
  plant('package.json', read('package.json'))
  for (const [path, source] of [...forbiddenImports, ...allowedImports])
    plant(path, `import '${source}'\n`)
  for (const [rule, text] of Object.entries(forbiddenCode))
    plant(`gateway/${rule.toLowerCase()}.ts`, text)
  plant('gateway/BadName.ts', 'export const a = 1\n')

  const biome = join(root, 'node_modules', '.bin', 'biome')
  const { stdout } = spawnSync(biome, ['lint', '--reporter=github', '--max-diagnostics=none'], {
    cwd: dir,
    encoding: 'utf8',
  })
  const reported = (rule: string, path: string) =>
    stdout
      .split('\n')
      .some(line => line.includes(`/${rule},`) && line.includes(`file=${join(dir, path)},`))
  for (const [path, source] of forbiddenImports) {
    t.ok(reported('noRestrictedImports', path), `${path} may not import ${source}`)
  }
  for (const [path, source] of allowedImports) {
    t.notOk(reported('noRestrictedImports', path), `${path} may import ${source}`)
  }
  for (const rule of Object.keys(forbiddenCode))
    t.ok(reported(rule, `gateway/${rule.toLowerCase()}.ts`), rule)
  t.ok(reported('useFilenamingConvention', 'gateway/BadName.ts'), 'useFilenamingConvention')
})
