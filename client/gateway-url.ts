// Where the gateway is, from what the api's configuration says of it.

/**
 * @param gateway an absolute ws(s) URL, a path on the api's origin, or `:port/path` on its host
 * @param api origin of the api, or empty for the page's own
 * @throws TypeError when there is neither
 */
export function gatewayUrl(gateway: string, api: string): string {
  if (/^wss?:\/\//.test(gateway)) return gateway
  const page = (globalThis as { location?: { href: string } }).location?.href
  const base = new URL(api === '' ? (page ?? '') : api)
  const scheme = base.protocol === 'https:' ? 'wss:' : 'ws:'
  return gateway.startsWith(':')
    ? `${scheme}//${base.hostname}${gateway}`
    : `${scheme}//${base.host}${gateway}`
}
