import t from 'tap'
import { limits } from './limits.ts'
import { ops } from './ops.ts'
import { allowedReactions, isEmoji, standardReactions } from './reactions.ts'

t.test('one emoji is one picture, however many code points it takes', async t => {
  const pictures = {
    plain: '👍',
    'with its variation selector': '❤️',
    'with a skin tone': '👍🏽',
    'joined family': '👨‍👩‍👧‍👦',
    'couple of two skin tones, the longest there is': '👩🏻‍❤️‍💋‍👨🏿',
    flag: '🇳🇴',
    'flag of a part of a country': '🏴󠁧󠁢󠁳󠁣󠁴󠁿',
    keycap: '3️⃣',
    'joined with a selector': '❤️‍🔥',
  }
  for (const [name, picture] of Object.entries(pictures)) t.ok(isEmoji(picture), name)
})

t.test('anything else is none', async t => {
  const others = {
    nothing: '',
    two: '👍👍',
    'one and a letter': '👍a',
    'one and a space': '👍 ',
    'one and a line break': '👍\n',
    letter: 'a',
    digit: '1',
    'the heart as text': '❤',
    'the heart asked to be text': '❤\uFE0E',
    'half a flag': '🇳',
    'three quarters of two flags': '🇳🇴🇸',
    'a joiner at the end': '👨‍',
    'no such family': '👍‍👍',
    'half a pair': '\ud83d',
    nul: '\0',
    'a selector alone': '\uFE0F',
    'very many': '👍'.repeat(1_000),
  }
  for (const [name, text] of Object.entries(others)) t.notOk(isEmoji(text), name)
})

t.test(
  'the standard ones are emojis, each once, and allowed where a chat says nothing',
  async t => {
    t.same(
      standardReactions.filter(emoji => !isEmoji(emoji)),
      [],
    )
    t.equal(new Set(standardReactions).size, standardReactions.length)
    t.ok(standardReactions.length <= limits.reactionsAllowedMax)
    t.equal(allowedReactions(null), standardReactions)
    t.equal(allowedReactions(undefined), standardReactions)
    t.same(allowedReactions([]), [])
  },
)

t.test('the bounds of what clients may ask for', async t => {
  const emojis = (n: number) => standardReactions.slice(0, n)
  const react = (list: readonly string[]) =>
    ops.react.in.safeParse({ chat: 1, seq: 1, emojis: list }).success
  t.ok(react([]))
  t.ok(react(emojis(3)))
  t.notOk(react(emojis(4)))
  t.notOk(react(['ok']))
  const allow = (allowed: unknown) => ops.setReactions.in.safeParse({ chat: 1, allowed }).success
  const many = (n: number) => Array.from({ length: n }, () => '👍')
  t.ok(allow('all'))
  t.ok(allow([]))
  t.ok(allow(many(limits.reactionsAllowedMax)))
  t.notOk(allow(many(limits.reactionsAllowedMax + 1)))
  t.notOk(allow('none'))
  t.notOk(allow(['x']))
})

t.test('the bounds of a poll', async t => {
  const poll = (more: object) =>
    ops.createPoll.in.safeParse({ chat: 1, rid: 1, question: 'Q', options: ['a', 'b'], ...more })
      .success
  const options = (n: number) => Array.from({ length: n }, (_, i) => `${i}`)
  t.ok(poll({}))
  t.ok(poll({ options: options(limits.pollOptionsMax) }))
  t.notOk(poll({ options: options(limits.pollOptionsMax + 1) }))
  t.notOk(poll({ options: options(limits.pollOptionsMin - 1) }))
  t.ok(poll({ question: 'x'.repeat(limits.pollQuestionCharsMax) }))
  t.notOk(poll({ question: 'x'.repeat(limits.pollQuestionCharsMax + 1) }))
  t.notOk(poll({ question: '  ' }))
  t.ok(poll({ options: ['a', 'x'.repeat(limits.pollOptionCharsMax)] }))
  t.notOk(poll({ options: ['a', 'x'.repeat(limits.pollOptionCharsMax + 1)] }))
  t.notOk(poll({ options: ['a', ' '] }))
  const why = (n: number) => poll({ quiz: { correct: 0, explanation: 'x'.repeat(n) } })
  t.ok(why(limits.pollExplanationCharsMax))
  t.notOk(why(limits.pollExplanationCharsMax + 1))
  t.notOk(poll({ quiz: { correct: -1 } }))
  t.ok(poll({ closesInS: limits.pollOpenSMin }))
  t.notOk(poll({ closesInS: limits.pollOpenSMin - 1 }))
  t.ok(poll({ closesInS: limits.pollOpenSMax }))
  t.notOk(poll({ closesInS: limits.pollOpenSMax + 1 }))
  const page = (op: 'reactors' | 'voters', limit: number) =>
    ops[op].in.safeParse({ chat: 1, seq: 1, option: 0, limit }).success
  t.ok(page('reactors', limits.pageReactorsMax))
  t.notOk(page('reactors', limits.pageReactorsMax + 1))
  t.ok(page('voters', limits.pageVotersMax))
  t.notOk(page('voters', limits.pageVotersMax + 1))
})
