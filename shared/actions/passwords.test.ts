// Which passwords may be chosen, at the bounds of their length. The reasons are under test with the routes.

import t from 'tap'
import { limits } from '#shared/protocol/limits.ts'
import { assertStrong } from './passwords.ts'

function verdict(password: string): string {
  try {
    assertStrong(password, 'alice')
    return 'strong'
  } catch (error) {
    return (error as { code: string }).code
  }
}

/** Text of so many characters that no list of common passwords has. */
const odd = (chars: number) => 'qz€7'.repeat(chars).slice(0, chars)

t.test('a password has characters enough, whatever they take in bytes', async t => {
  t.equal(verdict(odd(limits.passwordCharsMin)), 'strong')
  t.equal(verdict(odd(limits.passwordCharsMin - 1)), 'weak_password')
  const birds = ['🐦', '🪶', '🌊']
  const picture = (chars: number) =>
    Array.from({ length: chars }, (_, i) => birds[i % birds.length]).join('')
  t.equal(verdict(picture(limits.passwordCharsMin)), 'strong')
  t.equal(verdict(picture(limits.passwordCharsMin - 1)), 'weak_password', 'not by code units')
})

t.test('a password has no more bytes than are hashed', async t => {
  const bytes = (count: number) => 'ab'.repeat(count).slice(0, count)
  t.equal(verdict(bytes(limits.passwordBytesMax)), 'strong')
  t.equal(verdict(bytes(limits.passwordBytesMax + 1)), 'weak_password')
  t.equal(verdict(`${bytes(limits.passwordBytesMax - 3)}€`), 'strong')
  t.equal(verdict(`${bytes(limits.passwordBytesMax - 2)}€`), 'weak_password')
})
