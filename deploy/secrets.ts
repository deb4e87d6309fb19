// The secrets of a private installation, made once in a folder that only its owner can read.

import { randomBytes } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { generateKeyRing } from '#shared/runtime/tokens.ts'
import { generateVapidKeys } from '#shared/runtime/vapid.ts'

/**
 * Makes what is missing in `dir` and answers the settings that name the files.
 * Losing the folder signs everybody out and makes every password void.
 */
export async function ensureSecrets(dir: string): Promise<Record<string, string>> {
  await mkdir(dir, { recursive: true, mode: 0o700 })
  const at = (name: string) => join(dir, name)
  if (!existsSync(at('jwt-public.json'))) {
    const ring = generateKeyRing()
    await store(at('jwt.json'), ring.privateJwks)
    // Last, so that its presence means that both halves are there.
    await store(at('jwt-public.json'), ring.publicJwks)
  }
  for (const name of ['pepper', 'refresh']) {
    if (!existsSync(at(name))) await store(at(name), `${randomBytes(32).toString('base64url')}\n`)
  }
  if (!existsSync(at('vapid.json')))
    await store(at('vapid.json'), JSON.stringify(generateVapidKeys()))
  return {
    JWT_KEYS_FILE: at('jwt.json'),
    JWT_PUBLIC_KEYS_FILE: at('jwt-public.json'),
    PASSWORD_PEPPER_FILE: at('pepper'),
    REFRESH_SECRET_FILE: at('refresh'),
    VAPID_KEYS_FILE: at('vapid.json'),
  }
}

/** Whole or not at all: a half-written secret would count as present. */
async function store(path: string, text: string): Promise<void> {
  await writeFile(`${path}.new`, text, { mode: 0o600 })
  await rename(`${path}.new`, path)
}
