// Which way a line runs where an element stands.

/** What an arrow to the right means there: 1 on, -1 back, in languages that are written from right to left. */
export function forwardIn(element: Element): 1 | -1 {
  return getComputedStyle(element).direction === 'rtl' ? -1 : 1
}
