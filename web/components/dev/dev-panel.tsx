// For those who work on Petrel or look into a complaint: where the connection and each chat stand, and how to break both.
// Opened by Ctrl+Shift+D or by `?dev` in the address.

import { type ReactNode, useEffect, useState } from 'react'
import type { PetrelClient } from '#client/index.ts'
import { text } from '../../locales/index.ts'
import { useClient, useSnapshot } from '../../state/client-context.ts'
import { titleOf } from '../../state/naming.ts'
import { toggleOverlay } from '../../state/overlays.ts'
import { transport } from '../../state/transport.ts'
import { IconButton } from '../parts/icon-button.tsx'
import '../../styles/dev.css'

const everyMs = 1_000

export function DevPanel() {
  const client = useClient()
  const state = useSnapshot(({ connection }) => connection.state)
  const pending = useSnapshot(snapshot => snapshot.pending)
  const roundTrip = useRoundTrip(client)
  const { connections, gaps, diffs, duplicates, badFrames } = client.dev.counters()
  const words = text.dev
  return (
    <aside className="dev" aria-label={words.title} data-testid="dev">
      <header>
        <h2>{words.title}</h2>
        <IconButton icon="close" label={text.close} onClick={() => toggleOverlay('dev')} />
      </header>
      <dl>
        <Fact name={words.state}>{state}</Fact>
        <Fact name={words.latency}>
          {roundTrip === null ? words.none : words.ms(roundTrip.toFixed(1))}
        </Fact>
        <Fact name={words.outbox}>{pending}</Fact>
        <Fact name={words.connections}>{connections}</Fact>
        <Fact name={words.gaps}>{gaps}</Fact>
        <Fact name={words.diffs}>{diffs}</Fact>
        <Fact name={words.duplicates}>{duplicates}</Fact>
        <Fact name={words.badFrames}>{badFrames}</Fact>
        <Fact name={words.lost}>{transport.lost()}</Fact>
      </dl>
      <div className="form-buttons">
        <button
          type="button"
          className="secondary"
          data-testid="dev-drop"
          onClick={() => client.dev.dropConnection()}
        >
          {words.drop}
        </button>
        <button
          type="button"
          className="secondary"
          data-testid="dev-lose"
          onClick={() => transport.loseNextFrame()}
        >
          {words.lose}
        </button>
      </div>
      <Positions client={client} />
    </aside>
  )
}

function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  )
}

function Positions({ client }: { client: PetrelClient }) {
  const chats = useSnapshot(snapshot => snapshot.chats)
  const titles = new Map(chats.map(view => [view.chat.id, titleOf(view)]))
  return (
    <table>
      <caption>{text.dev.positions}</caption>
      <thead>
        <tr>
          <th scope="col">{text.dev.chat}</th>
          <th scope="col">rev</th>
          <th scope="col">seq</th>
        </tr>
      </thead>
      <tbody>
        {[...client.dev.positions()].map(([chat, { rev, seq }]) => (
          <tr key={chat} data-testid="position" data-chat={chat}>
            <th scope="row">{titles.get(chat) ?? chat}</th>
            <td>{rev}</td>
            <td>{seq}</td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}

/** How long a ping takes, measured every second; null while none is answered. The panel is drawn anew as often. */
function useRoundTrip(client: PetrelClient): number | null {
  const [measured, setMeasured] = useState<{ ms: number | null }>({ ms: null })
  useEffect(() => {
    let current = true
    let waiting = false
    const measure = () => {
      // Also while an answer does not come, as when its frame was the one to be lost.
      setMeasured(({ ms }) => ({ ms }))
      if (waiting) return
      waiting = true
      const begin = performance.now()
      const answered = (ms: number | null) => {
        waiting = false
        if (current) setMeasured({ ms })
      }
      client.call('ping', {}).then(
        () => answered(performance.now() - begin),
        () => answered(null),
      )
    }
    measure()
    const timer = setInterval(measure, everyMs)
    return () => {
      current = false
      clearInterval(timer)
    }
  }, [client])
  return measured.ms
}
