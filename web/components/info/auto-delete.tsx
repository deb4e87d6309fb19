// After how long new messages of a chat delete themselves. Saved when it is chosen.

import type { Chat } from '#client/types.ts'
import { choices } from '#shared/protocol/limits.ts'
import { useAction } from '../../hooks/use-action.ts'
import { text } from '../../locales/index.ts'
import { useClient } from '../../state/client-context.ts'
import { ErrorLine } from '../parts/error-line.tsx'
import { ChoiceField } from './choice-field.tsx'

export function AutoDelete({ chat }: { chat: Chat }) {
  const client = useClient()
  const { run, busy, error } = useAction()
  const { rules } = text.members
  return (
    <>
      <ChoiceField
        label={rules.autoDelete}
        hint={rules.autoDeleteHint}
        values={choices.autoDeleteS}
        value={chat.autoDeleteS ?? 0}
        disabled={busy}
        labelOf={s => (s === 0 ? rules.off : text.service.span(s))}
        onValue={s => run(() => client.setAutoDelete(chat.id, s))}
      />
      <ErrorLine error={error} />
    </>
  )
}
