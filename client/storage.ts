// Places that keep tokens and the outbox over a restart. Nothing here touches a browser global:
// a page passes its localStorage or sessionStorage in.

import type { Storage } from './types.ts'

/** Keeps everything in RAM, copied in and out, for tests and programs that need no restart. */
export function memoryStorage(): Storage {
  const entries = new Map<string, unknown>()
  return {
    async get(key) {
      return structuredClone(entries.get(key))
    },
    async set(key, value) {
      entries.set(key, structuredClone(value))
    },
    async delete(key) {
      entries.delete(key)
    },
    async list(prefix) {
      return [...entries]
        .filter(([key]) => key.startsWith(prefix))
        .sort(byKey)
        .map(([key, value]) => [key, structuredClone(value)])
    },
  }
}

/** What localStorage and sessionStorage have in common. */
export interface StorageArea {
  readonly length: number
  key(index: number): string | null
  getItem(key: string): string | null
  setItem(key: string, value: string): void
  removeItem(key: string): void
}

/**
 * Keeps values as JSON in a browser's storage area; a value that cannot be read counts as absent.
 * @param area localStorage (shared by tabs, survives a restart) or sessionStorage
 * @param prefix stands before each key, so that the area may be shared with others
 */
export function webStorage(area: StorageArea, prefix = 'petrel.'): Storage {
  return {
    async get(key) {
      return parse(area.getItem(prefix + key))
    },
    async set(key, value) {
      area.setItem(prefix + key, JSON.stringify(value))
    },
    async delete(key) {
      area.removeItem(prefix + key)
    },
    async list(start) {
      const found: [string, unknown][] = []
      for (let index = 0; index < area.length; index++) {
        const key = area.key(index)
        if (key?.startsWith(prefix + start)) {
          found.push([key.slice(prefix.length), parse(area.getItem(key))])
        }
      }
      return found.filter(([, value]) => value !== undefined).sort(byKey)
    },
  }
}

function byKey([a]: [string, unknown], [b]: [string, unknown]): number {
  return a < b ? -1 : 1
}

function parse(json: string | null): unknown {
  if (json === null) return undefined
  try {
    return JSON.parse(json)
  } catch {
    return undefined
  }
}
