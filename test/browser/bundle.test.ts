// What a visitor loads before they can sign in and see their chats: at most 200 KB of JavaScript as it goes over the line.

import { readFileSync, statSync } from 'node:fs'
import { type IncomingHttpHeaders, request } from 'node:http'
import { join } from 'node:path'
import { brotliDecompressSync, gunzipSync, gzipSync } from 'node:zlib'
import t from 'tap'
import { buildWeb, webDir } from '#deploy/build.ts'
import { startStack } from '#test/helpers/stack.ts'

const firstLoadBytesMax = 200 * 1024

await buildWeb()

/** The scripts that index.html names, and all that these import before they run. */
function firstScripts(): Set<string> {
  const html = readFileSync(join(webDir, 'index.html'), 'utf8')
  const found = new Set<string>()
  const add = (path: string) => {
    if (found.has(path)) return
    found.add(path)
    const folder = path.slice(0, path.lastIndexOf('/'))
    for (const name of staticImports(readFileSync(join(webDir, path), 'utf8'))) {
      add(`${folder}/${name}`)
    }
  }
  for (const [, path] of html.matchAll(/(?:src|href)="(\/[^"]+\.js)"/g)) if (path) add(path)
  return found
}

/** A smaller one is one packet either way. */
const isWorthIt = (path: string) => statSync(join(webDir, path)).size >= 1_024

/** `import{a}from"./x.js"` and `import"./x.js"`, not `import("./x.js")`. */
function staticImports(code: string): string[] {
  return [...code.matchAll(/\b(?:import|from)\s*["']\.\/([\w.-]+\.js)["']/g)].map(
    ([, name = '']) => name,
  )
}

t.test('imports are told from what is loaded later', async t => {
  const code =
    'import{a as b}from"./one.js";import"./two.js";const c=()=>import("./three.js");export*from"./four.js"'
  t.same(staticImports(code), ['one.js', 'two.js', 'four.js'])
})

t.test('sign-in and chat list need at most 200 KB', async t => {
  const sizes = [...firstScripts()].map(
    path => [path, gzipSync(readFileSync(join(webDir, path))).length] as const,
  )
  const sum = sizes.reduce((total, [, bytes]) => total + bytes, 0)
  t.ok(sum > 50 * 1024, 'something was counted')
  t.ok(sum <= firstLoadBytesMax, `${(sum / 1024).toFixed(1)} KB: ${JSON.stringify(sizes)}`)
})

t.test('the api sends them compressed', async t => {
  const stack = await startStack(t, { web: true })
  const paths = [...firstScripts()].filter(isWorthIt)
  t.ok(paths.length > 0)
  for (const path of paths) {
    for (const [wanted, unpack] of [
      ['br', brotliDecompressSync],
      ['gzip', gunzipSync],
    ] as const) {
      // Not fetch: it unpacks by itself.
      const { headers, body } = await get(`${stack.url}${path}`, wanted)
      t.equal(headers['content-encoding'], wanted, path)
      t.equal(headers.vary, 'Accept-Encoding', path)
      t.same(unpack(body), readFileSync(join(webDir, path)), path)
    }
  }
})

t.test(
  'the conversation, the settings and other languages are loaded when they are needed',
  async t => {
    const first = [...firstScripts()]
      .map(path => readFileSync(join(webDir, path), 'utf8'))
      .join('\n')
    t.ok(first.includes('data-testid'), 'the page is in it')
    for (const [what, mark] of [
      ['conversation', 'message-menu'],
      ['settings', 'delete-account-sure'],
      ['developer panel', 'dev-lose'],
      ['Russian', 'Сообщение удалено'],
    ] as const) {
      t.notOk(first.includes(mark), `${what} comes later`)
    }
  },
)

function get(
  url: string,
  encoding: string,
): Promise<{ headers: IncomingHttpHeaders; body: Buffer }> {
  return new Promise((resolve, reject) => {
    const asked = request(url, { headers: { 'accept-encoding': encoding } }, response => {
      const parts: Buffer[] = []
      response.on('data', (part: Buffer) => parts.push(part))
      response.on('end', () => resolve({ headers: response.headers, body: Buffer.concat(parts) }))
    })
    asked.on('error', reject)
    asked.end()
  })
}
