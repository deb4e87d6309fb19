// Text that becomes HTML: everything put into a template is escaped unless it is HTML already. For page.ts and its
// parts; what a report says must never run in the page that shows it.

/** HTML that is safe to put into a page as it is. */
export class Html {
  readonly text: string
  constructor(text: string) {
    this.text = text
  }
}

type Value = string | number | Html | null | readonly Html[]

/** html`<p>${text}</p>`: strings are escaped, HTML is not, null is nothing. */
export function html(parts: TemplateStringsArray, ...values: readonly Value[]): Html {
  return new Html(parts.map((part, i) => part + textOf(values[i] ?? null)).join(''))
}

/** Data for a script to read by JSON.parse: nothing in it can end the element. */
export function jsonScript(id: string, data: unknown): Html {
  const text = JSON.stringify(data).replaceAll('<', '\\u003c')
  return html`<script type="application/json" id="${id}">${new Html(text)}</script>`
}

/** Safe between tags and in quoted attributes. */
export function escaped(text: string): string {
  return text.replaceAll(/[&<>"'`]/g, character => `&#${character.charCodeAt(0)};`)
}

function textOf(value: Value): string {
  if (value === null) return ''
  if (value instanceof Html) return value.text
  if (typeof value === 'object') return value.map(({ text }) => text).join('')
  return escaped(String(value))
}
