// A message's text with its formatting, as React elements only: no markup of a message ever becomes HTML.

import { memo, type ReactNode, useMemo, useState } from 'react'
import type { Entity } from '#client/types.ts'
import { text as sentences } from '../../locales/index.ts'
import { type Node, type Span, safeHref, toNodes } from '../../state/segments.ts'

interface Props {
  text: string
  ents: Entity[] | undefined
}

export const RichText = memo(function RichText({ text, ents }: Props) {
  const nodes = useMemo(() => toNodes(text, ents), [text, ents])
  return <>{nodes.map(node => renderNode(node, text))}</>
})

function renderNode(node: Node, source: string): ReactNode {
  if (node.kind === 'text') return node.text
  const inner = node.children.map(child => renderNode(child, source))
  return (
    <Styled key={`${node.at}-${node.entity.t}`} span={node} source={source}>
      {inner}
    </Styled>
  )
}

function Styled({ span, source, children }: { span: Span; source: string; children: ReactNode }) {
  const { entity } = span
  switch (entity.t) {
    case 'bold':
      return <strong>{children}</strong>
    case 'italic':
      return <em>{children}</em>
    case 'underline':
      return <u>{children}</u>
    case 'strike':
      return <s>{children}</s>
    case 'code':
      return <code>{children}</code>
    case 'pre':
      return <pre>{children}</pre>
    case 'quote':
      return <blockquote>{children}</blockquote>
    case 'spoiler':
      return <Spoiler>{children}</Spoiler>
    case 'link':
      return <Link to={entity.url ?? ''}>{children}</Link>
    case 'url':
      return <Link to={asUrl(source.slice(entity.o, entity.o + entity.l))}>{children}</Link>
    case 'email':
      return <Link to={`mailto:${source.slice(entity.o, entity.o + entity.l)}`}>{children}</Link>
    case 'mention':
    case 'userMention':
    case 'hashtag':
    case 'command':
      return <span className="mention">{children}</span>
    default:
      return entity.t satisfies never
  }
}

function Link({ to, children }: { to: string; children: ReactNode }) {
  const href = safeHref(to)
  if (href === null) return <>{children}</>
  return (
    <a href={href} target="_blank" rel="noopener noreferrer nofollow">
      {children}
    </a>
  )
}

function Spoiler({ children }: { children: ReactNode }) {
  const [shown, setShown] = useState(false)
  if (shown) return <span>{children}</span>
  return (
    <button
      type="button"
      className="spoiler"
      aria-label={sentences.message.spoiler}
      onClick={() => setShown(true)}
    >
      <span aria-hidden="true">{children}</span>
    </button>
  )
}

/** "example.org" typed as an address means its https page. */
function asUrl(typed: string): string {
  return /^[a-z][a-z0-9+.-]*:/i.test(typed) ? typed : `https://${typed}`
}
