// The key pair by which a push service knows this server (RFC 8292), in the form in which the web-push package takes it.

import { createECDH } from 'node:crypto'
import * as z from 'zod'

const curve = 'prime256v1'

/** Both in base64url without padding. */
export interface VapidKeys {
  /** Uncompressed point, 65 bytes: what browsers subscribe with. */
  publicKey: string
  /** 32 bytes. */
  privateKey: string
}

const shape = z.strictObject({
  publicKey: z.string().regex(/^[\w-]{87}$/),
  privateKey: z.string().regex(/^[\w-]{43}$/),
})

export function generateVapidKeys(): VapidKeys {
  for (;;) {
    const pair = createECDH(curve)
    const publicKey = pair.generateKeys('base64url')
    const secret = pair.getPrivateKey()
    // One in 256 begins with a zero, which is left out.
    if (secret.length === 32) return { publicKey, privateKey: secret.toString('base64url') }
  }
}

/** Reads what `JSON.stringify(generateVapidKeys())` wrote. @throws Error that says what is expected */
export function parseVapidKeys(text: string): VapidKeys {
  const expected = 'a VAPID key pair: {"publicKey": …, "privateKey": …} in base64url'
  let keys: VapidKeys
  const pair = createECDH(curve)
  try {
    keys = shape.parse(JSON.parse(text))
    pair.setPrivateKey(keys.privateKey, 'base64url')
  } catch (cause) {
    throw new Error(expected, { cause })
  }
  if (pair.getPublicKey('base64url') !== keys.publicKey)
    throw new Error(`${expected} that belong together`)
  return keys
}
