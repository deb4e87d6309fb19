// The rare panels of a conversation, loaded with the first of them.

import type { ChatView } from '#client/types.ts'
import { type ConversationPanel, conversationPanel } from '../../../state/conversation-panel.ts'
import { useStore } from '../../../state/store.ts'
import { PollMaker } from '../polls/poll-maker.tsx'
import { VotersPanel } from '../polls/voters-panel.tsx'
import { ReactorsPanel } from '../reactions/reactors-panel.tsx'
import { CommentsPanel } from './comments-panel.tsx'
import { DatePanel } from './date-panel.tsx'
import { ForwardPanel } from './forward-panel.tsx'
import { LinkPanel } from './link-panel.tsx'
import { PersonPanel } from './person-panel.tsx'
import { PinPanel } from './pin-panel.tsx'
import { PinsPanel } from './pins-panel.tsx'
import { ReadersPanel } from './readers-panel.tsx'
import { SchedulePanel } from './schedule-panel.tsx'
import { ScheduledPanel } from './scheduled-panel.tsx'
import '../../../styles/conversation-panels.css'

export function Panels({ view }: { view: ChatView }) {
  const panel = useStore(conversationPanel, value => value)
  return panel && <Panel key={panel.kind} panel={panel} view={view} />
}

function Panel({ panel, view }: { panel: ConversationPanel; view: ChatView }) {
  switch (panel.kind) {
    case 'forward':
      return <ForwardPanel from={panel.from} seqs={panel.seqs} />
    case 'readers':
      return <ReadersPanel chat={panel.chat} seq={panel.seq} />
    case 'reactors':
      return <ReactorsPanel chat={panel.chat} seq={panel.seq} emoji={panel.emoji} />
    case 'voters':
      return <VotersPanel chat={panel.chat} seq={panel.seq} option={panel.option} />
    case 'pin':
      return <PinPanel chat={panel.chat} seq={panel.seq} />
    case 'pins':
      return <PinsPanel chat={panel.chat} />
    case 'date':
      return <DatePanel view={view} at={panel.at} />
    case 'poll':
      return <PollMaker view={view} reply={panel.reply} />
    case 'scheduled':
      return <ScheduledPanel chat={panel.chat} />
    case 'schedule':
      return <SchedulePanel {...panel} />
    case 'comments':
      return <CommentsPanel channel={panel.chat} seq={panel.seq} />
    case 'link':
      return <LinkPanel words={panel.words} done={panel.done} />
    case 'person':
      return <PersonPanel user={panel.user} />
    default:
      return panel satisfies never
  }
}
