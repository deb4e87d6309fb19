// The contacts: writing to them, naming them, adding and removing them.

import { useMemo, useState } from 'react'
import type { User } from '#client/types.ts'
import { useAction } from '../../hooks/use-action.ts'
import { useSection } from '../../hooks/use-section.ts'
import { text } from '../../locales/index.ts'
import { useClient, useUsers } from '../../state/client-context.ts'
import { givenNameOf } from '../../state/naming.ts'
import { closeDialog, openChat } from '../../state/navigation.ts'
import { ErrorLine } from '../parts/error-line.tsx'
import { Field } from '../parts/field.tsx'
import { Icon } from '../parts/icon.tsx'
import { Menu } from '../parts/menu.tsx'
import { Modal } from '../parts/modal.tsx'
import { Skeleton } from '../parts/skeleton.tsx'
import { askRemoveContact } from './contact-acts.ts'
import { ContactForm } from './contact-form.tsx'
import { PeopleResults } from './people-results.tsx'
import { PersonLine } from './person-line.tsx'

/** Of so many the presence is asked for; those further down are found by typing. */
const seenMax = 100

export function Contacts() {
  const client = useClient()
  const contacts = useSection(client.people.contacts)
  const [query, setQuery] = useState('')
  const [edited, setEdited] = useState<User | null>(null)
  const action = useAction()
  const known = useMemo(() => new Set(contacts?.keys()), [contacts])
  const write = (user: number) =>
    action.run(async () => openChat((await client.createDirect(user)).id))
  return (
    <Modal title={text.people.contacts} onClose={closeDialog}>
      {edited ? (
        <ContactForm user={edited} onDone={() => setEdited(null)} />
      ) : (
        <div className="form">
          <Field
            label={text.people.search}
            type="search"
            autoComplete="off"
            autoCapitalize="none"
            spellCheck={false}
            value={query}
            onValue={setQuery}
          />
          <ErrorLine error={action.error} />
          {contacts === undefined ? (
            <Skeleton rows={4} />
          ) : (
            <ContactRows contacts={contacts} query={query} onWrite={write} onEdit={setEdited} />
          )}
          {query.trim() !== '' && (
            <PeopleResults query={query} without={known} onPick={setEdited} />
          )}
        </div>
      )}
    </Modal>
  )
}

interface RowsProps {
  contacts: ReadonlyMap<number, string>
  query: string
  onWrite(user: number): void
  onEdit(user: User): void
}

function ContactRows({ contacts, query, onWrite, onEdit }: RowsProps) {
  const client = useClient()
  const users = useUsers()
  const words = query.trim().toLocaleLowerCase()
  const rows = [...contacts]
    .map(([id, own]) => ({ id, name: own || givenNameOf({ users }, id), user: users.get(id) }))
    .filter(({ name, user }) =>
      `${name} ${user?.name ?? ''} @${user?.username ?? ''}`.toLocaleLowerCase().includes(words),
    )
    .sort((a, b) => a.name.localeCompare(b.name, text.lang))
  if (contacts.size === 0) return <p className="muted empty">{text.people.noContacts}</p>
  return (
    <ul className="people">
      {rows.map(({ id, name, user }, index) => (
        <li key={id} className="person" data-testid="contact" data-user={id}>
          <button type="button" className="person person-button" onClick={() => onWrite(id)}>
            <PersonLine user={{ ...user, id, name }} seen={index < seenMax} />
          </button>
          <Menu
            label={text.info.memberMenu(name)}
            testId="contact-menu"
            items={[
              {
                label: text.people.editContact,
                icon: 'edit',
                run: () => user && onEdit(user),
              },
              {
                label: text.people.removeContact,
                icon: 'trash',
                danger: true,
                run: () => askRemoveContact(client, id, name),
              },
            ]}
          >
            <Icon name="more" />
          </Menu>
        </li>
      ))}
    </ul>
  )
}
