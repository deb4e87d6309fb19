// Shows the dialog that the view asks for, each loaded when it is needed first, and the question of the moment.

import { lazy, Suspense } from 'react'
import { type Dialog, screenView } from '../../state/navigation.ts'
import { useStore } from '../../state/store.ts'
import { Questions } from './question.tsx'

const Contacts = lazy(async () => ({ default: (await import('../people/contacts.tsx')).Contacts }))
const JoinByLink = lazy(async () => ({
  default: (await import('../landing/join-by-link.tsx')).JoinByLink,
}))
const JoinByName = lazy(async () => ({
  default: (await import('../landing/join-by-name.tsx')).JoinByName,
}))
const MuteChat = lazy(async () => ({ default: (await import('./mute-chat.tsx')).MuteChat }))
const NewChannel = lazy(async () => ({ default: (await import('./new-channel.tsx')).NewChannel }))
const NewDirect = lazy(async () => ({ default: (await import('./new-direct.tsx')).NewDirect }))
const NewFolder = lazy(async () => ({ default: (await import('./new-folder.tsx')).NewFolder }))
const NewGroup = lazy(async () => ({ default: (await import('./new-group.tsx')).NewGroup }))
const Report = lazy(async () => ({ default: (await import('./report.tsx')).Report }))

export function Dialogs() {
  const dialog = useStore(screenView, state => state.dialog)
  return (
    <>
      <Suspense>{dialog && <Chosen dialog={dialog} />}</Suspense>
      <Questions />
    </>
  )
}

function Chosen({ dialog }: { dialog: Dialog }) {
  switch (dialog.kind) {
    case 'direct':
      return <NewDirect />
    case 'group':
      return <NewGroup />
    case 'channel':
      return <NewChannel />
    case 'join':
      return <JoinByLink key={dialog.token} given={dialog.token} />
    case 'name':
      return <JoinByName key={dialog.name} name={dialog.name} />
    case 'contacts':
      return <Contacts />
    case 'folder':
      return <NewFolder chat={dialog.chat} />
    case 'mute':
      return <MuteChat key={dialog.chat} id={dialog.chat} />
    case 'report':
      return <Report what={dialog} />
    default:
      return dialog satisfies never
  }
}
