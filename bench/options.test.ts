import { resolve } from 'node:path'
import t from 'tap'
import { baselineFile, readOptions, UsageError } from './options.ts'

const read = (...argv: string[]) => readOptions(argv, '/somewhere')

t.test('without arguments: everything, small, into a page', async t => {
  const options = read()
  t.match(options, { size: 'quick', profile: 'two-core', scenarios: [], cpuProf: false })
  t.equal(options.remote, null)
  t.equal(options.runs, undefined)
  t.match(options.html, /bench\/results\/last\.html$/)
})

t.test('paths start from where the person is', async t => {
  const options = read('--json', 'a.json', '--html', '../b.html', '--compare', 'c.json')
  t.equal(options.json, '/somewhere/a.json')
  t.equal(options.html, '/b.html')
  t.equal(options.compare, '/somewhere/c.json')
})

t.test('--compare alone means the committed baseline', async t => {
  t.equal(read('--compare').compare, baselineFile)
  t.equal(read('--compare', '--full').compare, baselineFile)
  t.equal(read('--full', '--compare', '--json', 'a').json, resolve('/somewhere', 'a'))
})

t.test('scenarios by commas and repetition, each once', async t => {
  t.same(read('--scenario', 'a,b', '--scenario', 'b,c').scenarios, ['a', 'b', 'c'])
})

t.test('only this machine is put under load, unless its owner says so', async t => {
  const tokens = ['--token-file', 'tokens']
  for (const url of [
    'ws://127.0.0.1:8081',
    'ws://127.9.9.9',
    'ws://[::1]:1/ws',
    'ws://localhost:80/',
  ])
    t.same(read('--url', url, ...tokens).remote, { url, tokenFile: '/somewhere/tokens' })
  for (const url of [
    'wss://192.168.1.2:8081',
    'wss://example.com',
    'wss://127.0.0.1.example.com',
    'wss://localhost.example.com',
    'wss://0.0.0.0:8081',
  ]) {
    t.throws(() => read('--url', url, ...tokens), /--i-own-this-server/, url)
    t.equal(read('--url', url, ...tokens, '--i-own-this-server').remote?.url, url)
  }
})

t.test('tokens never cross a network in the clear', async t => {
  const rest = ['--token-file', 'tokens', '--i-own-this-server']
  for (const url of ['ws://192.168.1.2:8081', 'ws://example.com', 'ws://localhost.example.com'])
    t.throws(() => read('--url', url, ...rest), /unencrypted; use wss:/, url)
  t.equal(
    read('--url', 'wss://127.0.0.1:8443', ...rest.slice(0, 2)).remote?.url,
    'wss://127.0.0.1:8443',
  )
})

t.test('a wrong command line is told in one line', async t => {
  const tokens = ['--token-file', 'x']
  const here = ['--url', 'ws://127.0.0.1:1', ...tokens]
  const wrong: [RegExp, ...string[]][] = [
    [/exclude each other/, '--quick', '--full'],
    [/--profile i5: there are two-core, i3/, '--profile', 'i5'],
    [/--runs 0: a whole number from 1 to 20/, '--runs', '0'],
    [/--runs 1e1/, '--runs', '1e1'],
    [/nonsense/, '--nonsense'],
    [/positional/, 'quiet'],
    [/--url needs --token-file/, '--url', 'ws://127.0.0.1:1'],
    [/--token-file needs --url/, ...tokens],
    [/an address like ws:/, '--url', 'http://127.0.0.1:1', ...tokens],
    [/an address like ws:/, '--url', 'https://127.0.0.1:1', ...tokens],
    [/an address like ws:/, '--url', 'ws://alice@127.0.0.1:1', ...tokens],
    [/an address like ws:/, '--url', 'nothing', ...tokens],
    [/the path of a gateway is \/ws/, '--url', 'ws://127.0.0.1:1/other', ...tokens],
    [/not with --profile i3/, ...here, '--profile', 'i3'],
    [/not with --cpu-prof/, ...here, '--cpu-prof'],
    [/not with --save-baseline/, ...here, '--save-baseline'],
  ]
  for (const [message, ...argv] of wrong) {
    t.throws(() => read(...argv), { name: 'UsageError', message }, argv.join(' '))
  }
  t.ok(new UsageError('a') instanceof Error)
})
