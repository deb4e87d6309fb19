// A number with its noun, in Russian: 1 сообщение, 2 сообщения, 5 сообщений.

const rules = new Intl.PluralRules('ru')

/** The form of a word that goes with a number: 1, 21, 101 … · 2–4, 22–24 … · all others. */
export function form(n: number, one: string, few: string, many: string): string {
  const rule = rules.select(n)
  if (rule === 'one') return one
  // Fractions take the form of "few" as well: 1,5 сообщения.
  return rule === 'many' ? many : few
}

export const count = (n: number, one: string, few: string, many: string) =>
  `${n.toLocaleString('ru')} ${form(n, one, few, many)}`
