// Settings of a process as such: what it logs and measures, where it listens and who may reach it there, how it ends.

import { flag, integer, oneOf, origins, url } from './parsers.ts'
import { all, api, define, edges, gateway } from './setting.ts'

export const processes = {
  env: define({
    name: 'NODE_ENV',
    parts: all,
    parse: oneOf('development', 'test', 'production'),
    default: 'development',
    doc: 'production switches demo mode off and makes every setting without a safe default required.',
  }),
  logLevel: define({
    name: 'LOG_LEVEL',
    parts: all,
    parse: oneOf('trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'),
    default: 'info',
    doc: 'The least important log line that is written.',
  }),
  host: define({
    name: 'HOST',
    parts: edges,
    parse: word('an address to listen on'),
    default: '127.0.0.1',
    doc: 'Address to listen on.',
  }),
  port: define({
    name: 'PORT',
    parts: api,
    parse: integer(0, 65_535),
    default: '8080',
    doc: 'Port of the api; 0 takes any free one.',
  }),
  gatewayPort: define({
    name: 'GATEWAY_PORT',
    parts: gateway,
    parse: integer(0, 65_535),
    default: '8081',
    doc: 'Port of the gateway, shared by its processes; 0 takes any free one.',
  }),
  gatewayProcesses: define({
    name: 'GATEWAY_PROCESSES',
    parts: gateway,
    parse: integer(1, 64),
    default: '1',
    doc: 'Gateway processes on the one port.',
  }),
  gatewayUrl: define({
    name: 'GATEWAY_URL',
    parts: api,
    parse: gatewayAddress,
    default: '/ws',
    doc: 'Where clients find the gateway: a path on this origin, `:port/path` on this host, or a ws(s) URL.',
  }),
  publicOrigins: define({
    name: 'PUBLIC_ORIGINS',
    parts: gateway,
    parse: origins,
    default: '',
    requiredInProduction: true,
    doc: 'Exact origins of pages that may open a WebSocket, separated by commas.',
  }),
  trustProxy: define({
    name: 'TRUST_PROXY',
    parts: edges,
    parse: flag,
    default: '0',
    doc: "Takes the client's address from X-Real-IP. Only behind a proxy that always sets it.",
  }),
  metricsPort: define({
    name: 'METRICS_PORT',
    parts: all,
    parse: integer(0, 65_535),
    default: '0',
    doc: 'Port of /metrics, 0 = none; gateway process i takes this plus i.',
  }),
  metricsToken: define({
    name: 'METRICS_TOKEN',
    parts: all,
    parse: metricsToken,
    default: '',
    secret: true,
    doc: 'Bearer token that /metrics asks for; when set, the api serves /metrics on its own port too.',
  }),
  drainMs: define({
    name: 'DRAIN_MS',
    parts: all,
    parse: integer(0, 600_000),
    default: '10000',
    unit: 'ms',
    doc: 'Time that a stopping process gives to its clients and its queues.',
  }),
} as const

function word(expected: string): (text: string) => string {
  return text => {
    if (!/^[\w.:%-]+$/.test(text)) throw new Error(expected)
    return text
  }
}

function gatewayAddress(text: string): string {
  if (/^(:\d{1,5})?\/[\w/.-]*$/.test(text)) return text
  return url('a path, :port/path or a ws(s):// URL', ['ws:', 'wss:'])(text)
}

function metricsToken(text: string): string {
  if (text !== '' && !/^[\w.~+/=-]{16,256}$/.test(text))
    throw new Error('at least 16 characters that fit a bearer token')
  return text
}
