// A message's text with its formatting, as React elements only: no markup of a message ever becomes HTML.

import { Fragment, memo, type ReactNode, useMemo } from 'react'
import type { Entity } from '#client/types.ts'
import type { Marks } from '../../../state/found-message.ts'
import { type Node, type Plain, type Span, safeHref, toNodes } from '../../../state/segments.ts'
import { toPieces } from '../../../state/snippet.ts'
import { CodeBlock } from './code-block.tsx'
import { MentionLink } from './mention-link.tsx'
import { Spoiler } from './spoiler.tsx'
import { TextLink } from './text-link.tsx'

interface Props {
  text: string
  ents: Entity[] | undefined
  /** What a search found, in order. */
  marks?: Marks | undefined
}

export const RichText = memo(function RichText({ text, ents, marks }: Props) {
  const nodes = useMemo(() => toNodes(text, ents), [text, ents])
  return <>{renderAll(nodes, text, marks)}</>
})

function renderAll(nodes: readonly Node[], source: string, marks: Marks | undefined): ReactNode[] {
  return nodes.map((node, i) => {
    if (node.kind === 'span') return renderSpan(node, source, marks)
    if (!isBlock(nodes[i - 1]) || !node.text.startsWith('\n'))
      return renderText(node, source, marks)
    // A quote ends its line by itself: the line break behind it is kept for selections, but draws no empty line.
    const rest = { ...node, at: node.at + 1, text: node.text.slice(1) }
    return (
      <Fragment key={node.at}>
        <span className="line-end">{'\n'}</span>
        {renderText(rest, source, marks)}
      </Fragment>
    )
  })
}

const isBlock = (node: Node | undefined) =>
  node?.kind === 'span' && (node.entity.t === 'quote' || node.entity.t === 'pre')

function renderText(node: Plain, source: string, marks: Marks | undefined): ReactNode {
  return marks ? markFound(source, { o: node.at, l: node.text.length }, marks) : node.text
}

function renderSpan(node: Span, source: string, marks: Marks | undefined): ReactNode {
  const inner = renderAll(node.children, source, marks)
  return (
    <Styled key={`${node.at}-${node.entity.t}`} span={node} source={source}>
      {inner}
    </Styled>
  )
}

/** Within the innermost formatting, so that a mark never tears a link apart. */
function markFound(source: string, part: { o: number; l: number }, marks: Marks): ReactNode {
  return toPieces(source, part, marks).map(piece =>
    piece.marked ? <mark key={piece.at}>{piece.text}</mark> : piece.text,
  )
}

function Styled({ span, source, children }: { span: Span; source: string; children: ReactNode }) {
  const { entity } = span
  const words = source.slice(entity.o, entity.o + entity.l)
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
      return (
        <CodeBlock language={entity.lang} code={words}>
          {children}
        </CodeBlock>
      )
    case 'quote':
      return <blockquote>{children}</blockquote>
    case 'spoiler':
      return <Spoiler>{children}</Spoiler>
    case 'link':
      return (
        <TextLink to={entity.url ?? ''} shows={words}>
          {children}
        </TextLink>
      )
    case 'url':
      return <TextLink to={asUrl(words)}>{children}</TextLink>
    case 'email':
      return <TextLink to={`mailto:${words}`}>{children}</TextLink>
    case 'mention':
    case 'userMention':
    case 'hashtag':
      return (
        <MentionLink entity={entity} words={words}>
          {children}
        </MentionLink>
      )
    case 'command':
      return <span className="mention">{children}</span>
    default:
      // A message may have formatting of a newer server.
      entity.t satisfies never
      return <>{children}</>
  }
}

/** Used for what was typed: "example.org" means its https page. */
function asUrl(typed: string): string {
  return safeHref(typed) === null ? `https://${typed}` : typed
}
