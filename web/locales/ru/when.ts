// Of times in the middle of a sentence.

import type { Text } from '../en/index.ts'

export const when: Text['when'] = {
  today: time => `в ${time}`,
  yesterday: time => `вчера в ${time}`,
  day: (day, time) => `${day} в ${time}`,
  now: 'только что',
}
