import fc from 'fast-check'
import t from 'tap'
import { detect, hasUrl } from './detect.ts'
import { checkText } from './entities.ts'
import { plans } from './limits.ts'
import { needOf } from './needs.ts'
import { right } from './permissions.ts'

const found = (text: string) => detect(text).map(({ t, o, l }) => [t, text.slice(o, o + l)])

t.test('what only looks like something is nothing', async t => {
  const texts = [
    'http://',
    'https://.',
    'www.',
    'xhttps://a.org',
    'a@b',
    '@ab',
    '@1abc',
    'a@alice',
    '@@alice',
    '#',
    '#1',
    '#_',
    'a#b',
    '##a',
    '/',
    '//a',
    'a/b',
    '/1',
    '</b>',
    'https',
    `@${'a'.repeat(33)}`,
    `#${'a'.repeat(65)}`,
  ]
  for (const text of texts) t.same(found(text), [], text)
})

t.test('addresses end where the sentence goes on', async t => {
  for (const [text, url] of [
    ['see https://x.org.', 'https://x.org'],
    ['(https://x.org/a)', 'https://x.org/a'],
    ['https://x.org/a_(b), c', 'https://x.org/a_(b)'],
    ['“https://x.org/?q=1&r=2#f”', 'https://x.org/?q=1&r=2#f'],
    ['<https://x.org>', 'https://x.org'],
    ['WWW.X.org/é!', 'WWW.X.org/é'],
    ['https://пример.рф/a', 'https://пример.рф/a'],
    ['https://[2001:db8::1]/', 'https://[2001:db8::1]/'],
  ] as const) {
    t.same(found(text), [['url', url]], text)
    t.ok(hasUrl(text), text)
  }
})

t.test('names, tags, commands, e-mail addresses', async t => {
  t.same(found('@alice: #birds /help a.b+c@x.co.uk'), [
    ['mention', '@alice'],
    ['hashtag', '#birds'],
    ['command', '/help'],
    ['email', 'a.b+c@x.co.uk'],
  ])
  t.same(found('/start@petrel_bot'), [['command', '/start@petrel_bot']])
  t.same(found('#море #海 #2026год'), [
    ['hashtag', '#море'],
    ['hashtag', '#海'],
    ['hashtag', '#2026год'],
  ])
})

t.test('what is found passes the server’s checks, in any text', async () => {
  const part = fc.constantFrom(
    ...'@#/._-:)(a1é🐦 \n'.split(/(?:)/u),
    'https://',
    'www.',
    '@alice',
    '#tag',
    '/cmd',
    'x.org',
    'a@b.cd',
  )
  fc.assert(
    fc.property(fc.array(part, { maxLength: 30 }), parts => {
      const text = parts.join('')
      if (text.trim() !== '') checkText(text, detect(text), Number.MAX_SAFE_INTEGER)
      for (const { t, o, l } of detect(text)) {
        if (t === 'url' && !hasUrl(text.slice(o, o + l))) throw new Error(`missed in ${text}`)
      }
    }),
    { numRuns: 10_000 },
  )
})

t.test('the longest text of each shape is looked through', async t => {
  const chars = plans.premium.messageCharsMax
  for (const unit of [
    'a',
    '@',
    'a@',
    '#',
    '#1',
    '/',
    '.',
    'a.',
    'www.',
    'http://',
    'https://a)',
    '-a@b.',
    'é',
  ])
    t.ok(Array.isArray(detect(unit.repeat(chars).slice(0, chars))), unit)
})

t.test('a text that leads elsewhere needs the right to links, marked or not', async t => {
  const links = right.post | right.links
  t.equal(needOf('Hello', undefined), right.post)
  t.equal(needOf('Hello', [{ t: 'bold', o: 0, l: 5 }]), right.post)
  t.equal(needOf('@alice #tag a//b', [{ t: 'mention', o: 0, l: 6 }]), right.post)
  t.equal(needOf('Hello', [{ t: 'link', o: 0, l: 5, url: 'https://x.org' }]), links)
  t.equal(needOf('x.org', [{ t: 'url', o: 0, l: 5 }]), links)
  t.equal(needOf('a@x.org', [{ t: 'email', o: 0, l: 7 }]), links)
  t.equal(needOf('see https://x.org', undefined), links)
  t.equal(needOf('see www.x.org', []), links)
})
