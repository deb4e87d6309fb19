// The one logger: pino, JSON lines on standard output, secrets blanked wherever they stand in the first three levels.
// Business events are logged through report.ts, never by hand, and no line is written per message.

import { type DestinationStream, type Logger, pino, stdTimeFunctions } from 'pino'

export type Log = Pick<
  Logger,
  'trace' | 'debug' | 'info' | 'warn' | 'error' | 'fatal' | 'child' | 'level'
>

const secretKeys = [
  'accessToken',
  'authorization',
  'cookie',
  'current',
  'databaseUrl',
  'next',
  'passwordHash',
  'password',
  'pepper',
  'redisUrl',
  'refreshToken',
  'token',
]

/**
 * @param name         the part that writes: api, gateway, jobs …
 * @param destination  standard output unless a test wants the lines
 */
export function createLog(
  { name, level }: { name: string; level: string },
  destination?: DestinationStream,
): Log {
  const options = {
    name,
    level,
    timestamp: stdTimeFunctions.isoTime,
    formatters: { level: (label: string) => ({ level: label }) },
    redact: {
      paths: secretKeys.flatMap(key => [key, `*.${key}`, `*.*.${key}`]),
      censor: '[redacted]',
    },
  }
  return destination ? pino(options, destination) : pino(options)
}

/** For tests and tools that want no lines. */
export const silentLog: Log = pino({ level: 'silent' })
