// The last posts of a public channel, for somebody who has not joined it.

import type { Message } from '#client/types.ts'
import { coverSpoilers } from '#shared/protocol/cover-spoilers.ts'
import { text } from '../../locales/index.ts'
import { exactly, moment } from '../../state/when.ts'

export function PostPreview({ posts }: { posts: readonly Message[] }) {
  return (
    <section className="post-preview" aria-label={text.dialogs.lastPosts}>
      <h3>{text.dialogs.lastPosts}</h3>
      <ul>
        {posts
          .filter(post => !post.deleted && !post.svc)
          .map(post => (
            <li key={post.seq}>
              <p className="about">{coverSpoilers(post.text, post.ents)}</p>
              <time className="muted" title={exactly(post.at)}>
                {moment(post.at)}
              </time>
            </li>
          ))}
      </ul>
    </section>
  )
}
