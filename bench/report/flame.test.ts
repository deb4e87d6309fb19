import { readFileSync } from 'node:fs'
import { Session } from 'node:inspector/promises'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import { busyPart, flameOf, ownTimes, prune } from './flame.ts'
import type { FlameNode } from './model.ts'

const root = '/srv/petrel'
const projectRoot = fileURLToPath(new URL('../..', import.meta.url))

/** Work that the sampler cannot miss. */
function burn(): number {
  let sum = 0
  for (let i = 0; i < 20_000_000; i++) sum += Math.sqrt(i)
  return sum
}

function node(
  id: number,
  functionName: string,
  url: string,
  line: number,
  children: number[] = [],
) {
  return {
    id,
    callFrame: { functionName, scriptId: '0', url, lineNumber: line - 1, columnNumber: 0 },
    hitCount: 0,
    children,
  }
}

const profile = {
  nodes: [
    node(1, '(root)', '', 0, [2, 3, 6]),
    node(2, '(idle)', '', 0),
    node(3, 'flush', `file://${root}/gateway/flusher.ts?tsx=1`, 41, [4, 5, 7]),
    node(4, '', `file://${root}/node_modules/a/node_modules/pg/lib/client.js`, 9),
    node(5, '', `file://${root}/node_modules/a/node_modules/pg/lib/client.js`, 9, [8]),
    node(6, '(program)', '', 0),
    node(7, 'writev', 'node:net', 3),
    node(8, 'far', 'file:///opt/with%20space/x.js', 2),
  ],
  samples: [2, 3, 4, 5, 8, 7, 7, 2],
}

/** `name samples`, indented. */
function outline(found: FlameNode, indent = ''): string[] {
  const below = found.children.flatMap(child => outline(child, `${indent}  `))
  return [`${indent}${found.name} ${found.samples}`, ...below]
}

t.test('calls are merged by path, with short names, the most expensive first', async t => {
  t.same(outline(flameOf(profile, 'gateway-0', root)), [
    'gateway-0 8',
    '  flush gateway/flusher.ts:41 6',
    '    (anonymous) pg/lib/client.js:9 3',
    '      far /opt/with space/x.js:2 1',
    '    writev node:net:3 2',
    '  (idle) 2',
  ])
})

t.test('a sample counts by the time until the next', async t => {
  // Mean distance 10: the first sample stands for 40 of 70, the last for the mean.
  const timeDeltas = [999, 40, 5, 5, 5, 5, 5, 5]
  const flame = flameOf({ ...profile, timeDeltas }, 'gateway-0', root)
  t.equal(flame.samples, 8)
  t.equal(flame.children.find(({ name }) => name === '(idle)')?.samples, 5)
})

t.test('waiting is no work, and small calls can be left out', async t => {
  const flame = flameOf(profile, 'gateway-0', root)
  const { busy, idleShare } = busyPart(flame)
  t.equal(idleShare, 0.25)
  t.equal(busy.samples, 6)
  t.same(
    busy.children.map(({ name }) => name),
    ['flush gateway/flusher.ts:41'],
  )
  t.same(outline(prune(busy, 0.3)).length, 4)
  t.same(ownTimes(busy)[0], { name: '(anonymous) pg/lib/client.js:9', samples: 2 })
})

t.test('a real profile becomes a tree with the names and lines of the sources', async t => {
  const session = new Session()
  session.connect()
  t.teardown(() => session.disconnect())
  await session.post('Profiler.enable')
  await session.post('Profiler.setSamplingInterval', { interval: 100 })
  await session.post('Profiler.start')
  const arrow = () => burn()
  const members = { property: () => burn() }
  t.ok(arrow() + members.property() > 0)
  const { profile: recorded } = await session.post('Profiler.stop')
  const sourceMaps: Record<string, string> = {}
  session.on('Debugger.scriptParsed', ({ params: { url, sourceMapURL } }) => {
    if (sourceMapURL) sourceMaps[url] = sourceMapURL
  })
  await session.post('Debugger.enable')
  const lines = readFileSync(new URL(import.meta.url), 'utf8').split('\n')
  const lineOf = (text: string) => lines.findIndex(line => line.includes(text)) + 1
  const place = (name: string, text: string) => `${name} bench/report/flame.test.ts:${lineOf(text)}`
  const names = ownTimes(flameOf({ ...recorded, sourceMaps }, 'test', projectRoot)).map(
    ({ name }) => name,
  )
  for (const name of [
    place('burn', 'function burn'),
    place('arrow', 'const arrow'),
    place('property', 'const members'),
  ])
    t.ok(names.includes(name), `${name} in ${names.join(', ')}`)
  const without = ownTimes(flameOf(recorded, 'test', projectRoot)).map(({ name }) => name)
  t.ok(without.some(name => name.startsWith('burn bench/report/flame.test.ts:')))
  const broken = Object.fromEntries(
    Object.keys(sourceMaps).map(url => [url, 'data:application/json;base64,e30']),
  )
  t.ok(flameOf({ ...recorded, sourceMaps: broken }, 'test', projectRoot).samples > 0)
})

t.test('something else is refused', async t => {
  t.throws(() => flameOf({ nodes: [] }, 'a', root), { message: /^not a V8 CPU profile: / })
  t.throws(() => flameOf({ nodes: 5, samples: 'x' }, 'a', root), {
    message: /^not a V8 CPU profile: /,
  })
})
