// The page's look in languages that are written from right to left: its style sheets say start and end, never left and right.

import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import t from 'tap'

const styles = fileURLToPath(new URL('../../web/styles', import.meta.url))

/** Where a side of the screen is meant, each with the reason. */
const meant: Readonly<Record<string, string>> = {
  'settings.css: border-width: 0 2px 2px 0': 'Turned by 45 degrees it points downwards.',
}

const sides = ['margin', 'padding', 'inset', 'scroll-margin', 'scroll-padding']
const borders = ['border-width', 'border-style', 'border-color']

/** The declarations of a style sheet that put something to the left or to the right. */
function physicalIn(css: string): string[] {
  const bare = css.replaceAll(/\/\*[\s\S]*?\*\//g, '')
  return [...bare.matchAll(/([\w-]+)\s*:\s*([^;{}]+?)\s*[;}]/g)].flatMap(
    ([, name = '', value = '']) => (isPhysical(name, value) ? `${name}: ${value}` : []),
  )
}

function isPhysical(name: string, value: string): boolean {
  if (/(^|-)(left|right)(-|$)/.test(name) && !name.startsWith('--')) return true
  if (/(?<![\w-])(left|right)(?![\w-])/.test(value)) return true
  if (/translate(X|3d)?\(\s*(?!0[\s,)])/.test(value)) return true
  if (name === 'translate') return !/^(0|none)\b/.test(value)
  if (name === 'border-radius') return value.split('/').some(hasUnlikeCorners)
  return [...sides, ...borders].includes(name) && hasUnlikeSides(value)
}

/** Top, right, bottom, left. */
function hasUnlikeSides(value: string): boolean {
  const [, right, , left = right] = partsOf(value)
  return right !== left
}

/** From the top left one on, clockwise. */
function hasUnlikeCorners(value: string): boolean {
  const [topLeft, topRight = topLeft, bottomRight = topLeft, bottomLeft = topRight] = partsOf(value)
  return topLeft !== topRight || bottomRight !== bottomLeft
}

/** A value's parts; those in brackets are one with what stands before them. */
function partsOf(value: string): string[] {
  const parts: string[] = []
  let depth = 0
  let isOpen = false
  for (const char of value.trim()) {
    if (char === '(') depth++
    if (char === ')') depth--
    const isGap = depth === 0 && /\s/.test(char)
    if (isGap) isOpen = false
    else if (isOpen) parts.push(`${parts.pop()}${char}`)
    else {
      parts.push(char)
      isOpen = true
    }
  }
  return parts
}

t.test('what has a left or a right is seen, and what has not is left alone', async t => {
  const physical = [
    'left: 0',
    'margin-left: 1rem',
    'padding-right: 0',
    'border-left: 1px solid',
    'border-top-left-radius: 4px',
    'scroll-margin-right: 1px',
    'text-align: right',
    'float: left',
    'background: linear-gradient(to right, red, blue)',
    'transform-origin: top left',
    'transform: translateX(-50%)',
    'transform: translate(4px, 0)',
    'translate: 1px',
    'padding: 0 1px 0 2px',
    'margin: 0 auto 0 calc(1px + 2px)',
    'inset: 0 auto auto 0',
    'border-width: 0 0 0 2px',
    'border-radius: 4px 0',
    'border-radius: 4px 0 0 4px',
  ]
  t.same(physicalIn(`a:hover { ${physical.join('; ')} }`), physical)
  const logical = [
    'inset-inline-start: 0',
    'margin-inline: 1px 2px',
    'text-align: end',
    'float: inline-end',
    'border-start-start-radius: 4px',
    'padding: 1px 2px',
    'padding: 1px 2px 3px',
    'padding: 1px max(1px, calc((100% - 2px) / 2)) 3px max(1px, calc((100% - 2px) / 2))',
    'margin: 0 auto',
    'inset: 0',
    'border-radius: 4px 4px 0 0',
    'border-radius: 50%',
    'transform: translate(0, 4px)',
    'padding-inline: env(safe-area-inset-left) env(safe-area-inset-right)',
    'align-content: normal',
    '--length-left: 1px',
  ]
  t.same(physicalIn(`/* left: 0; */ .length-left { ${logical.join(';')}; }`), [])
})

t.test('no style sheet of the page puts anything to the left or to the right', async t => {
  const files = readdirSync(styles).filter(name => name.endsWith('.css'))
  t.ok(files.length > 10, `${files.length} style sheets`)
  const found = files.flatMap(file =>
    physicalIn(readFileSync(`${styles}/${file}`, 'utf8')).map(each => `${file}: ${each}`),
  )
  t.same(found, Object.keys(meant))
})
