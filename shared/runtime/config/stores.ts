// Settings of PostgreSQL and Redis: where they are, and how many connections a process opens.

import { integer, url } from './parsers.ts'
import { all, define, gateway } from './setting.ts'

export const stores = {
  databaseUrl: define({
    name: 'DATABASE_URL',
    parts: all,
    parse: url('a postgres:// URL', ['postgres:', 'postgresql:', 'socket:']),
    secret: true,
    doc: 'PostgreSQL 16 or newer.',
  }),
  databasePool: define({
    name: 'DATABASE_POOL',
    parts: all,
    parse: integer(1, 200),
    default: '8',
    unit: 'connections',
    doc: 'Connections to PostgreSQL that a process opens for reads and short writes.',
  }),
  lanes: define({
    name: 'LANES',
    parts: gateway,
    parse: integer(1, 16),
    default: '2',
    unit: 'connections',
    doc: 'Send lanes of a gateway process, each with a connection of its own.',
  }),
  redisUrl: define({
    name: 'REDIS_URL',
    parts: all,
    parse: redisAddress,
    secret: true,
    doc: 'Redis 7: a redis(s):// URL, unix:/path or /path.',
  }),
} as const

function redisAddress(text: string): string {
  if (/^(unix:)?\/[^\0]+$/.test(text)) return text.replace(/^unix:(\/\/(?=\/))?/, '')
  return url('a redis:// or rediss:// URL, unix:/path or /path', ['redis:', 'rediss:'])(text)
}
