// The letters in a round picture, whatever somebody calls themself.

import t from 'tap'
import { initials } from '../../web/state/initials.ts'

t.test(
  'one or two letters stand for a name, and what is no letter only where nothing else is',
  async t => {
    const expected: [string, string][] = [
      ['Alice', 'A'],
      ['weekend at the cliffs', 'WC'],
      ['  Zoë   O’Neil ', 'ZO'],
      ['Bob "the ⚓" <Baker>', 'BB'],
      ['<b>Bob</b>', 'BB'],
      ['(Carol) !', 'C'],
      ['Ёлка 2', 'Ё2'],
      ['चित्र मेला', 'चम'],
      ['🐦 🌊', '🐦'],
      ['', ''],
    ]
    for (const [name, letters] of expected) t.equal(initials(name), letters, name)
  },
)
