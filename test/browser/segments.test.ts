// Formatted text becomes a tree that loses no character and leads nowhere dangerous, whatever the entities are.

import fc from 'fast-check'
import t from 'tap'
import { entityTypes } from '#shared/protocol/entities.ts'
import {
  formattingWithin,
  jumboOf,
  type Node,
  safeHref,
  toNodes,
} from '../../web/state/segments.ts'

function textOf(nodes: readonly Node[]): string {
  return nodes.map(node => (node.kind === 'text' ? node.text : textOf(node.children))).join('')
}

/** The tree in a short notation: spans as `type(…)`. */
function shape(nodes: readonly Node[]): string {
  return nodes
    .map(node => (node.kind === 'text' ? node.text : `${node.entity.t}(${shape(node.children)})`))
    .join('')
}

t.test('any entities leave every character in place and in order', async t => {
  const entity = fc.record({
    t: fc.constantFrom(...entityTypes),
    o: fc.nat(60),
    l: fc.integer({ min: 1, max: 60 }),
  })
  fc.assert(
    fc.property(fc.string({ maxLength: 50 }), fc.array(entity, { maxLength: 12 }), (text, ents) => {
      t.equal(textOf(toNodes(text, ents)), text)
    }),
  )
})

t.test('nested spans nest, crossing spans are split where the other ends', async t => {
  const nested = [
    { t: 'bold' as const, o: 0, l: 7 },
    { t: 'italic' as const, o: 2, l: 3 },
  ]
  t.equal(shape(toNodes('abcdefgh', nested)), 'bold(abitalic(cde)fg)h')
  const crossing = [
    { t: 'bold' as const, o: 0, l: 4 },
    { t: 'italic' as const, o: 2, l: 4 },
  ]
  t.equal(shape(toNodes('abcdefgh', crossing)), 'bold(abitalic(cd))italic(ef)gh')
})

t.test('typed addresses become links, but not inside code', async t => {
  t.equal(shape(toNodes('see https://example.org/a.')), 'see url(https://example.org/a).')
  const code = [{ t: 'code' as const, o: 0, l: 19 }]
  t.equal(shape(toNodes('https://example.org', code)), 'code(https://example.org)')
})

t.test('only harmless schemes lead anywhere', async t => {
  for (const good of ['https://a.b', 'HTTP://a.b', 'mailto:a@b.c', 'tel:+1']) {
    t.equal(safeHref(good), good)
  }
  for (const bad of [
    'javascript:alert(1)',
    ' javascript:x',
    'data:text/html,x',
    '//a.b',
    'https://<b>',
    'https://a b',
    'https:a',
    '',
  ]) {
    t.equal(safeHref(bad), null, bad)
  }
})

t.test('one to three emojis alone are shown large', async t => {
  t.equal(jumboOf('👍'), 1)
  t.equal(jumboOf('👨‍💻 🇳🇴\n❤️'), 3)
  for (const words of ['', 'a', '👍👍👍👍', '👍 ok', '1', '#']) t.equal(jumboOf(words), 0, words)
  t.equal(jumboOf('👍', [{ t: 'spoiler', o: 0, l: 2 }]), 0)
})

t.test('a part of a text takes its formatting along, but nothing that leads anywhere', async t => {
  const ents = [
    { t: 'bold' as const, o: 0, l: 8 },
    { t: 'link' as const, o: 2, l: 4, url: 'https://a.b' },
    { t: 'code' as const, o: 9, l: 3 },
  ]
  t.same(formattingWithin(ents, 4, 10), [
    { t: 'bold', o: 0, l: 4 },
    { t: 'code', o: 5, l: 1 },
  ])
})
