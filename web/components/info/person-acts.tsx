// What one may do with a person: keep them as a contact under an own name, block them, report them.

import { useState } from 'react'
import type { User } from '#client/types.ts'
import type { ChatId } from '#shared/protocol/ids.ts'
import { useAction } from '../../hooks/use-action.ts'
import { useSection } from '../../hooks/use-section.ts'
import { text } from '../../locales/index.ts'
import { useClient } from '../../state/client-context.ts'
import { openDialog } from '../../state/navigation.ts'
import { askBlock } from '../chats/chat-menu.ts'
import { ErrorLine } from '../parts/error-line.tsx'
import { askRemoveContact } from '../people/contact-acts.ts'
import { ContactForm } from '../people/contact-form.tsx'

interface Props {
  user: User
  /** Where one has met them; a report says so. */
  chat: ChatId
}

export function PersonActs({ user, chat }: Props) {
  const client = useClient()
  const contacts = useSection(client.people.contacts)
  const blocks = useSection(client.people.blocks)
  const [naming, setNaming] = useState(false)
  const { run, busy, error } = useAction()
  const isContact = contacts?.has(user.id) ?? false
  if (naming) {
    return (
      <section className="info-card">
        <ContactForm user={user} onDone={() => setNaming(false)} />
      </section>
    )
  }
  return (
    <section className="info-card acts">
      {blocks?.has(user.id) && <p className="muted">{text.people.blocked}</p>}
      <button
        type="button"
        className="text-button"
        data-testid="contact"
        onClick={() => setNaming(true)}
      >
        {isContact ? text.people.editContact : text.people.addContact}
      </button>
      {isContact && (
        <button
          type="button"
          className="text-button danger"
          onClick={() => askRemoveContact(client, user.id, contacts?.get(user.id) || user.name)}
        >
          {text.people.removeContact}
        </button>
      )}
      {blocks?.has(user.id) ? (
        <button
          type="button"
          className="text-button"
          data-testid="unblock"
          disabled={busy}
          onClick={() => run(() => client.people.unblock(user.id))}
        >
          {text.chats.menu.unblock}
        </button>
      ) : (
        <button
          type="button"
          className="text-button danger"
          data-testid="block"
          onClick={() => askBlock(client, { chat: { id: chat }, peer: user })}
        >
          {text.chats.menu.block}
        </button>
      )}
      <button
        type="button"
        className="text-button danger"
        onClick={() => openDialog({ kind: 'report', chat, user: user.id })}
      >
        {text.chats.menu.report}
      </button>
      <ErrorLine error={error} />
    </section>
  )
}
