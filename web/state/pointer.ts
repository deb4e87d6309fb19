// What a person points with.

/** A finger: to focus a field brings up a keyboard over half of the screen, and that one has no Shift+Enter. */
export function isTouch(): boolean {
  return matchMedia('(pointer: coarse)').matches
}
