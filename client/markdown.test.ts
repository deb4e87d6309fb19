import fc from 'fast-check'
import t from 'tap'
import { checkText, type Entity, isStorable } from '#shared/protocol/entities.ts'
import { limits } from '#shared/protocol/limits.ts'
import { fromMarkdown, toMarkdown, withDetected } from './markdown.ts'

const at = (t: Entity['t'], o: number, l: number, more: Partial<Entity> = {}): Entity => ({
  t,
  o,
  l,
  ...more,
})
const reads = (source: string, text: string, ...ents: Entity[]) => {
  t.strictSame(fromMarkdown(source), { text, ents }, JSON.stringify(source))
}

/** Throws unless the server takes it. */
function assertValid({ text, ents }: { text: string; ents: Entity[] }): void {
  if (text.trim() !== '' && isStorable(text)) checkText(text, ents, Number.MAX_SAFE_INTEGER)
  if (ents.length > limits.entitiesMax) throw new Error('too many entities')
}

t.test('what cannot be formatting stays text', async t => {
  const plain = [
    '',
    ' ',
    'a * b _ c',
    '2 ** 3 ** 4',
    '**',
    '****',
    '** a **',
    '**a',
    'a**',
    '**a **',
    '``',
    'a ` b',
    'one ` line\nanother ` line',
    '[a]',
    '[a](b)',
    '[a](javascript:alert(1))',
    '[a](data:text/html,x)',
    '[](https://example.org)',
    '[ ](https://example.org)',
    '[a](petrel://user/0)',
    '[a](petrel://user/99999999999999999)',
    '>',
    '>\n>',
    'a > b',
    'if (a || b || c) i++; j++',
    '¯\\_(ツ)_/¯',
    'C:\\temp\\new',
    '```\n```',
  ]
  for (const source of plain) {
    const { text, ents } = fromMarkdown(source)
    t.strictSame([text, ents.filter(({ t }) => t !== 'url')], [source, []], JSON.stringify(source))
  }
})

t.test('each mark', async () => {
  reads('**a** b', 'a b', at('bold', 0, 1))
  reads('x __a__', 'x a', at('italic', 2, 1))
  reads('^^a^^', 'a', at('underline', 0, 1))
  reads('~~a~~', 'a', at('strike', 0, 1))
  reads('||a||', 'a', at('spoiler', 0, 1))
  reads('`a b`', 'a b', at('code', 0, 3))
  reads('`` a`b ``', 'a`b', at('code', 0, 3))
  reads('```a```', 'a', at('pre', 0, 1))
  reads('```ts\nlet a\n```', 'let a', at('pre', 0, 5, { lang: 'ts' }))
  reads('```\nlet a\n```', 'let a', at('pre', 0, 5))
  reads('[a b](https://x.org)', 'a b', at('link', 0, 3, { url: 'https://x.org' }))
  reads('[a](https://x.org/b_(c))', 'a', at('link', 0, 1, { url: 'https://x.org/b_(c)' }))
  reads('[Bob](petrel://user/7)', 'Bob', at('userMention', 0, 3, { user: 7 }))
  reads('> a\n> b\nc', 'a\nb\nc', at('quote', 0, 3))
  reads('a\n>b\n>\n>c', 'a\nb\n\nc', at('quote', 2, 4))
})

t.test('offsets count UTF-16 code units', async () => {
  reads('🐦 **🐦🐦** `é`', '🐦 🐦🐦 é', at('bold', 3, 4), at('code', 8, 1))
})

t.test('marks within marks, and those that would cross', async () => {
  reads('**a __b__**', 'a b', at('bold', 0, 3), at('italic', 2, 1))
  reads('**__a__**', 'a', at('bold', 0, 1), at('italic', 0, 1))
  reads('__**a**__', 'a', at('italic', 0, 1), at('bold', 0, 1))
  reads('**a __b** c__', 'a __b c__', at('bold', 0, 5))
  reads('[**a**](https://x.org)', 'a', at('link', 0, 1, { url: 'https://x.org' }), at('bold', 0, 1))
  reads('**[a**](https://x.org)', '[a](https://x.org)', at('bold', 0, 2), at('url', 4, 13))
  reads('> **a\n> b**', 'a\nb', at('quote', 0, 3), at('bold', 0, 3))
  reads('**a\n> b**', '**a\nb**', at('quote', 4, 3))
  reads('`**a**`', '**a**', at('code', 0, 5))
  reads('**a****b**', 'ab', at('bold', 0, 2))
})

t.test('a backslash takes a mark its meaning, and is one before anything else', async () => {
  reads('\\**a**', '**a**')
  reads('\\`a`', '`a`')
  reads('\\[a](https://x.org)', '[a](https://x.org)', at('url', 4, 13))
  reads('\\> a', '> a')
  reads('a \\> b', 'a \\> b')
  reads('a\\\\b', 'a\\b')
})

t.test('code is left alone, also over the lines of what looks like a quote', async () => {
  reads('```\n> a\n**b**\n```', '> a\n**b**', at('pre', 0, 9))
  reads('```\na ``` b', 'a  b', at('pre', 0, 2))
  reads('````\n```\n````', '```', at('pre', 0, 3))
})

t.test('addresses, names, tags and commands are found by themselves', async () => {
  reads(
    'see https://x.org/a, and www.x.org.',
    'see https://x.org/a, and www.x.org.',
    at('url', 4, 15),
    at('url', 25, 9),
  )
  reads('(https://x.org/b_(c))', '(https://x.org/b_(c))', at('url', 1, 19))
  reads('a@x.org', 'a@x.org', at('email', 0, 7))
  reads('@alice, @bo', '@alice, @bo', at('mention', 0, 6))
  reads('#tag #1 #été', '#tag #1 #été', at('hashtag', 0, 4), at('hashtag', 8, 4))
  reads('/start@petrel_bot a/b //', '/start@petrel_bot a/b //', at('command', 0, 17))
  reads(
    '`@alice` **@alice**',
    '@alice @alice',
    at('code', 0, 6),
    at('bold', 7, 6),
    at('mention', 7, 6),
  )
  reads('[@alice](https://x.org)', '@alice', at('link', 0, 6, { url: 'https://x.org' }))
})

t.test('an address keeps what looks like a mark of italics', async () => {
  const source = 'https://docs.org/a.html#o.__init__ and __so__'
  reads(source, 'https://docs.org/a.html#o.__init__ and so', at('url', 0, 34), at('italic', 39, 2))
  reads('**https://x.org**', 'https://x.org', at('bold', 0, 13), at('url', 0, 13))
})

t.test('at most as many entities as the server takes', async t => {
  const { ents } = fromMarkdown('**a** '.repeat(limits.entitiesMax + 1))
  t.equal(ents.length, limits.entitiesMax)
})

/** Sources full of what might be marks. */
const source = fc
  .array(
    fc.constantFrom(
      ...'*_~|^`[]()>\\ \na🐦é@#/.:'.split(''),
      '**',
      '__',
      '~~',
      '||',
      '^^',
      '``',
      '```',
      '> ',
      '\n> ',
      '](https://x.org)',
      '](petrel://user/7)',
      'https://x.org/a__b',
      'www.',
      '🐦',
      'ts\n',
      '@alice',
      '#tag',
      'a@b.cd',
    ),
    { maxLength: 24 },
  )
  .map(parts => parts.join('').toWellFormed())

t.test('any source is read without an error and passes the server’s checks', async () => {
  fc.assert(
    fc.property(source, text => assertValid(fromMarkdown(text))),
    { numRuns: 20_000 },
  )
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), text => assertValid(fromMarkdown(text))),
    { numRuns: 5_000 },
  )
})

t.test('what was read is written so that it reads the same', async () => {
  fc.assert(
    fc.property(source, text => {
      const read = fromMarkdown(text)
      const again = fromMarkdown(toMarkdown(read.text, read.ents))
      return JSON.stringify(again) === JSON.stringify(read)
    }),
    { numRuns: 20_000 },
  )
})

/** A text with any spans that the server accepts. */
const formatted = fc
  .tuple(
    source.filter(text => text.trim() !== ''),
    fc.array(
      fc.record({
        t: fc.constantFrom<Entity['t']>(
          ...([
            'bold',
            'italic',
            'underline',
            'strike',
            'spoiler',
            'quote',
            'code',
            'pre',
            'link',
            'userMention',
          ] as const),
        ),
        o: fc.nat(40),
        l: fc.integer({ min: 1, max: 20 }),
      }),
      { maxLength: 6 },
    ),
  )
  .map(([text, raw]) => {
    const ents: Entity[] = []
    for (const span of raw) {
      const more = {
        ...(span.t === 'link' && { url: 'https://x.org/(a)' }),
        ...(span.t === 'userMention' && { user: 7 }),
      }
      const next = [...ents, { ...span, ...more }].sort((a, b) => a.o - b.o || b.l - a.l)
      try {
        checkText(text, next, Number.MAX_SAFE_INTEGER)
        ents.splice(0, ents.length, ...next)
      } catch {
        // One that does not fit is left out.
      }
    }
    return { text, ents }
  })

t.test('a link on nothing but a space in code is left out', async t => {
  const ents = [at('link', 1, 1, { url: 'https://x.org' }), at('code', 1, 1)]
  t.strictSame(fromMarkdown(toMarkdown('a b', ents)), { text: 'a b', ents: [at('code', 1, 1)] })
})

t.test('any formatted text is written without a change of its text', async () => {
  fc.assert(
    fc.property(formatted, ({ text, ents }) => fromMarkdown(toMarkdown(text, ents)).text === text),
    { numRuns: 20_000 },
  )
})

t.test('plain words with formatting come back as they were', async () => {
  const word = fc.constantFrom('storm', 'petrel', 'é', '🐦', 'a*b', 'x_y')
  const marks = ['bold', 'italic', 'underline', 'strike', 'spoiler'] as const
  const piece = fc.tuple(
    word,
    fc.subarray([...marks]),
    fc.constantFrom(null, 'code', 'link', 'userMention'),
  )
  fc.assert(
    fc.property(
      fc.array(piece, { minLength: 1, maxLength: 5 }),
      fc.boolean(),
      (pieces, isQuote) => {
        let text = ''
        const ents: Entity[] = []
        for (const [word, types, last] of pieces) {
          if (text !== '') text += ' '
          const here = { o: text.length, l: word.length }
          text += word
          for (const type of types) ents.push({ t: type, ...here })
          if (last === 'code') ents.push({ t: 'code', ...here })
          if (last === 'link') ents.push({ t: 'link', ...here, url: 'https://x.org/a?b=(c)' })
          if (last === 'userMention') ents.push({ t: 'userMention', ...here, user: 7 })
        }
        if (isQuote) ents.unshift({ t: 'quote', o: 0, l: text.length })
        t.strictSame(fromMarkdown(toMarkdown(text, ents)), { text, ents: withDetected(text, ents) })
      },
    ),
    { numRuns: 500 },
  )
})
