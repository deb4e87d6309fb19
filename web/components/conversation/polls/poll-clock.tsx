// Counts down until a poll closes.

import { useSecondsUntil } from '../../../hooks/use-seconds-until.ts'
import { text } from '../../../locales/index.ts'

export function PollClock({ at }: { at: number }) {
  const s = useSecondsUntil(at)
  return <span className="poll-clock">{text.polls.closesIn(s)}</span>
}
