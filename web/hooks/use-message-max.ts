// How many characters a message of the signed-in person may have: their plan decides.

import { planOf, plans } from '#shared/protocol/limits.ts'
import { useSnapshot } from '../state/client-context.ts'

export function useMessageMax(): number {
  const until = useSnapshot(({ me }) => me?.premiumUntil ?? null)
  return plans[planOf(until, Date.now())].messageCharsMax
}
