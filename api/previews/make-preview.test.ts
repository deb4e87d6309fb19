// Link previews and the network: nothing local is ever reached, however it is spelled, resolved or redirected to, and
// no server keeps us for long. The canary is a server on this machine's own addresses that counts who connects.

import { spawnSync } from 'node:child_process'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { type AddressInfo, createServer as createTcp, type Server } from 'node:net'
import { createServer as createTls } from 'node:tls'
import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib'
import t from 'tap'
import type { Teardown } from '#test/helpers/pg.ts'
import { until } from '#test/helpers/until.ts'
import { pageBytesMax, publicReach, type Reach, Refused } from './fetch-page.ts'
import { makePreview } from './make-preview.ts'
import { isPublicAddress } from './public-address.ts'

type Answer = (request: IncomingMessage, response: ServerResponse) => void

/** A web server on loopback; paths are taken from the table. */
async function serve(t: Teardown, paths: Record<string, Answer>) {
  const asked: IncomingMessage[] = []
  const server = createServer((request, response) => {
    asked.push(request)
    const answer = paths[request.url ?? '']
    if (answer) answer(request, response)
    else response.writeHead(404, { 'content-type': 'text/html' }).end('<title>No</title>')
  })
  const port = await listening(t, server, '127.0.0.1')
  return { port, asked, server }
}

async function listening(t: Teardown, server: Server, host: string): Promise<number> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(0, host, resolve)
  })
  t.teardown(() => {
    server.close()
    if ('closeAllConnections' in server)
      (server as ReturnType<typeof createServer>).closeAllConnections()
  })
  return (server.address() as AddressInfo).port
}

/** The real rules, but for what the test's own servers need. */
function reaching(port: number, names: Record<string, string[]> = {}): Reach {
  return {
    resolve: async name => {
      const found = names[name]
      if (!found) throw new Refused('nobody')
      return found
    },
    isAllowed: address => address === '127.0.0.1',
    ports: new Set([port]),
  }
}

const html =
  (body: string): Answer =>
  (_request, response) =>
    response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' }).end(body)
const redirect =
  (to: string, status = 302): Answer =>
  (_request, response) =>
    response.writeHead(status, { location: to }).end()

t.test('a page becomes a preview, asked for under our own name and without cookies', async t => {
  const { port, asked } = await serve(t, {
    '/post?a=1': (request, response) => {
      response.setHeader('set-cookie', 'id=1')
      html('<title>A storm</title><meta name=description content="It comes.">')(request, response)
    },
  })
  const reach = reaching(port, { 'birds.example': ['127.0.0.1'] })
  const link = `http://birds.example:${port}/post?a=1`
  const preview = { url: link, title: 'A storm', text: 'It comes.', site: 'birds.example' }
  t.same(await makePreview(link, reach), preview)
  t.same(await makePreview(link, reach), preview)
  for (const { headers } of asked) {
    t.equal(headers.host, `birds.example:${port}`)
    t.match(headers['user-agent'], /^PetrelPreview/)
    t.notOk(headers.cookie)
    t.notOk(headers.referer)
  }
})

t.test('no spelling of a local address reaches anything', async t => {
  let connections = 0
  const canary = createTcp(socket => {
    connections += 1
    socket.destroy()
  })
  const port = await listening(t, canary, '0.0.0.0')
  const v6 = createTcp(socket => {
    connections += 1
    socket.destroy()
  })
  await new Promise<void>(resolve => {
    v6.once('error', () => resolve())
    v6.listen({ port, host: '::1', ipv6Only: true }, () => resolve())
  })
  t.teardown(() => v6.close())
  const hosts = [
    ...[
      '127.0.0.1',
      '127.1',
      '127.0.1',
      '127.255.255.254',
      '0177.0.0.1',
      '0177.1',
      '0x7f.0.0.1',
      '0x7f.1',
      '0x7f000001',
    ],
    ...[
      '2130706433',
      '017700000001',
      '00000177.0.0.01',
      '127.0.0.1.',
      '127.000.000.001',
      '0',
      '0.0.0.0',
      '0x0',
      '00',
    ],
    ...[
      '%31%32%37.0.0.1',
      '127%2e0%2e0%2e1',
      '１２７.０.０.１',
      '①②⑦.⓪.⓪.①',
      '127。0。0。1',
      '127．0．0．1',
      '0x7F.0x0.0x0.0x1',
    ],
    ...[
      '[::1]',
      '[::]',
      '[0:0:0:0:0:0:0:1]',
      '[0000::0001]',
      '[::ffff:127.0.0.1]',
      '[::ffff:7f00:1]',
      '[0:0:0:0:0:ffff:7f00:1]',
    ],
    ...[
      '[::127.0.0.1]',
      '[::7f00:1]',
      '[64:ff9b::7f00:1]',
      '[64:ff9b::127.0.0.1]',
      '[64:ff9b:1::7f00:1]',
      '[2002:7f00:1::]',
    ],
    ...[
      '[2002:7f00:0001::1]',
      '[2001:0:7f00:1::]',
      '[2001:0:0:0:0:0:80ff:fffe]',
      '[fe80::1]',
      '[fc00::1]',
      '[fd00::1]',
      '[fec0::1]',
      '[ff02::1]',
    ],
    ...[
      '[::ffff:0:127.0.0.1]',
      '[::ffff:0.0.0.0]',
      '[::ffff:10.0.0.1]',
      '[::ffff:169.254.169.254]',
    ],
    ...[
      '10.0.0.1',
      '172.16.0.1',
      '172.31.255.255',
      '192.168.0.1',
      '169.254.169.254',
      '0xa9fea9fe',
      '2852039166',
      '0251.0376.0251.0376',
    ],
    ...[
      '100.64.0.1',
      '100.100.100.200',
      '192.0.0.192',
      '198.18.0.1',
      '224.0.0.1',
      '255.255.255.255',
      '240.0.0.1',
      '168.63.129.16',
    ],
    ...[
      'user@127.0.0.1',
      'user:pass@127.0.0.1',
      '8.8.8.8@127.0.0.1',
      '127.0.0.1\\@8.8.8.8',
      '127.0.0.1#@8.8.8.8',
      '127.0.0.1?@8.8.8.8',
    ],
  ]
  t.ok(hosts.length >= 60, `${hosts.length} spellings`)
  const reach: Reach = {
    resolve: async () => ['127.0.0.1'],
    isAllowed: isPublicAddress,
    ports: new Set([port, 80, 443]),
  }
  for (const host of hosts) {
    for (const scheme of ['http', 'https']) {
      const link = host.replace(/(?=[\\#?])|$/, `:${port}/`).replace(/^/, `${scheme}://`)
      if (!URL.canParse(link)) continue
      t.equal(await makePreview(link, reach), null, link)
    }
  }
  t.equal(connections, 0)
  const control = reaching(port)
  await makePreview(`http://127.0.0.1:${port}/`, control).catch(() => null)
  t.equal(connections, 1, 'the canary sings when it is reached')
})

t.test('names are refused when any of their addresses is local, and are resolved once', async t => {
  const { port, asked } = await serve(t, { '/': html('<title>Inside</title>') })
  const lists = [
    ['127.0.0.1'],
    ['8.8.8.8', '127.0.0.1'],
    ['8.8.8.8', '::1'],
    ['2606:4700::1', 'fe80::1'],
    ['8.8.8.8', '::ffff:127.0.0.1'],
    ['not an address'],
    [],
  ]
  for (const addresses of lists) {
    let resolved = 0
    const reach: Reach = {
      resolve: async () => {
        resolved += 1
        return addresses
      },
      isAllowed: isPublicAddress,
      ports: new Set([port]),
    }
    t.equal(await makePreview(`http://nip.example:${port}/`, reach), null, String(addresses))
    t.equal(resolved, 1)
  }
  t.equal(asked.length, 0)
})

t.test(
  'a name that means another machine at the second look is connected to as it was at the first',
  async t => {
    const first = await serve(t, { '/': html('<title>First</title>') })
    let looks = 0
    const reach: Reach = {
      resolve: async () => {
        looks += 1
        // The second answer would be refused: nobody may ask for it between the check and the connection.
        return looks === 1 ? ['127.0.0.1'] : ['127.0.0.2']
      },
      isAllowed: address => address === '127.0.0.1',
      ports: new Set([first.port]),
    }
    t.match(await makePreview(`http://rebind.example:${first.port}/`, reach), { title: 'First' })
    t.equal(looks, 1)
    t.equal(
      await makePreview(`http://rebind.example:${first.port}/`, reach),
      null,
      'and judged anew each time',
    )
    t.equal(first.asked.length, 1)
  },
)

t.test('redirects are judged like links, and end after three', async t => {
  let connections = 0
  const canary = createTcp(() => {
    connections += 1
  })
  const inside = await listening(t, canary, '127.0.0.2')
  const paths: Record<string, Answer> = {
    '/name': redirect(`http://inside.example/`),
    '/address': redirect(`http://127.0.0.2:${inside}/`),
    '/spelled': redirect(`http://0x7f000002:${inside}/`),
    '/scheme': redirect('file:///etc/passwd'),
    '/gopher': redirect(`gopher://127.0.0.2:${inside}/`),
    '/password': redirect('http://user:pass@birds.example/'),
    '/nowhere': (_request, response) => response.writeHead(302).end(),
    '/broken': redirect('http://['),
    '/1': redirect('/2', 301),
    '/2': redirect('/3', 307),
    '/3': () => undefined,
    '/0': redirect('/1', 303),
    '/loop': redirect('/loop'),
    '/end': html('<title>The end</title>'),
  }
  const { port } = await serve(t, paths)
  paths['/3'] = redirect(`//birds.example:${port}/end`, 308)
  const reach = reaching(port, { 'birds.example': ['127.0.0.1'], 'inside.example': ['127.0.0.2'] })
  reach.ports = new Set([port, inside, 80, 443])
  const get = (path: string) => makePreview(`http://birds.example:${port}${path}`, reach)
  for (const path of [
    '/name',
    '/address',
    '/spelled',
    '/scheme',
    '/gopher',
    '/password',
    '/nowhere',
    '/broken',
    '/loop',
  ]) {
    t.equal(await get(path), null, path)
  }
  t.equal(connections, 0)
  t.match(
    await get('/1'),
    { title: 'The end', url: `http://birds.example:${port}/1` },
    'three are followed',
  )
  t.equal(await get('/0'), null, 'four are not')
})

t.test('other ports, other schemes and other types are not looked at', async t => {
  const answer =
    (type: string | undefined, body: string | Buffer = '<title>Never</title>'): Answer =>
    (_request, response) =>
      response.writeHead(200, type === undefined ? {} : { 'content-type': type }).end(body)
  const types = [
    'image/png',
    'text/plain',
    'application/json',
    'text/htmlx',
    'application/pdf',
    'multipart/mixed',
    '',
  ]
  const paths: Record<string, Answer> = {
    '/none': answer(undefined),
    '/untitled': html('<p>Nothing'),
  }
  for (const type of types) paths[`/${encodeURIComponent(type)}`] = answer(type)
  const { port, asked } = await serve(t, paths)
  const reach = reaching(port)
  for (const path of Object.keys(paths)) {
    t.equal(await makePreview(`http://127.0.0.1:${port}${path}`, reach), null, path)
  }
  t.equal(await makePreview(`http://127.0.0.1:${port}/missing`, reach), null, '404')
  const before = asked.length
  t.equal(
    await makePreview(`http://127.0.0.1:${port}/`, { ...reach, ports: publicReach().ports }),
    null,
    'the port',
  )
  t.equal(await makePreview(`ftp://127.0.0.1:${port}/`, reach), null, 'the scheme')
  t.equal(asked.length, before)
  t.same([...publicReach().ports], [80, 443])
})

t.test('packed pages are unpacked, and no packing makes more of it than fits', async t => {
  const page = Buffer.from('<title>Packed</title>')
  const packed =
    (encoding: string, bytes: Buffer): Answer =>
    (_request, response) =>
      response
        .writeHead(200, { 'content-type': 'text/html', 'content-encoding': encoding })
        .end(bytes)
  const bomb = gzipSync(Buffer.concat([Buffer.alloc(300 * 1024 * 1024, 0x20), page]), { level: 9 })
  const paths: Record<string, Answer> = {
    '/gzip': packed('gzip', gzipSync(page)),
    '/br': packed('br', brotliCompressSync(page)),
    '/deflate': packed('deflate', deflateSync(page)),
    '/bomb': packed('gzip', bomb),
    '/double': packed('gzip, gzip', gzipSync(gzipSync(page))),
    '/strange': packed('compress', page),
    '/proto': packed('__proto__', page),
    '/broken': packed('gzip', Buffer.from('no gzip at all')),
    '/empties': (_request, response) => {
      response.writeHead(200, { 'content-type': 'text/html', 'content-encoding': 'gzip' })
      response.write(gzipSync(Buffer.alloc(0)).subarray(0, 10))
      // Stored blocks of length zero: bytes without end that unpack to nothing.
      const empties = Buffer.alloc(64 * 1024 - 1, Buffer.from([0, 0, 0, 0xff, 0xff]))
      const pour = () => {
        while (!response.destroyed && response.write(empties));
      }
      response.on('drain', pour)
      pour()
    },
  }
  const { port } = await serve(t, paths)
  const get = (path: string) => makePreview(`http://127.0.0.1:${port}${path}`, reaching(port))
  for (const path of ['/gzip', '/br', '/deflate'])
    t.match(await get(path), { title: 'Packed' }, path)
  const before = process.memoryUsage.rss()
  t.equal(await get('/bomb'), null, 'the title stands behind what is read')
  t.ok(process.memoryUsage.rss() - before < 100 * 1024 * 1024, 'and nobody holds all of it')
  for (const path of ['/double', '/strange', '/proto', '/empties'])
    t.equal(await get(path), null, path)
  await t.rejects(get('/broken'))
})

t.test('an endless page is read as far as it must be', async t => {
  let sent = 0
  const pour =
    (start: string): Answer =>
    (_request, response) => {
      response.writeHead(200, { 'content-type': 'text/html' })
      response.write(start)
      const filler = Buffer.alloc(64 * 1024, 'x')
      const more = () => {
        while (!response.destroyed && response.write(filler)) sent += filler.length
      }
      response.on('drain', more)
      more()
    }
  const { port, server } = await serve(t, {
    '/head': pour('<head><title>Endless</title></head>'),
    '/text': pour('<p>'),
  })
  const get = (path: string) => makePreview(`http://127.0.0.1:${port}${path}`, reaching(port))
  t.match(await get('/head'), { title: 'Endless' })
  t.equal(await get('/text'), null)
  t.ok(sent < 40 * pageBytesMax, `${sent} bytes`)
  await until(
    () => new Promise(resolve => server.getConnections((_error, count) => resolve(count === 0))),
  )
})

t.test('slow and broken servers are an error that may pass, within the time given', async t => {
  const dripping: Answer = (_request, response) => {
    response.writeHead(200, { 'content-type': 'text/html' })
    const drip = setInterval(() => response.write(' '), 20)
    response.on('close', () => clearInterval(drip))
  }
  const { port, server } = await serve(t, {
    '/silent': () => undefined,
    '/dripping': dripping,
    '/cut': (request, response) => {
      response.writeHead(200, { 'content-type': 'text/html', 'content-length': '1000' })
      response.write('<title>Ha')
      setTimeout(() => request.socket.destroy(), 10)
    },
    '/reset': request => request.socket.destroy(),
    '/500': (_request, response) => response.writeHead(500).end(),
    '/429': (_request, response) => response.writeHead(429).end(),
  })
  const reach = reaching(port)
  for (const path of ['/silent', '/dripping']) {
    await t.rejects(makePreview(`http://127.0.0.1:${port}${path}`, reach, 200), path)
  }
  for (const path of ['/cut', '/reset', '/500', '/429']) {
    await t.rejects(makePreview(`http://127.0.0.1:${port}${path}`, reach), path)
  }
  const never: Reach = { ...reach, resolve: () => new Promise(() => undefined) }
  await t.rejects(
    makePreview(`http://slow.example:${port}/`, never, 200),
    'a name server that never answers',
  )
  await until(
    () => new Promise(resolve => server.getConnections((_error, count) => resolve(count === 0))),
  )
})

t.test('a certificate must be that of the name', async t => {
  const command = [
    'req',
    '-x509',
    '-newkey',
    'ec',
    '-pkeyopt',
    'ec_paramgen_curve:P-256',
    '-nodes',
    '-days',
    '1',
  ]
  const made = spawnSync('openssl', [
    ...command,
    '-subj',
    '/CN=birds.example',
    '-keyout',
    '-',
    '-out',
    '-',
  ])
  if (made.status !== 0) return t.comment('skipped: no openssl here')
  const server = createTls({ cert: made.stdout, key: made.stdout }, socket => socket.destroy())
  const port = await listening(t, server, '127.0.0.1')
  const reach = reaching(port, { 'birds.example': ['127.0.0.1'] })
  const link = `https://birds.example:${port}/`
  await t.rejects(makePreview(link, reach), { code: 'DEPTH_ZERO_SELF_SIGNED_CERT' })
})
