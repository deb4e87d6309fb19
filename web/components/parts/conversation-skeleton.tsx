// The shape of a conversation while it is loaded.

import { text } from '../../locales/index.ts'

const widths = [11, 17, 8, 20, 13, 16] as const

export function ConversationSkeleton() {
  return (
    <main className="conversation" aria-busy="true">
      <p className="sr-only" role="status">
        {text.loading}
      </p>
      <div className="conversation-head" aria-hidden="true">
        <span className="bone bone-round" />
        <span className="bone bone-line" />
      </div>
      <div className="bone-log" aria-hidden="true">
        {widths.map((width, index) => (
          <span
            key={width}
            className={index % 3 === 2 ? 'bone bone-bubble own' : 'bone bone-bubble'}
            style={{ inlineSize: `${width}rem` }}
          />
        ))}
      </div>
    </main>
  )
}
