import { readdirSync } from 'node:fs'
import t from 'tap'
import { appUnderTest } from '#test/helpers/api.ts'

const { app, call } = await appUnderTest(t)

type Json = Record<string, unknown>
interface Operation {
  operationId: string
  summary: string
  tags: string[]
  security?: object[]
  parameters?: { name: string; in: string; required: boolean; schema: Json }[]
  requestBody?: { required: boolean; content: Record<string, { schema: Json }> }
  responses: Record<string, { description: string; content?: Record<string, { schema: Json }> }>
}

const document = (await call('GET', '/api/v1/openapi.json')).body as {
  openapi: string
  paths: Record<string, Record<string, Operation>>
  components: { schemas: Record<string, Json>; securitySchemes: Json }
}
const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, operation]) => ({ path, method, operation })),
)

t.test('every route that the app serves stands in the document', async t => {
  const unlisted = new Set(['/api/v1/openapi.json', '/api/v1/docs', '/api/v1/docs/:file'])
  const served = app.routes.filter(route => route.method !== 'ALL' && !unlisted.has(route.path))
  t.ok(served.length > 10)
  for (const { method, path } of served) {
    t.ok(
      document.paths[path.replaceAll(/:(\w+)/g, '{$1}')]?.[method.toLowerCase()],
      `${method} ${path}`,
    )
  }
  // A route with a guard is listed twice.
  const once = new Set(served.map(({ method, path }) => `${method} ${path}`))
  t.equal(once.size, operations.length, 'and nothing else does')
})

t.test(
  'each operation has a name of its own, a sentence, its parameters, and every answer',
  async t => {
    t.equal(document.openapi, '3.1.0')
    t.equal(new Set(operations.map(each => each.operation.operationId)).size, operations.length)
    for (const { path, operation } of operations) {
      const { operationId } = operation
      t.match(operation.summary, /\.$/, operationId)
      const inPath = [...path.matchAll(/\{(\w+)\}/g)].map(match => match[1])
      const declared = (operation.parameters ?? []).filter(each => each.in === 'path')
      t.same(
        declared.map(each => each.name),
        inPath,
        operationId,
      )
      t.ok(
        declared.every(each => each.required),
        operationId,
      )
      const statuses = Object.keys(operation.responses)
      t.ok(
        statuses.some(status => status.startsWith('2')),
        operationId,
      )
      for (const status of ['429', '500', '503'])
        t.ok(statuses.includes(status), `${operationId} ${status}`)
      if (operation.requestBody)
        for (const status of ['400', '413', '415'])
          t.ok(statuses.includes(status), `${operationId} ${status}`)
      if (operation.security) t.ok(statuses.includes('401'), operationId)
      for (const [status, response] of Object.entries(operation.responses)) {
        t.ok(response.description.length > 0, `${operationId} ${status}`)
        if (Number(status) >= 400 && operationId !== 'ready') {
          t.same(response.content, {
            'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } },
          })
        }
      }
    }
  },
)

t.test('routes that ask for a session say so, the others do not', async t => {
  const open = operations
    .filter(each => !each.operation.security)
    .map(each => each.operation.operationId)
  t.same(open.sort(), [
    'config',
    'enterDemo',
    'live',
    'login',
    'metrics',
    'ready',
    'refresh',
    'register',
  ])
  for (const { path, method, operation } of operations) {
    if (!operation.security) continue
    t.same(operation.security, [{ bearer: [] }])
    const { status } = await call(method.toUpperCase(), path.replaceAll(/\{\w+\}/g, '1'))
    t.equal(status, 401, `${operation.operationId} without a session`)
  }
  t.ok('bearer' in document.components.securitySchemes)
})

t.test('every reference resolves, and requests refuse fields that are not listed', async t => {
  const refs = [
    ...JSON.stringify(document).matchAll(/"\$ref":"#\/components\/schemas\/(\w+)"/g),
  ].map(match => match[1])
  t.ok(refs.length > 20)
  for (const ref of new Set(refs))
    t.type(document.components.schemas[ref as string]?.properties, 'object', String(ref))
  for (const { operation } of operations) {
    const schema = operation.requestBody?.content['application/json']?.schema
    if (schema)
      t.match(schema, { type: 'object', additionalProperties: false }, operation.operationId)
    if (schema) t.equal(operation.requestBody?.required, true, operation.operationId)
  }
})

t.test('the page loads only from here', async t => {
  const page = await app.request('/api/v1/docs')
  t.equal(page.status, 200)
  t.match(
    page.headers.get('content-security-policy'),
    /default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'/,
  )
  const html = await page.text()
  const links = [...html.matchAll(/(?:src|href)="([^"]+)"/g)].map(match => match[1] as string)
  t.ok(links.length >= 3)
  for (const link of links) {
    if (link.startsWith('data:')) continue
    t.match(link, /^\/api\/v1\/docs\//)
    const asset = await app.request(link)
    t.equal(asset.status, 200, link)
    t.match(asset.headers.get('content-type'), /^text\/(css|javascript)/)
    t.ok((await asset.text()).length > 50)
  }
})

t.test('nothing but the files of the page is served from its folder', async t => {
  const dist = readdirSync(new URL('../../node_modules/swagger-ui-dist/', import.meta.url))
  t.ok(dist.includes('package.json'))
  for (const name of [
    'package.json',
    'index.html',
    '..%2fpackage.json',
    '__proto__',
    'constructor',
  ]) {
    t.equal((await call('GET', `/api/v1/docs/${name}`)).status, 404, name)
  }
})
