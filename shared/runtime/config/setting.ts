// What one setting is: a row of the tables beside this file, which config.ts reads together.

export type Part = 'api' | 'gateway' | 'jobs'

/** So many points in so many seconds, per key. */
export interface Rate {
  points: number
  perS: number
}

export interface Setting<Value = unknown, Parts extends readonly Part[] = readonly Part[]> {
  /** Of the environment variable. */
  name: string
  parts: Parts
  /** @throws Error whose message says what is expected; it must not repeat the value */
  parse(text: string, io: Io): Value
  /** Parsed when the variable is unset or empty; no default means that it is required. */
  default?: string
  /** Without a default even so: production must say it. */
  requiredInProduction?: true
  unit?: string
  doc: string
  /** Its value is never shown. */
  secret?: true
}

/** Reads the files that settings name. */
export interface Io {
  readText(path: string): string
}

/** Keeps the types of value and parts. */
export function define<Value, const Parts extends readonly Part[]>(
  setting: Setting<Value, Parts>,
): Setting<Value, Parts> {
  return setting
}

/** Who reads a setting. */
export const all = ['api', 'gateway', 'jobs'] as const
export const edges = ['api', 'gateway'] as const
export const api = ['api'] as const
export const gateway = ['gateway'] as const
