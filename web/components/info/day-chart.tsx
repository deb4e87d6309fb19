// One figure, day by day, as a small drawing: bars from zero, or a line between its least and its most. Its name says the
// first, the last and the highest value; the numbers themselves follow as a table that can be opened.

import { text } from '../../locales/index.ts'
import { shortDay } from '../../state/days.ts'

export interface DayValue {
  /** When the day begins in UTC, ms since 1970. */
  at: number
  value: number
}

interface Props {
  title: string
  days: readonly DayValue[]
  kind: 'bars' | 'line'
}

const width = 300
const height = 80

export function DayChart({ title, days, kind }: Props) {
  const values = days.map(day => day.value)
  const most = Math.max(...values, 0)
  const least = kind === 'line' ? Math.min(...values) : 0
  const first = days[0]
  const last = days.at(-1)
  if (!first || !last) return null
  const said = text.stats.chart(title, first.value, last.value, most)
  return (
    <figure className="chart">
      <figcaption>{title}</figcaption>
      <svg
        viewBox={`0 0 ${width} ${height}`}
        role="img"
        aria-label={said}
        preserveAspectRatio="none"
      >
        {kind === 'bars' ? (
          <Bars days={days} most={most} />
        ) : (
          <Line values={values} least={least} most={most} />
        )}
      </svg>
      <p className="chart-days muted" aria-hidden="true">
        <span>{shortDay(first.at)}</span>
        <span>{text.stats.most(most)}</span>
        <span>{shortDay(last.at)}</span>
      </p>
      <details>
        <summary>{text.stats.numbers}</summary>
        <table className="chart-table">
          <tbody>
            {days.map(day => (
              <tr key={day.at}>
                <th scope="row">{shortDay(day.at)}</th>
                <td>{day.value.toLocaleString(text.lang)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </details>
    </figure>
  )
}

function Bars({ days, most }: { days: readonly DayValue[]; most: number }) {
  const step = width / days.length
  return days.map((day, index) => {
    const tall = most === 0 ? 0 : (day.value / most) * (height - 4)
    return (
      <rect
        key={day.at}
        className="chart-bar"
        x={index * step + step * 0.15}
        y={height - Math.max(tall, 1)}
        width={step * 0.7}
        height={Math.max(tall, 1)}
      />
    )
  })
}

function Line({ values, least, most }: { values: readonly number[]; least: number; most: number }) {
  const range = Math.max(most - least, 1)
  const step = values.length > 1 ? width / (values.length - 1) : width
  const points = values.map(
    (value, index) => `${index * step},${height - 4 - ((value - least) / range) * (height - 8)}`,
  )
  return <polyline className="chart-line" points={points.join(' ')} />
}
