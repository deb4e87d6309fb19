// Who may know what of a user: changes of the rules. What follows from them is decided by shared/store/privacy.ts.

import type { UserId } from '#shared/protocol/ids.ts'
import type { OpIn } from '#shared/protocol/ops.ts'
import { storePrivacy } from '#shared/store/privacy.ts'
import { changeUser } from './change-user.ts'
import type { Services } from './services.ts'

/** Replaces the rules that are given; whoever looks at the user looks again. */
export async function setPrivacy(
  deps: Services,
  actor: UserId,
  rules: OpIn<'setPrivacy'>,
): Promise<void> {
  if (Object.keys(rules).length === 0) return
  await changeUser(deps, actor, async change => {
    await change.lock()
    await storePrivacy(change.tx, actor, rules)
    await change.touch('privacy')
    change.announce()
  })
}
