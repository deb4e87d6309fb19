// What the composer's bar and keys make of a selection, and what is completed before the caret.

import t from 'tap'
import {
  begunAt,
  linkOf,
  type TextChange,
  toggleMark,
  toggleQuote,
} from '../../web/state/composer-text.ts'

function applied(text: string, { from, to, text: words }: TextChange): string {
  return text.slice(0, from) + words + text.slice(to)
}

t.test(
  'marks are put around the words, without the spaces at their ends, and taken away again',
  async t => {
    const bold = toggleMark('say it now', 3, 7, 'bold')
    const marked = applied('say it now', bold)
    t.equal(marked, 'say **it** now')
    t.same(bold.select, [6, 8])
    t.equal(applied(marked, toggleMark(marked, 6, 8, 'bold')), 'say it now')
    t.equal(applied('a   b', toggleMark('a   b', 1, 4, 'italic')), 'a   b', 'spaces take no marks')
  },
)

t.test('whole lines become a quote, and no quote again', async t => {
  const text = 'one\ntwo\nthree'
  const quoted = applied(text, toggleQuote(text, 5, 9))
  t.equal(quoted, 'one\n> two\n> three')
  t.equal(applied(quoted, toggleQuote(quoted, 6, 14)), text)
})

t.test('a link cannot break out of its brackets', async t => {
  t.equal(linkOf('a [b]', 'https://a.b/(c) d'), '[a b](https://a.b/%28c%29%20d)')
})

t.test('names and emojis are completed where a word begins', async t => {
  t.match(begunAt('hi @al', 6), { sign: '@', words: 'al', from: 3, to: 6 })
  t.match(begunAt('@', 1), { sign: '@', words: '' })
  t.match(begunAt('so :smi', 7), { sign: ':', words: 'smi' })
  t.match(begunAt('привет :улы', 11), { sign: ':', words: 'улы' })
  for (const words of ['mail@al', 'at 12:30', 'a:', ':)', 'x'])
    t.equal(begunAt(words, words.length), null, words)
})
