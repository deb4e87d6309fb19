// What a page says of itself, however it says it, and that no page makes its reader work for long.

import t from 'tap'
import { limits } from '#shared/protocol/limits.ts'
import { readPage } from './read-page.ts'

async function* inPieces(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size)
}
const read = (
  page: string | Uint8Array,
  { charset, size = 1_000 }: { charset?: string; size?: number } = {},
) => readPage(inPieces(typeof page === 'string' ? Buffer.from(page) : page, size), charset)

t.test('Open Graph goes before Twitter, that before the plain elements', async t => {
  const plain = '<title>Plain</title><meta name=description content="A plain page">'
  const twitter =
    '<meta name="twitter:title" content="Tweet"><meta name="twitter:description" content="A tweet">'
  const og =
    '<meta property="og:title" content="Graph"><meta property="og:description" content="A graph"><meta property="OG:Site_Name" content="Site">'
  t.match(await read(`<head>${plain}</head>`), { title: 'Plain', text: 'A plain page', site: '' })
  t.match(await read(`<head>${plain}${twitter}</head>`), { title: 'Tweet', text: 'A tweet' })
  for (const page of [plain + twitter + og, og + twitter + plain]) {
    t.match(await read(`<html><head>${page}</head><body>`), {
      title: 'Graph',
      text: 'A graph',
      site: 'Site',
    })
  }
})

t.test('in pieces of any size it is the same page', async t => {
  const page =
    '<!doctype html><title>Möwe &amp; Sturm</title><meta property=og:title content="Zwei &lt;Vögel&gt;">'
  for (const size of [1, 2, 3, 7, 10_000])
    t.equal((await read(page, { size })).title, 'Zwei <Vögel>', `${size}`)
})

t.test('pages without head tags, with an SVG in front, with the wrong case', async t => {
  t.equal((await read('<TITLE>Old</TITLE><BODY>')).title, 'Old')
  t.equal((await read('<title>First</title><svg><title>Icon</title></svg>')).title, 'First')
  t.equal((await read('<body><p>x</p><meta property="og:title" content="Late">')).title, 'Late')
  t.equal(
    (await read('<head></head><body><title>Body</title>')).title,
    '',
    'what comes after the head does not count',
  )
  t.equal((await read('')).title, '')
  t.equal(
    (
      await read(
        '<!-- <title>Hidden</title> --><script>"<title>No</title>"</script><title>Yes</title>',
      )
    ).title,
    'Yes',
  )
})

t.test('a charset is taken from the content type, a mark, or the page', async t => {
  const latin = Buffer.from('<meta charset="iso-8859-1"><title>caf\xe9</title>', 'latin1')
  t.equal((await read(latin)).title, 'café')
  t.equal(
    (await read(Buffer.from('<title>caf\xe9</title>', 'latin1'), { charset: 'windows-1252' }))
      .title,
    'café',
  )
  const cyrillic = Buffer.from([0x3c, 0x74, 0x69, 0x74, 0x6c, 0x65, 0x3e, 0xcf, 0xf0, 0xe8])
  t.equal((await read(cyrillic, { charset: 'windows-1251' })).title, 'При')
  const wide = Buffer.concat([
    Buffer.from([0xff, 0xfe]),
    Buffer.from('<title>été</title>', 'utf16le'),
  ])
  t.equal((await read(wide)).title, 'été')
  t.equal((await read('<title>naïve</title>', { charset: 'x-unknown' })).title, 'naïve')
  t.equal(
    (
      await read(
        '<meta http-equiv="content-type" content="text/html; charset=utf-8"><title>é</title>',
      )
    ).title,
    'é',
  )
})

t.test('texts are one clean line of bounded length', async t => {
  const page = (title: string) => read(`<title>${title}</title>`).then(about => about.title)
  t.equal(await page('  two\n\tlines \u0000 and\u202e turned\u2066  '), 'two lines and turned')
  const long = (await page('x'.repeat(100_000))) ?? ''
  t.equal(long.length, limits.previewTitleCharsMax)
  t.ok(long.endsWith('…'))
  const pairs = (await page(`x${'🐦'.repeat(1_000)}`)) ?? ''
  t.ok(pairs.length <= limits.previewTitleCharsMax)
  t.ok(pairs.isWellFormed())
  const meta = await read(
    `<meta name=description content="${'y'.repeat(100_000)}"><meta property=og:site_name content="${'z'.repeat(500)}">`,
  )
  t.equal(meta.text?.length, limits.previewTextCharsMax)
  t.equal(meta.site?.length, limits.previewSiteCharsMax)
})

/** Without a bound on the depth the second one took 28 s. */
t.test('deep, broken and endless pages are left early', async t => {
  const million = 1_000_000
  const pages = {
    deep: '<div>'.repeat(million / 5),
    'deep, and closing what was never opened':
      '<b>'.repeat(million / 6) + '</c>'.repeat(million / 8),
    'a tag without end': `<a ${'x '.repeat(million / 2)}`,
    'an attribute without end': `<meta content="${'x'.repeat(million)}`,
    'a comment without end': `<!--${'-'.repeat(million)}`,
    'a title without end': `<title>${'<'.repeat(million)}`,
    'a script without end': `<script>${'</scrip'.repeat(million / 7)}`,
    entities: `<title>${'&amp'.repeat(million / 4)}`,
    'metas without end': '<meta property="og:title" content="">'.repeat(million / 37),
  }
  for (const [what, page] of Object.entries(pages)) {
    const { user } = process.cpuUsage()
    t.ok(await read(page, { size: 16_384 }), what)
    t.comment(`${what}: ${Math.round((process.cpuUsage().user - user) / 1_000)} ms`)
  }
  let pulled = 0
  async function* endless(): AsyncGenerator<Uint8Array> {
    yield Buffer.from('<head><title>Endless</title></head>')
    for (;;) {
      pulled += 1
      yield Buffer.alloc(1_024, 'x')
    }
  }
  t.equal((await readPage(endless(), undefined)).title, 'Endless')
  t.ok(pulled <= 2, 'what follows the head is not waited for')
})
