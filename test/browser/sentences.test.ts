// The page's sentences in each language: none missing, none empty, none left in English, and the plural forms of Russian.
// Types find a missing key; here is what they cannot see.

import t from 'tap'
import { en } from '../../web/locales/en/index.ts'
import { ru } from '../../web/locales/ru/index.ts'

type Leaf = string | ((...args: never[]) => string)
type Callable = (...args: unknown[]) => string

/** Those that are the same in every language. */
const same = new Set(['lang', 'dir', 'app'])

/** Every sentence by its path, as `chats.unread`. */
function leaves(node: object, path = ''): Map<string, Leaf> {
  const found = new Map<string, Leaf>()
  for (const [key, value] of Object.entries(node)) {
    const at = path === '' ? key : `${path}.${key}`
    if (typeof value === 'object' && value !== null) {
      for (const [inner, leaf] of leaves(value, at)) found.set(inner, leaf)
    } else found.set(at, value as Leaf)
  }
  return found
}

/** What a sentence says of this number; undefined when it is not made for one. */
function saidOf(leaf: Leaf | undefined, n: number): string | undefined {
  if (typeof leaf !== 'function') return undefined
  try {
    return (leaf as Callable)(...Array.from({ length: leaf.length }, () => n))
  } catch {
    return undefined
  }
}

/** The words without the number: two numbers of one form say the same. */
const wordsOf = (leaf: Leaf | undefined, n: number) => saidOf(leaf, n)?.replaceAll(/\d+/g, '#')

function sampleOf(leaf: Leaf): string {
  if (typeof leaf === 'string') return leaf
  try {
    const said = (leaf as Callable)(...Array.from({ length: leaf.length }, () => 'Ω'))
    return said.includes('NaN') ? (saidOf(leaf, 5) ?? said) : said
  } catch {
    return saidOf(leaf, 5) ?? (leaf as Callable)(['Ω'], 5)
  }
}

/** What is wrong with the plurals of a Russian sentence whose English one has two forms. */
function wrongForms(leaf: Leaf | undefined): string[] {
  const form = (n: number) => wordsOf(leaf, n)
  const equal: [number, number][] = [
    [1, 21],
    [1, 101],
    [2, 3],
    [2, 24],
    [5, 11],
    [5, 12],
    [5, 14],
    [5, 25],
    [5, 111],
  ]
  const wrong = equal.filter(([a, b]) => form(a) !== form(b)).map(([a, b]) => `${a} is not as ${b}`)
  if (form(1) === form(2)) wrong.push('1 is as 2')
  if (form(2) === form(5)) wrong.push('2 is as 5')
  return wrong
}

const english = leaves(en)
const russian = leaves(ru)

t.test('both languages have the same sentences, with the same gaps to fill', async t => {
  t.ok(english.size > 100, `${english.size} sentences`)
  t.same([...russian.keys()].sort(), [...english.keys()].sort())
  for (const [path, leaf] of english) {
    const other = russian.get(path)
    t.equal(typeof other, typeof leaf, path)
    // A sentence may need fewer of the arguments than the other, never more.
    if (typeof leaf === 'function' && typeof other === 'function')
      t.ok(other.length <= leaf.length, path)
  }
})

t.test('no sentence is empty or shows a hole', async t => {
  for (const [name, language] of [
    ['en', english],
    ['ru', russian],
  ] as const) {
    for (const [path, leaf] of language) {
      const said = sampleOf(leaf)
      // Where a sign stands instead of words, it does so in each language.
      if (sampleOf(english.get(path) ?? '') !== '') t.match(said, /\S/, `${name} ${path}`)
      else t.equal(said, '', `${name} ${path}`)
      t.notMatch(said, /undefined|NaN|\[object/, `${name} ${path}`)
      t.equal(said, said.trim(), `${name} ${path} has no spaces around it`)
    }
  }
})

t.test('what a person or chat is called stands in the sentence that takes it', async t => {
  for (const [path, leaf] of russian) {
    if (typeof leaf !== 'function' || leaf.length === 0) continue
    const inEnglish = sampleOf(english.get(path) ?? '')
    if (inEnglish.includes('Ω')) t.match(sampleOf(leaf), /Ω/, path)
  }
})

t.test('nothing in Russian is left in English, and nothing in English is Russian', async t => {
  for (const [path, leaf] of russian) {
    const hasWords = /[a-z]{2}/i.test(sampleOf(english.get(path) ?? ''))
    if (hasWords && !same.has(path)) t.match(sampleOf(leaf), /[а-яё]/i, path)
  }
  for (const [path, leaf] of english) t.notMatch(sampleOf(leaf), /[а-яё]/i, path)
})

t.test('where English tells one from many, Russian has its three forms', async t => {
  // Some say one thing without its number, as "Delete this message?".
  const counted = [...english].filter(
    ([, leaf]) => saidOf(leaf, 1)?.includes('1') && wordsOf(leaf, 1) !== wordsOf(leaf, 2),
  )
  t.ok(counted.length > 5, `${counted.length} sentences count something`)
  for (const [path] of counted) t.same(wrongForms(russian.get(path)), [], path)
})

t.test('the check of plurals sees forms that are wrong', async t => {
  const twoForms = (n: number) => `${n} ${n === 1 ? 'сообщение' : 'сообщений'}`
  t.not(wrongForms(twoForms).length, 0)
  const forms = ['й', 'е', 'я', 'я', 'я', 'й', 'й', 'й', 'й', 'й']
  const byLastDigit = (n: number) => `${n} сообщени${forms[n % 10]}`
  t.not(wrongForms(byLastDigit).length, 0, '11 to 14 are many')
})

t.test('names in a row are told apart, also one that holds commas', async t => {
  const three = ['Alice', 'Bob', 'Carol']
  t.equal(en.service.and(three, 0), 'Alice, Bob and Carol')
  t.equal(en.service.and(three, 2), 'Alice, Bob, Carol and 2 others')
  t.equal(ru.service.and(three, 0), 'Alice, Bob и Carol')
  t.equal(ru.service.and(three, 2), 'Alice, Bob, Carol и ещё 2 человека')
  for (const { service } of [en, ru]) {
    t.equal(service.and([], 0), '')
    t.equal(service.and(['Alice, Bob'], 0), 'Alice, Bob', 'one person')
    t.match(service.and(['Alice', 'Bob, Carol'], 0), /^Alice (and|и) Bob, Carol$/)
  }
})

t.test('in Russian the verb goes with who did it: a person of either sex, or you', async t => {
  const { pinned, created } = ru.service
  t.equal(pinned('Алиса'), 'Алиса закрепил(а) сообщение')
  t.equal(pinned(ru.chats.you), 'Вы закрепили сообщение')
  t.equal(created(ru.chats.you, 'Лодка'), 'Вы создали «Лодка»')
})
