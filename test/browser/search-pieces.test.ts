// What was found in the pieces that a list shows, and names and tokens read from pasted links.

import fc from 'fast-check'
import t from 'tap'
import { inviteToken, nameInLink } from '../../web/state/pasted.ts'
import { toPieces } from '../../web/state/snippet.ts'

const shown = (text: string, o: number, l: number, marks: { o: number; l: number }[] = []) =>
  toPieces(text, { o, l }, marks).map(({ text: part, marked }) => (marked ? `[${part}]` : part))

t.test('what matched is marked inside of the part that is shown', async t => {
  t.same(shown('grey petrels at sea', 0, 19, [{ o: 5, l: 7 }]), ['grey ', '[petrels]', ' at sea'])
  t.same(shown('grey petrels at sea', 8, 11, [{ o: 5, l: 7 }]), ['[rels]', ' at sea'], 'cut in')
  t.same(shown('grey petrels', 0, 4, [{ o: 5, l: 7 }]), ['grey'], 'outside of it')
  t.same(shown('', 0, 9, [{ o: 0, l: 3 }]), [])
})

t.test(
  'whatever the offsets are, the pieces are the part of the text, once and in order',
  async t => {
    const span = fc.record({
      o: fc.integer({ min: -5, max: 40 }),
      l: fc.integer({ min: -5, max: 40 }),
    })
    fc.assert(
      fc.property(fc.string({ maxLength: 30 }), span, fc.array(span), (text, snippet, marks) => {
        const from = Math.min(Math.max(0, snippet.o), text.length)
        const pieces = toPieces(text, snippet, marks)
        const whole = pieces.map(piece => piece.text).join('')
        return (
          whole === text.slice(from, from + Math.max(0, snippet.l)) &&
          !pieces.some(p => p.text === '')
        )
      }),
    )
    t.pass('held for all that were tried')
  },
)

t.test('a public name is read from its address in each form, and from nothing else', async t => {
  for (const pasted of [
    '@tides',
    'https://chat.example/@tides',
    'https://chat.example/#/@tides',
    ' @tides ',
  ])
    t.equal(nameInLink(pasted), 'tides', pasted)
  for (const pasted of ['tides', '@1st', '@a', 'https://chat.example/tides', 'mailto:a@tides', ''])
    t.equal(nameInLink(pasted), null, pasted)
})

t.test('a token is read from a pasted link or alone', async t => {
  t.equal(inviteToken('https://chat.example/join#AbCdEfGh_-12'), 'AbCdEfGh_-12')
  t.equal(inviteToken('AbCdEfGh'), 'AbCdEfGh')
  t.equal(inviteToken('hello'), null)
  t.equal(inviteToken('two words here'), null)
})
