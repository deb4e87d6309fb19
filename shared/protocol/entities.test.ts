import fc from 'fast-check'
import t from 'tap'
import { AppError } from './codes.ts'
import { checkText, type Entity, entities, entity, entityTypes, isStorable } from './entities.ts'
import { limits } from './limits.ts'

function verdict(text: string, spans?: Entity[], charsMax = 100): string {
  try {
    checkText(text, spans, charsMax)
    return 'ok'
  } catch (error) {
    if (error instanceof AppError) return error.code
    throw error
  }
}

t.test('a text needs something to read', async t => {
  for (const text of ['', ' ', '\n\t ', '\u00a0\u3000']) t.equal(verdict(text), 'text_empty')
  t.equal(verdict(' a '), 'ok')
})

t.test('the length counts UTF-16 code units, up to the plan and not one more', async t => {
  t.equal(verdict('a'.repeat(100)), 'ok')
  t.equal(verdict('a'.repeat(101)), 'text_too_long')
  t.equal(verdict('🐦'.repeat(50)), 'ok')
  t.equal(verdict('🐦'.repeat(51)), 'text_too_long')
})

t.test('what PostgreSQL cannot store is bad_text', async t => {
  for (const text of ['a\0b', '\ud800', 'a\udc00b', '\udc00\ud800', '🐦\ud83d', '\ud83d🐦']) {
    t.equal(verdict(text), 'bad_text', JSON.stringify(text))
    t.notOk(isStorable(text))
  }
  for (const text of ['🐦', '\uffff', '\u0001', '\u200b', 'a\u0301', '\u202eabc', '\ufeffa']) {
    t.equal(verdict(text), 'ok', JSON.stringify(text))
  }
})

t.test('isStorable is exactly: well-formed and without NUL', async () => {
  const unit = fc.constantFrom('a', '\0', '\ud800', '\udbff', '\udc00', '\udfff', '🐦', '€')
  fc.assert(
    fc.property(fc.array(unit, { maxLength: 8 }), units => {
      const text = units.join('')
      return isStorable(text) === (text.isWellFormed() && !text.includes('\0'))
    }),
    { numRuns: 2_000 },
  )
})

t.test('an entity lies inside the text and splits no character', async t => {
  const bold = (o: number, l: number): Entity[] => [{ t: 'bold', o, l }]
  t.equal(verdict('abc', bold(0, 3)), 'ok')
  t.equal(verdict('abc', bold(2, 1)), 'ok')
  t.equal(verdict('abc', bold(2, 2)), 'bad_entities')
  t.equal(verdict('abc', bold(3, 1)), 'bad_entities')
  t.equal(verdict('abc', bold(Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER)), 'bad_entities')
  t.equal(verdict('a🐦b', bold(1, 2)), 'ok')
  t.equal(verdict('a🐦b', bold(0, 2)), 'bad_entities', 'ends within the pair')
  t.equal(verdict('a🐦b', bold(2, 2)), 'bad_entities', 'begins within the pair')
  t.equal(verdict('🐦🐦', bold(2, 2)), 'ok', 'between two pairs')
})

t.test('any span over whole characters is accepted, any other is not', async () => {
  const characters = fc.array(fc.constantFrom('a', '€', '🐦'), { minLength: 1, maxLength: 6 })
  fc.assert(
    fc.property(characters, fc.nat(12), fc.integer({ min: 1, max: 12 }), (units, o, l) => {
      const text = units.join('')
      const edges = new Set([0])
      let at = 0
      for (const unit of units) {
        at += unit.length
        edges.add(at)
      }
      const expected = edges.has(o) && edges.has(o + l) ? 'ok' : 'bad_entities'
      return verdict(text, [{ t: 'italic', o, l }]) === expected
    }),
    { numRuns: 1_000 },
  )
})

t.test('entities stand in order, beside or within each other, and never cross', async t => {
  const at = (o: number, l: number, type: Entity['t'] = 'bold'): Entity => ({ t: type, o, l })
  const of = (...spans: Entity[]) => verdict('abcdefgh', spans)
  t.equal(of(at(0, 2), at(2, 2)), 'ok', 'side by side')
  t.equal(of(at(0, 4), at(0, 4, 'italic')), 'ok', 'the same place')
  t.equal(of(at(0, 4), at(1, 2, 'italic'), at(3, 1, 'italic')), 'ok', 'two within one')
  t.equal(of(at(0, 8, 'quote'), at(0, 4), at(1, 2, 'italic'), at(4, 4)), 'ok', 'three deep')
  t.equal(of(at(2, 2), at(0, 2)), 'bad_entities', 'the wrong way round')
  t.equal(of(at(0, 2), at(0, 4, 'italic')), 'bad_entities', 'the shorter first')
  t.equal(of(at(0, 4), at(2, 4, 'italic')), 'bad_entities', 'crossing')
  t.equal(of(at(0, 8, 'quote'), at(0, 4), at(2, 6, 'italic')), 'bad_entities', 'crossing inside')
  t.equal(of(at(0, 4), at(1, 2)), 'bad_entities', 'bold within bold')
  t.equal(of(at(0, 4), at(0, 4)), 'bad_entities', 'twice the same')
})

t.test('code holds nothing, and what leads somewhere holds nothing that does', async t => {
  for (const outer of entityTypes) {
    for (const inner of entityTypes) {
      const more = (type: Entity['t']) => ({
        ...(type === 'link' && { url: 'https://example.org' }),
        ...(type === 'userMention' && { user: 7 }),
      })
      const spans = [
        { t: outer, o: 0, l: 4, ...more(outer) },
        { t: inner, o: 1, l: 2, ...more(inner) },
      ]
      const leads = ['link', 'mention', 'userMention', 'hashtag', 'command', 'url', 'email']
      const refused =
        outer === inner ||
        outer === 'code' ||
        outer === 'pre' ||
        (leads.includes(outer) && leads.includes(inner))
      t.equal(verdict('abcd', spans), refused ? 'bad_entities' : 'ok', `${inner} within ${outer}`)
    }
  }
})

t.test('only a link has a url, only a userMention a user, only pre a lang', async t => {
  const at = { o: 0, l: 1 }
  t.equal(verdict('a', [{ t: 'link', ...at, url: 'https://example.org' }]), 'ok')
  t.equal(verdict('a', [{ t: 'link', ...at }]), 'bad_entities')
  t.equal(verdict('a', [{ t: 'url', ...at, url: 'https://example.org' }]), 'bad_entities')
  t.equal(verdict('a', [{ t: 'userMention', ...at, user: 7 }]), 'ok')
  t.equal(verdict('a', [{ t: 'userMention', ...at }]), 'bad_entities')
  t.equal(verdict('a', [{ t: 'mention', ...at, user: 7 }]), 'bad_entities')
  t.equal(verdict('a', [{ t: 'pre', ...at, lang: 'ts' }]), 'ok')
  t.equal(verdict('a', [{ t: 'pre', ...at }]), 'ok')
  t.equal(verdict('a', [{ t: 'code', ...at, lang: 'ts' }]), 'bad_entities')
  t.equal(verdict('a', [{ t: 'pre', ...at, lang: '\ud800' }]), 'bad_entities')
  for (const type of entityTypes) {
    const expected = type === 'link' || type === 'userMention' ? 'bad_entities' : 'ok'
    t.equal(verdict('a', [{ t: type, ...at }]), expected, type)
  }
})

t.test('a link leads to http, https, mailto or tel and nowhere else', async t => {
  const link = (url: string) => verdict('a', [{ t: 'link', o: 0, l: 1, url }])
  for (const url of ['http://a', 'HTTPS://a', 'mailto:alice@example.org', 'tel:+123']) {
    t.equal(link(url), 'ok', url)
  }
  const refused = [
    '',
    'example.org',
    '//example.org',
    '/path',
    'javascript:alert(1)',
    'JavaScript:alert(1)',
    ' javascript:alert(1)',
    'data:text/html,x',
    'vbscript:x',
    'file:///etc/passwd',
    'ftp://a',
    'https:a',
    ' https://a',
    'x\nhttps://a',
    'https://a\0',
    'https://\ud800',
  ]
  for (const url of refused) t.equal(link(url), 'bad_entities', JSON.stringify(url))
})

t.test('the shape: known types, whole offsets, bounded strings, at most 100 of them', async t => {
  const fits = (value: unknown) => entity.safeParse(value).success
  t.ok(fits({ t: 'bold', o: 0, l: 1 }))
  t.notOk(fits({ t: 'blink', o: 0, l: 1 }))
  t.notOk(fits({ t: 'bold', o: -1, l: 1 }))
  t.notOk(fits({ t: 'bold', o: 0, l: 0 }))
  t.notOk(fits({ t: 'bold', o: 0.5, l: 1 }))
  t.notOk(fits({ t: 'bold', o: 0, l: 2 ** 53 }))
  t.notOk(fits({ t: 'bold', o: '0', l: 1 }))
  t.notOk(fits({ t: 'link', o: 0, l: 1, url: 'https://'.padEnd(2_049, 'a') }))
  t.notOk(fits({ t: 'pre', o: 0, l: 1, lang: 'x'.repeat(33) }))
  t.notOk(fits({ t: 'userMention', o: 0, l: 1, user: 0 }))
  const many = (n: number) => new Array(n).fill({ t: 'bold', o: 0, l: 1 })
  t.ok(entities.safeParse(many(limits.entitiesMax)).success)
  t.notOk(entities.safeParse(many(limits.entitiesMax + 1)).success)
})
