// Serves the built page: files as they are, everything else as index.html, which routes in the browser.

import { serveStatic } from '@hono/node-server/serve-static'
import type { Context, Hono } from 'hono'
import type { ApiEnv } from './services.ts'

/** Paths that are never the page's. */
const reserved = /^\/(api|health|media|metrics|ws)(\/|$)/

/**
 * @param dir      folder of the build; its assets/ have a hash in their names
 * @param gateway  what clients are told (`ClientConfig.gateway`), allowed in the page's policy
 */
export function addWebPage(app: Hono<ApiEnv>, dir: string, gateway: string): void {
  const file = serveStatic<ApiEnv>({ root: dir, precompressed: true })
  const index = serveStatic<ApiEnv>({ root: dir, path: 'index.html', precompressed: true })
  app.on(['GET', 'HEAD'], '*', async (c, next) => {
    const { path } = c.req
    if (reserved.test(path)) return next()
    const found =
      (await file(c, async () => {})) ??
      (looksLikeFile(path) || isAsset(path) ? undefined : await index(c, async () => {}))
    if (!found) return next()
    found.headers.set(
      'cache-control',
      isAsset(path) ? 'public, max-age=31536000, immutable' : 'no-cache',
    )
    found.headers.set('content-security-policy', pagePolicy(c, gateway))
    return found
  })
}

/** Kept for ever by browsers and proxies, so nothing else may ever be answered there. */
function isAsset(path: string): boolean {
  return path.startsWith('/assets/')
}

/** A missing file is a 404: index.html in its place would be run as a script. */
function looksLikeFile(path: string): boolean {
  return /\.\w+$/.test(path)
}

function pagePolicy(c: Context<ApiEnv>, gateway: string): string {
  return [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self' blob: data:",
    "media-src 'self' blob:",
    "font-src 'self'",
    `connect-src ${["'self'", ...gatewaySources(gateway, c.req.header('host') ?? '')].join(' ')}`,
    "worker-src 'self'",
    "manifest-src 'self'",
    "base-uri 'none'",
    "object-src 'none'",
    "form-action 'self'",
    "frame-ancestors 'none'",
    "require-trusted-types-for 'script'",
    // The one policy of the page (web/state/worker.ts): no other script makes one.
    'trusted-types petrel-worker',
  ].join('; ')
}

/** Where the page may open sockets. A path on this origin is named too: older browsers do not count it as 'self'. */
function gatewaySources(gateway: string, host: string): string[] {
  if (/^wss?:/.test(gateway)) return [originOf(gateway)]
  const match = /^([\w.-]+|\[[\da-fA-F:]+\])(:\d{1,5})?$/.exec(host)
  if (!match) return []
  const port = /^:\d+/.exec(gateway)?.[0] ?? match[2] ?? ''
  return [`ws://${match[1]}${port}`, `wss://${match[1]}${port}`]
}

function originOf(gateway: string): string {
  const { protocol, host } = new URL(gateway)
  return `${protocol}//${host}`
}
