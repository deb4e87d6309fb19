// What happens to every request before its route: an id, the client's address, headers, size, media type, the general
// rate limit, and one metric and one debug line afterwards.

import { randomUUID } from 'node:crypto'
import type { Context } from 'hono'
import { bodyLimit } from 'hono/body-limit'
import { createMiddleware } from 'hono/factory'
import { matchedRoutes } from 'hono/route'
import type { Device } from '#shared/actions/account-services.ts'
import { AppError } from '#shared/protocol/codes.ts'
import { limits } from '#shared/protocol/limits.ts'
import { addressBucket } from '#shared/runtime/address-bucket.ts'
import { secondsBuckets } from '#shared/runtime/metrics.ts'
import type { ApiEnv, ApiServices } from './services.ts'

/** First of all middleware: id, address, safe headers, metric. */
export function openRequest({
  metrics,
  log,
  clock,
  config,
}: Pick<ApiServices, 'metrics' | 'log' | 'clock' | 'config'>) {
  const seconds = metrics.histogram(
    'http_request_seconds',
    'Time from request to answer.',
    secondsBuckets,
    ['method', 'route', 'status'],
  )
  return createMiddleware<ApiEnv>(async (c, next) => {
    const startMs = clock.monotonic()
    c.set('requestId', randomUUID())
    c.set('ip', clientAddress(c, config.trustProxy))
    await next()
    setSafeHeaders(c)
    const tookMs = clock.monotonic() - startMs
    const labels = {
      method: methodLabel(c.req.method),
      route: routeLabel(c),
      status: String(c.res.status),
    }
    seconds.observe(labels, tookMs / 1000)
    log.debug({ requestId: c.var.requestId, ...labels, tookMs }, 'request')
  })
}

/** For everything below /api: nothing is cached, a body is small and JSON, an address does not ask too often. */
export function guardApi({ limiter }: Pick<ApiServices, 'limiter'>) {
  const tooLarge = () => {
    throw new AppError('too_large')
  }
  const limitBody = bodyLimit({ maxSize: limits.restBodyBytesMax, onError: tooLarge })
  return createMiddleware<ApiEnv>(async (c, next) => {
    c.header('cache-control', 'no-store')
    await limiter.take('restPerIp', addressBucket(c.var.ip))
    if (!hasBody(c)) return next()
    const mediaType = c.req.header('content-type')?.split(';')[0]?.trim().toLowerCase()
    if (mediaType !== 'application/json') throw new AppError('unsupported_media_type')
    return limitBody(c, next)
  })
}

/** RFC 9112 §6: a request has a body when one of these headers says so. That of a GET means nothing. */
function hasBody(c: Context<ApiEnv>): boolean {
  if (c.req.method === 'GET' || c.req.method === 'HEAD') return false
  return (
    c.req.header('transfer-encoding') !== undefined ||
    Number(c.req.header('content-length') ?? 0) > 0
  )
}

/** The device behind a request, with the name that the client gave it. */
export function deviceOf(c: Context<ApiEnv>, name?: string): Device {
  return { ip: c.var.ip, name, platform: platformOf(c.req.header('user-agent') ?? '') }
}

/** X-Real-IP counts only behind a proxy that always sets it: anybody else could write anything there. */
function clientAddress(c: Context<ApiEnv>, trustProxy: boolean): string {
  const told = trustProxy ? c.req.header('x-real-ip')?.trim() : undefined
  const address =
    told !== undefined && /^[\da-fA-F.:]{2,45}$/.test(told)
      ? told
      : c.env?.incoming?.socket.remoteAddress
  return address ?? ''
}

function setSafeHeaders(c: Context<ApiEnv>): void {
  const { headers } = c.res
  headers.set('x-request-id', c.var.requestId)
  headers.set('x-content-type-options', 'nosniff')
  headers.set('referrer-policy', 'no-referrer')
  headers.set('cross-origin-opener-policy', 'same-origin')
  headers.set('cross-origin-resource-policy', 'same-origin')
  headers.set('permissions-policy', 'camera=(self), microphone=(self), geolocation=(), payment=()')
  // Only what says that it may be kept is kept, by browsers and by proxies on the way.
  if (!headers.has('cache-control')) headers.set('cache-control', 'no-store')
  if (!headers.has('content-security-policy')) {
    headers.set('content-security-policy', "default-src 'none'; frame-ancestors 'none'")
  }
}

const methods = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'])

function methodLabel(method: string): string {
  return methods.has(method) ? method : 'other'
}

/** The pattern of the route, never the path itself: that would make a label of every id. */
function routeLabel(c: Context<ApiEnv>): string {
  return matchedRoutes(c).findLast(route => !route.path.endsWith('*'))?.path ?? 'other'
}

const browsers = [
  [/\bEdg\//, 'Edge'],
  [/\bOPR\//, 'Opera'],
  [/\bFirefox\//, 'Firefox'],
  [/\bChrome\//, 'Chrome'],
  [/\bSafari\//, 'Safari'],
  [/^node\b|\bundici\b/i, 'Node.js'],
] as const
const systems = [
  [/\bAndroid\b/, 'Android'],
  [/\biPhone\b|\biPad\b/, 'iOS'],
  [/\bWindows\b/, 'Windows'],
  [/\bMac OS X\b/, 'macOS'],
  [/\bCrOS\b/, 'ChromeOS'],
  [/\bLinux\b/, 'Linux'],
] as const

/** `Firefox on Linux`, or less if the header says less; never the header itself. */
function platformOf(userAgent: string): string {
  const header = userAgent.slice(0, 512)
  const find = (table: readonly (readonly [RegExp, string])[]) =>
    table.find(([pattern]) => pattern.test(header))?.[1]
  return [find(browsers), find(systems)].filter(part => part !== undefined).join(' on ')
}
