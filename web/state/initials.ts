// The letters in a round picture.

/** One or two letters for a round picture; of a name without letters or digits, what it begins with. */
export function initials(name: string): string {
  const words = name.match(/[\p{L}\p{N}][\p{L}\p{M}\p{N}\p{P}]*/gu) ?? [name.trim()]
  const letters = words.length > 1 ? [words[0], words[words.length - 1]] : [words[0]]
  return letters.map(word => [...(word ?? '')][0]?.toLocaleUpperCase() ?? '').join('')
}
