// What is done to contacts after a question; from the list of contacts and from profiles.

import type { PetrelClient } from '#client/index.ts'
import type { UserId } from '#shared/protocol/ids.ts'
import { text } from '../../locales/index.ts'
import { ask } from '../../state/questions.ts'

export function askRemoveContact(client: PetrelClient, user: UserId, name: string): void {
  ask({
    title: text.people.removeContact,
    sentence: text.people.removeSure(name),
    button: text.people.removeContact,
    run: () => client.people.removeContact(user),
  })
}
