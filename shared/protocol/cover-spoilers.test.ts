import t from 'tap'
import { coverSpoilers } from './cover-spoilers.ts'

t.test('what a spoiler covers is covered, and nothing else', async t => {
  const text = 'it was the cook'
  t.equal(coverSpoilers(text), text)
  t.equal(coverSpoilers(text, null), text)
  t.equal(coverSpoilers(text, [{ t: 'bold', o: 0, l: 2 }]), text)
  t.equal(coverSpoilers(text, [{ t: 'spoiler', o: 7, l: 8 }]), 'it was ▒▒▒▒▒▒▒▒')
  t.equal(
    coverSpoilers(text, [
      { t: 'spoiler', o: 0, l: 2 },
      { t: 'bold', o: 3, l: 3 },
      { t: 'spoiler', o: 11, l: 99 },
    ]),
    '▒▒ was the ▒▒▒▒',
  )
  t.equal(coverSpoilers('👩 did', [{ t: 'spoiler', o: 0, l: 2 }]), '▒▒ did')
})
