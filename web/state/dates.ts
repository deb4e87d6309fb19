// Between instants and what the browser's date fields hold, in the zone of the browser.

/** For `<input type="datetime-local">`. */
export function localMinute(at: number): string {
  return shifted(at).slice(0, 16)
}

/** @returns ms since 1970; null when the field is empty or holds no time */
export function parseLocal(value: string): number | null {
  const at = new Date(value).getTime()
  return value === '' || Number.isNaN(at) ? null : at
}

/** The beginning of a day of `<input type="date">`, or of the one after it. */
export function dayStart(value: string, daysLater = 0): number | null {
  const [year, month, day] = value.split('-').map(Number)
  if (!year || !month || !day) return null
  return new Date(year, month - 1, day + daysLater).getTime()
}

function shifted(at: number): string {
  return new Date(at - new Date(at).getTimezoneOffset() * 60_000).toISOString()
}
