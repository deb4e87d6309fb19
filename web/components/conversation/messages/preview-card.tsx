// What the first link of a message leads to, in words only: no picture is fetched from strangers.

import type { Preview } from '#client/types.ts'
import { safeHref } from '../../../state/segments.ts'

export function PreviewCard({ preview: { url, title, text, site } }: { preview: Preview }) {
  const href = safeHref(/^www\./i.test(url) ? `https://${url}` : url)
  const words = (
    <>
      {site && <span className="preview-site">{site}</span>}
      <strong>{title}</strong>
      {text && <span className="preview-text">{text}</span>}
    </>
  )
  if (href === null) return <div className="preview-card">{words}</div>
  return (
    <a className="preview-card" href={href} target="_blank" rel="noopener noreferrer nofollow">
      {words}
    </a>
  )
}
