// Which passwords may be chosen: long enough, not too long, not the username, not on the list of common ones.
// No rules about kinds of characters: they make passwords worse.

import { dictionary } from '@zxcvbn-ts/language-common'
import { AppError } from '#shared/protocol/codes.ts'
import { limits } from '#shared/protocol/limits.ts'

/** All are lower case. Shorter ones are refused anyway, so they are not kept in memory. */
const common: ReadonlySet<string> = new Set(
  dictionary['passwords-common'].filter(password => password.length >= limits.passwordCharsMin),
)

/** @throws AppError weak_password that says what is wrong */
export function assertStrong(password: string, username: string | undefined): void {
  const chars = [...password].length
  if (chars < limits.passwordCharsMin) {
    throw new AppError('weak_password', {
      detail: `The password needs at least ${limits.passwordCharsMin} characters.`,
    })
  }
  if (Buffer.byteLength(password) > limits.passwordBytesMax) {
    throw new AppError('weak_password', {
      detail: `The password may have at most ${limits.passwordBytesMax} bytes.`,
    })
  }
  const folded = password.toLowerCase()
  if (folded === username?.toLowerCase()) {
    throw new AppError('weak_password', { detail: 'The password must not be the username.' })
  }
  if (common.has(folded) || new Set(folded).size === 1) {
    throw new AppError('weak_password', {
      detail: 'This password is among the first that an attacker tries.',
    })
  }
}
