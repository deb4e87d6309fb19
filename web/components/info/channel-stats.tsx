// Figures of a channel, day by day: members, views, posts. Each chart has its numbers as a table beside it for who does
// not see it.

import { useEffect, useState } from 'react'
import type { Chat } from '#client/types.ts'
import type { OpOut } from '#shared/protocol/ops.ts'
import { useAction } from '../../hooks/use-action.ts'
import { text } from '../../locales/index.ts'
import { useClient } from '../../state/client-context.ts'
import { ErrorLine } from '../parts/error-line.tsx'
import { Skeleton } from '../parts/skeleton.tsx'
import { ChoiceField } from './choice-field.tsx'
import { DayChart, type DayValue } from './day-chart.tsx'

type Stats = OpOut<'stats'>
type Day = Stats['days'][number]

const spans = [7, 30, 90] as const

export function ChannelStats({ chat }: { chat: Chat }) {
  const client = useClient()
  const [days, setDays] = useState<number>(30)
  const [stats, setStats] = useState<Stats | null>(null)
  const { run, busy, error } = useAction()
  useEffect(
    () => run(async () => setStats(await client.rooms.stats(chat.id, days))),
    [run, client, chat.id, days],
  )
  const words = text.stats
  return (
    <section className="info-card form" aria-label={text.info.pages.stats}>
      <ChoiceField
        label={words.span}
        hint={words.spanHint}
        values={spans}
        value={days}
        disabled={busy}
        labelOf={words.days}
        onValue={setDays}
      />
      <ErrorLine error={error} />
      {stats === null && error === null && <Skeleton rows={4} />}
      {stats && <Charts stats={stats} />}
    </section>
  )
}

function Charts({ stats: { members, days } }: { stats: Stats }) {
  const words = text.stats
  const of = (pick: (day: Day) => number): DayValue[] =>
    days.map(day => ({ at: day.at, value: pick(day) }))
  const sum = (pick: (day: Day) => number) => days.reduce((all, day) => all + pick(day), 0)
  const joined = sum(day => day.joined)
  const left = sum(day => day.left)
  return (
    <>
      <dl className="figures">
        <Figure name={words.members} value={members} />
        <Figure name={words.joined} value={joined} />
        <Figure name={words.left} value={left} />
        <Figure name={words.posts} value={sum(day => day.posts)} />
        <Figure name={words.views} value={sum(day => day.views)} />
      </dl>
      <DayChart title={words.members} days={of(day => day.members)} kind="line" />
      <DayChart title={words.views} days={of(day => day.views)} kind="bars" />
      <DayChart title={words.posts} days={of(day => day.posts)} kind="bars" />
    </>
  )
}

function Figure({ name, value }: { name: string; value: number }) {
  return (
    <div>
      <dt className="muted">{name}</dt>
      <dd>{value.toLocaleString(text.lang)}</dd>
    </div>
  )
}
