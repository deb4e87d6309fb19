// Which link a preview is of.

import t from 'tap'
import type { Entity } from './entities.ts'
import { firstLink } from './first-link.ts'

const url = (text: string, address: string): Entity => ({
  t: 'url',
  o: text.indexOf(address),
  l: address.length,
})

t.test('the first marked address counts, whatever the order of the marks', async t => {
  const text = 'https://a.example/ and https://b.example/'
  const marks = [url(text, 'https://b.example/'), url(text, 'https://a.example/')]
  t.equal(firstLink(text, marks), 'https://a.example/')
  t.equal(firstLink(text, marks.slice(0, 1)), 'https://b.example/')
  const link: Entity = { t: 'link', o: 0, l: 4, url: 'http://c.example/x?y=1#z' }
  t.equal(firstLink('look', [link]), 'http://c.example/x?y=1', 'a fragment is not asked for')
})

t.test('addresses that nobody marked count, but for those in code', async t => {
  t.equal(firstLink('see www.example.org.', undefined), 'https://www.example.org/')
  t.equal(firstLink('see HTTP://Example.ORG/Path', []), 'http://example.org/Path')
  const text = 'run https://a.example/ or https://b.example/'
  const code: Entity = { t: 'code', o: 4, l: 18 }
  t.equal(firstLink(text, [code]), 'https://b.example/')
})

t.test('nothing else is a link to look at', async t => {
  t.equal(firstLink('no link here', undefined), null)
  for (const address of [
    'mailto:a@b.example',
    'tel:+123',
    'https://',
    'https://user:pw@a.example/',
  ]) {
    t.equal(firstLink('look', [{ t: 'link', o: 0, l: 4, url: address }]), null, address)
  }
  t.equal(firstLink('ftp://a.example', [url('ftp://a.example', 'ftp://a.example')]), null)
  const long = `https://a.example/${'x'.repeat(2_100)}`
  t.equal(firstLink(long, [url(long, long)]), null)
})
