// Of times in the middle of a sentence.

export const when = {
  today: (time: string) => `at ${time}`,
  yesterday: (time: string) => `yesterday at ${time}`,
  day: (day: string, time: string) => `${day} at ${time}`,
  now: 'just now',
}
