// Grey bubbles in the place of messages that are on their way.

import { text } from '../../../locales/index.ts'

const widths = ['40%', '62%', '30%', '52%', '24%', '45%']

export function MessageSkeleton() {
  return (
    <div className="message-skeleton">
      <span className="sr-only">{text.loading}</span>
      {widths.map((width, index) => (
        <div
          key={width}
          className={index % 3 === 1 ? 'skeleton-bubble own' : 'skeleton-bubble'}
          style={{ width }}
          aria-hidden="true"
        />
      ))}
    </div>
  )
}
