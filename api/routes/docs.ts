// The OpenAPI 3.1 document, and a page that shows it without any other host.

import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { type OpenAPIHono, z } from '@hono/zod-openapi'
import { AppError } from '#shared/protocol/codes.ts'
import { me, problem, session, tokens } from '#shared/protocol/http.ts'
import { user } from '#shared/protocol/models.ts'
import type { ApiEnv, ApiServices } from '../services.ts'

const contentSecurityPolicy =
  "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; " +
  "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

const page = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Petrel API</title>
<link rel="stylesheet" href="/api/v1/docs/swagger-ui.css">
<link rel="icon" href="data:,">
</head>
<body>
<div id="page"></div>
<script src="/api/v1/docs/swagger-ui-bundle.js"></script>
<script src="/api/v1/docs/start.js"></script>
</body>
</html>
`

const start = `SwaggerUIBundle({ url: '/api/v1/openapi.json', dom_id: '#page', deepLinking: true, validatorUrl: null })
`

/** File of the page → where it comes from. */
const assets: Readonly<Record<string, { type: string; read(): Promise<string> }>> = {
  'start.js': { type: 'text/javascript; charset=utf-8', read: async () => start },
  'swagger-ui-bundle.js': {
    type: 'text/javascript; charset=utf-8',
    read: distFile('swagger-ui-bundle.js'),
  },
  'swagger-ui.css': { type: 'text/css; charset=utf-8', read: distFile('swagger-ui.css') },
}

function distFile(name: string): () => Promise<string> {
  return () => readFile(fileURLToPath(import.meta.resolve(`swagger-ui-dist/${name}`)), 'utf8')
}

/** Shapes that many answers share; each stands once in the document. */
const shared = { User: user, Me: me, Tokens: tokens, Session: session, Problem: problem }

export function addDocRoutes(
  app: OpenAPIHono<ApiEnv>,
  { version }: Pick<ApiServices, 'version'>,
): void {
  for (const [id, schema] of Object.entries(shared)) {
    if (!z.globalRegistry.has(schema)) z.globalRegistry.add(schema, { id })
  }
  app.openAPIRegistry.registerComponent('securitySchemes', 'bearer', {
    type: 'http',
    scheme: 'bearer',
    bearerFormat: 'JWT',
    description: 'The access token of a session; 15 minutes.',
  })

  let document: object | undefined
  app.get('/api/v1/openapi.json', c => {
    document ??= describeApi(app, version)
    return c.json(document)
  })
  app.get('/api/v1/docs', c =>
    c.html(page, 200, { 'content-security-policy': contentSecurityPolicy }),
  )
  app.get('/api/v1/docs/:file', async c => {
    const name = c.req.param('file')
    const asset = Object.hasOwn(assets, name) ? assets[name] : undefined
    if (!asset) throw new AppError('not_found')
    return c.body(await asset.read(), 200, {
      'content-type': asset.type,
      'cache-control': 'max-age=3600',
    })
  })
}

function describeApi(app: OpenAPIHono<ApiEnv>, version: string): object {
  const document = app.getOpenAPI31Document({
    openapi: '3.1.0',
    info: {
      title: 'Petrel API',
      version,
      description: 'Accounts and sessions. Everything of a conversation goes over the WebSocket.',
      license: { name: 'Apache-2.0' },
    },
    servers: [{ url: '/' }],
  })
  const schemas: Record<string, unknown> = {}
  const paths = shareSchemas(document.paths, schemas)
  return { ...document, paths, components: { ...document.components, schemas } }
}

/**
 * Moves each schema that has the id of a shared shape into `schemas` and refers to it from where it stood.
 * The generator does so only for shapes made with its own builder, which shared/protocol must not know.
 */
function shareSchemas(node: unknown, schemas: Record<string, unknown>): unknown {
  if (Array.isArray(node)) return node.map(each => shareSchemas(each, schemas))
  if (typeof node !== 'object' || node === null) return node
  const { id, ...rest } = node as { id?: unknown }
  const copy = (of: object) =>
    Object.fromEntries(
      Object.entries(of).map(([key, value]) => [key, shareSchemas(value, schemas)]),
    )
  if (typeof id !== 'string' || !Object.hasOwn(shared, id)) return copy(node)
  schemas[id] ??= copy(rest)
  return { $ref: `#/components/schemas/${id}` }
}
