// One setting of privacy: who, and the exceptions. Stored at each change; what the server refused goes back.

import { useEffect, useState } from 'react'
import { limits } from '#shared/protocol/limits.ts'
import type { PrivacyField, PrivacyRule } from '#shared/protocol/privacy.ts'
import { useAction } from '../../hooks/use-action.ts'
import { text } from '../../locales/index.ts'
import { useClient } from '../../state/client-context.ts'
import { ErrorLine } from '../parts/error-line.tsx'
import { Choice } from './choice.tsx'
import { ExceptionList } from './exception-list.tsx'

const whos = ['everyone', 'contacts', 'nobody'] as const

interface Props {
  field: PrivacyField
  /** As the server has it. */
  stored: PrivacyRule
}

export function PrivacyRuleEditor({ field, stored }: Props) {
  const client = useClient()
  const action = useAction()
  /** What was chosen and is on its way. */
  const [wanted, setWanted] = useState<PrivacyRule | null>(null)
  // The server's word comes after each change, of this device or another.
  // biome-ignore lint/correctness/useExhaustiveDependencies: the moment of its coming is what counts.
  useEffect(() => setWanted(null), [stored])
  const rule = wanted ?? stored
  const { who, always = [], never = [] } = rule
  const store = (change: Partial<PrivacyRule>) => {
    const next = { ...rule, ...change }
    setWanted(next)
    action.run(async () => {
      try {
        await client.people.setPrivacy({ [field]: next })
      } catch (failure) {
        setWanted(null)
        throw failure
      }
    })
  }
  const { fields, hints, exceptions } = text.settings.privacy
  const count = always.length + never.length
  return (
    <details className="rule" data-testid={`privacy-${field}`} data-who={who}>
      <summary>
        <span className="rule-name">{fields[field]}</span>
        <span className="muted">
          {text.settings.privacy.who[who]}
          {count > 0 && ` · ${exceptions(count)}`}
        </span>
      </summary>
      <div className="rule-body">
        <Choice
          label={fields[field]}
          hint={hints[field]}
          className="choice rows unnamed"
          options={whos.map(value => ({ value, label: text.settings.privacy.who[value] }))}
          value={who}
          disabled={action.busy}
          onValue={value => store({ who: value })}
        />
        <ErrorLine error={action.error} />
        {who !== 'everyone' && (
          <ExceptionList
            label={text.settings.privacy.always}
            people={always}
            full={always.length >= limits.privacyExceptionsMax}
            busy={action.busy}
            // Nobody is in both lists.
            onPeople={people =>
              store({ always: people, never: never.filter(user => !people.includes(user)) })
            }
          />
        )}
        {who !== 'nobody' && (
          <ExceptionList
            label={text.settings.privacy.never}
            people={never}
            full={never.length >= limits.privacyExceptionsMax}
            busy={action.busy}
            onPeople={people =>
              store({ never: people, always: always.filter(user => !people.includes(user)) })
            }
          />
        )}
      </div>
    </details>
  )
}
