// The rules of a group or channel: how fast members write, newcomers, joins, messages that delete themselves, signatures.
// Each is saved when it is chosen.

import type { Chat } from '#client/types.ts'
import { choices } from '#shared/protocol/limits.ts'
import { can } from '#shared/protocol/permissions.ts'
import { useAction } from '../../hooks/use-action.ts'
import { text } from '../../locales/index.ts'
import { useClient } from '../../state/client-context.ts'
import { ErrorLine } from '../parts/error-line.tsx'
import { Tick } from '../parts/tick.tsx'
import { AutoDelete } from './auto-delete.tsx'
import { ChoiceField } from './choice-field.tsx'

export function Rules({ chat }: { chat: Chat }) {
  const client = useClient()
  const { run, busy, error } = useAction()
  const may = (right: 'ban' | 'changeInfo') => can(chat.me, right, { defaultRights: chat.rights })
  const { rules } = text.members
  const group = chat.kind === 'group'
  const spanOf = (s: number) => (s === 0 ? rules.off : text.service.span(s))
  return (
    <section className="info-card form">
      {group && may('ban') && (
        <>
          <ChoiceField
            label={rules.slowMode}
            hint={rules.slowModeHint}
            values={choices.slowModeS}
            value={chat.slowModeS ?? 0}
            disabled={busy}
            labelOf={spanOf}
            onValue={slowModeS => run(() => client.rooms.setRules(chat.id, { slowModeS }))}
          />
          <ChoiceField
            label={rules.quarantine}
            hint={rules.quarantineHint}
            values={choices.quarantineS}
            value={chat.quarantineS ?? 0}
            disabled={busy}
            labelOf={spanOf}
            onValue={quarantineS => run(() => client.rooms.setRules(chat.id, { quarantineS }))}
          />
        </>
      )}
      {may('ban') && (
        <ChoiceField
          label={rules.joins}
          hint={rules.joinsHint}
          values={choices.joinsPerMinute}
          value={chat.joinsPerMinute ?? 0}
          disabled={busy}
          labelOf={n => (n === 0 ? rules.off : String(n))}
          onValue={joinsPerMinute => run(() => client.rooms.setRules(chat.id, { joinsPerMinute }))}
        />
      )}
      {may('changeInfo') && <AutoDelete chat={chat} />}
      {!group && may('changeInfo') && (
        <Tick
          label={text.dialogs.signatures}
          hint={text.dialogs.signaturesHint}
          checked={chat.signatures === true}
          disabled={busy}
          onChecked={on => run(() => client.rooms.setSignatures(chat.id, on))}
        />
      )}
      <ErrorLine error={error} />
    </section>
  )
}
