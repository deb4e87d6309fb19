// The api as a Hono app that does not listen: main.ts serves it, tests call it.

import { OpenAPIHono } from '@hono/zod-openapi'
import type { Context } from 'hono'
import { AppError } from '#shared/protocol/codes.ts'
import { answerError, InvalidRequest } from './errors.ts'
import { guardApi, openRequest } from './requests.ts'
import { addAuthRoutes } from './routes/auth.ts'
import { addChatRoutes } from './routes/chats.ts'
import { addDocRoutes } from './routes/docs.ts'
import { addHealthRoutes } from './routes/health.ts'
import { addMeRoutes } from './routes/me.ts'
import { addOpenRoutes } from './routes/open.ts'
import { addOperatorRoutes } from './routes/operator.ts'
import { addPushRoutes } from './routes/push.ts'
import { addSessionRoutes } from './routes/sessions.ts'
import { addUserRoutes } from './routes/users.ts'
import type { ApiEnv, ApiServices } from './services.ts'
import { addWebPage } from './web-page.ts'

/** Builds the app; its counters are registered in `deps.metrics`, so call it once for each of those. */
export function createApp(deps: ApiServices): OpenAPIHono<ApiEnv> {
  const app = new OpenAPIHono<ApiEnv>({
    defaultHook: result => {
      if (!result.success) throw new InvalidRequest(result.error)
    },
  })
  app.onError(answerError(deps))
  app.use('*', openRequest(deps))
  app.use('/api/*', guardApi(deps))

  addOpenRoutes(app, deps)
  addAuthRoutes(app, deps)
  addSessionRoutes(app, deps)
  addMeRoutes(app, deps)
  addUserRoutes(app, deps)
  addChatRoutes(app, deps)
  addPushRoutes(app, deps)
  addOperatorRoutes(app, deps)
  addHealthRoutes(app, deps)
  addDocRoutes(app, deps)

  // Before the page, which would answer any GET.
  app.all('*', refuseOtherMethods(app))
  if (deps.config.webDir !== '') addWebPage(app, deps.config.webDir, deps.config.gatewayUrl)
  app.notFound(() => {
    throw new AppError('not_found')
  })
  return app
}

/** A known path asked with a method that it does not have: 405 with the ones it has. */
function refuseOtherMethods(app: OpenAPIHono<ApiEnv>) {
  const allowed = new Map<string, Set<string>>()
  for (const { method, path } of app.routes) {
    if (method === 'ALL') continue
    const methods = allowed.get(path) ?? new Set()
    methods.add(method)
    if (method === 'GET') methods.add('HEAD')
    allowed.set(path, methods)
  }
  const patterns = [...allowed].map(([path, methods]) => ({
    pattern: new RegExp(`^${path.replaceAll('.', '\\.').replaceAll(/:\w+/g, '[^/]+')}$`),
    methods,
  }))
  return async (c: Context<ApiEnv>, next: () => Promise<void>) => {
    const methods = patterns
      .filter(({ pattern }) => pattern.test(c.req.path))
      .flatMap(each => [...each.methods])
    if (methods.length === 0 || methods.includes(c.req.method)) return next()
    c.header('allow', [...new Set(methods)].join(', '))
    throw new AppError('method_not_allowed')
  }
}
