// Who may know what of oneself, and whom one blocks.

import { type PrivacyField, privacyFields } from '#shared/protocol/privacy.ts'
import { useSection } from '../../hooks/use-section.ts'
import { useClient } from '../../state/client-context.ts'
import { Skeleton } from '../parts/skeleton.tsx'
import { BlockedPeople } from './blocked-people.tsx'
import { PrivacyRuleEditor } from './privacy-rule.tsx'

const fields = Object.keys(privacyFields) as PrivacyField[]

export function PrivacyPage() {
  const client = useClient()
  const privacy = useSection(client.people.privacy)
  return (
    <>
      <section className="settings-card">
        {privacy ? (
          fields.map(field => (
            <PrivacyRuleEditor key={field} field={field} stored={privacy[field]} />
          ))
        ) : (
          <Skeleton rows={fields.length} />
        )}
      </section>
      <BlockedPeople />
    </>
  )
}
