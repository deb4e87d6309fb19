// Which words of a link are asked about before it is followed.

import t from 'tap'
import { namesOtherHost } from '../../web/state/link-words.ts'

const evil = 'https://evil.example/login'

t.test('words that name another host than the link leads to are found', async t => {
  const misleading = [
    'https://bank.example',
    'http://bank.example/login?next=1',
    'bank.example',
    'www.bank.example',
    'Bank.Example:443/login',
    'sign in at (bank.example) now',
    'evil.example.bank.example',
    'bank.example/evil.example',
    'bank.example#evil.example',
    'https://bank.example@evil.example',
    'alice@bank.example',
    'bank\u200b.exa\u00admple',
    'ｂａｎｋ．example',
    'bank。example',
    'пример.рф',
    'xn--e1afmkfd.xn--p1ai',
    'http://192.168.0.1',
    'sub.evil.example',
  ]
  for (const words of misleading) t.equal(namesOtherHost(words, evil), true, words)
  t.equal(namesOtherHost('evil.example', 'https://evil.example.bank.example'), true)
  t.equal(namesOtherHost('пример.рф', 'https://xn--e1afmkfd.xn--p1ai.evil.example/'), true)
})

t.test('what names the host itself, or none, is followed at once', async t => {
  const honest = [
    'here',
    'the answer, e.g. of 3.14 or v1.2.10',
    'Node.js',
    'notes.pdf',
    'what? Yes. No',
    'evil.example',
    'www.evil.example/other',
    'https://evil.example:8443/',
    'see evil.example.',
    '',
  ]
  for (const words of honest) t.equal(namesOtherHost(words, evil), false, words)
  t.equal(namesOtherHost('пример.рф', 'https://xn--e1afmkfd.xn--p1ai/'), false)
  t.equal(namesOtherHost('bank.example', 'mailto:alice@evil.example'), false)
})
