// Settings that name the files with keys and secrets; the files are read when the settings are.

import { parsePrivateRing, parsePublicRing } from '../tokens.ts'
import { parseVapidKeys, type VapidKeys } from '../vapid.ts'
import { api, define, gateway, type Io } from './setting.ts'

export const secrets = {
  jwtKeys: define({
    name: 'JWT_KEYS_FILE',
    parts: api,
    parse: fileOf(parsePrivateRing),
    doc: 'File with the private JWK set (EC P-256) that signs access tokens; the first key signs, all check.',
  }),
  jwtPublicKeys: define({
    name: 'JWT_PUBLIC_KEYS_FILE',
    parts: gateway,
    parse: fileOf(parsePublicRing),
    doc: 'File with the public JWK set; a private half in it is refused.',
  }),
  passwordPepper: define({
    name: 'PASSWORD_PEPPER_FILE',
    parts: api,
    parse: fileOf(secretKey),
    doc: 'File with the secret mixed into each password before hashing. Losing it makes every password void.',
  }),
  refreshSecret: define({
    name: 'REFRESH_SECRET_FILE',
    parts: api,
    parse: fileOf(secretKey),
    doc: 'File with the secret that derives refresh tokens. Changing it breaks only retries in flight.',
  }),
  vapidKeys: define({
    name: 'VAPID_KEYS_FILE',
    parts: api,
    parse: (path, io): VapidKeys | null => (path === '' ? null : fileOf(parseVapidKeys)(path, io)),
    default: '',
    doc: 'File with the key pair that this server shows to push services; empty = no Web Push. With other keys every browser has to subscribe anew, which its page does when it is opened.',
  }),
} as const

function fileOf<Value>(parse: (text: string) => Value): (path: string, io: Io) => Value {
  return (path, io) => {
    let text: string
    try {
      text = io.readText(path)
    } catch (error) {
      throw new Error(`a readable file (${(error as NodeJS.ErrnoException).code ?? 'unreadable'})`)
    }
    try {
      return parse(text)
    } catch (error) {
      throw new Error(`a file that holds ${(error as Error).message}`)
    }
  }
}

const secretBytesMin = 32

/** A secret of at least 256 bits, in base64url, base64 or hex. */
function secretKey(text: string): Buffer {
  const trimmed = text.trim()
  const expected = `at least ${secretBytesMin} random bytes in base64url, base64 or hex`
  if (!/^[\w+/-]+=*$/.test(trimmed)) throw new Error(expected)
  const bytes = Buffer.from(trimmed, /^[0-9a-f]+$/i.test(trimmed) ? 'hex' : 'base64')
  if (bytes.length < secretBytesMin) throw new Error(expected)
  // 32 random bytes have about 30 different values; a typed or sample secret has far fewer.
  if (new Set(bytes).size < 16 || /change.?me|example|sample|secret|password/i.test(trimmed)) {
    throw new Error(`${expected}; this one looks typed by hand`)
  }
  return bytes
}
