// Spans as a tree: each node lies within its parent and beside its siblings. Both directions of the Markdown converter
// bring formatting into the same tidy form, so that one undoes the other.

import type { Entity } from '#shared/protocol/entities.ts'

export interface Node extends Entity {
  inner: Node[]
}

/** Marks that come in pairs, and what they stand for. */
export const markOf = {
  bold: '**',
  italic: '__',
  underline: '^^',
  strike: '~~',
  spoiler: '||',
} as const satisfies Partial<Record<Entity['t'], string>>

export type MarkType = keyof typeof markOf

export function isMarkType(t: Entity['t']): t is MarkType {
  return Object.hasOwn(markOf, t)
}

export function isCode(t: Entity['t']): boolean {
  return t === 'code' || t === 'pre'
}

export function endOf({ o, l }: { o: number; l: number }): number {
  return o + l
}

/** By where they begin, the longer first; those at the same place stay as they are. */
export function inOrder<Span extends { o: number; l: number }>(spans: readonly Span[]): Span[] {
  return [...spans].sort((a, b) => a.o - b.o || b.l - a.l)
}

/** Spans in order as a forest; what crosses another is left out. */
export function nest(spans: readonly Entity[]): Node[] {
  const roots: Node[] = []
  const open: Node[] = []
  for (const span of spans) {
    while (open.length > 0 && endOf(open.at(-1) as Node) <= span.o) open.pop()
    const parent = open.at(-1)
    if (parent && endOf(span) > endOf(parent)) continue
    const node: Node = { ...span, inner: [] }
    ;(parent ? parent.inner : roots).push(node)
    open.push(node)
  }
  return roots
}

/** The spans of a forest in order. */
export function flatten(nodes: readonly Node[]): Entity[] {
  return nodes.flatMap(({ inner, ...span }) => [span, ...flatten(inner)])
}

/**
 * The same formatting in the one form that it is written in: equal marks that touch are one, no mark or link begins or
 * ends with a space, none is empty.
 */
export function tidy(nodes: readonly Node[], text: string): Node[] {
  return mergeTouching(nodes).flatMap(node => {
    const inner = tidy(node.inner, text)
    if (isCode(node.t) || node.t === 'quote') return node.l > 0 ? [{ ...node, inner }] : []
    // What lies within begins and ends with something to see, code apart, which keeps its spaces.
    const firstO = inner[0]?.o ?? endOf(node)
    const lastEnd = inner.length > 0 ? endOf(inner.at(-1) as Node) : node.o
    let { o } = node
    let end = endOf(node)
    while (o < Math.min(end, firstO) && isSpace(text[o])) o++
    while (end > Math.max(o, lastEnd) && isSpace(text[end - 1])) end--
    return end > o ? [{ ...node, o, l: end - o, inner }] : []
  })
}

function mergeTouching(nodes: readonly Node[]): Node[] {
  const merged: Node[] = []
  for (const node of nodes) {
    const last = merged.at(-1)
    if (last && last.t === node.t && isMarkType(node.t) && endOf(last) === node.o) {
      merged[merged.length - 1] = {
        ...last,
        l: last.l + node.l,
        inner: [...last.inner, ...node.inner],
      }
    } else merged.push(node)
  }
  return merged
}

export function isSpace(char: string | undefined): boolean {
  return char === undefined || /\s/.test(char)
}

/** Whether this part is whole lines, of which the first and the last say something: only that can be a quote. */
export function coversLines(text: string, from: number, to: number): boolean {
  const begins = from === 0 || text[from - 1] === '\n'
  const ends = to === text.length || text[to] === '\n'
  const lines = text.slice(from, to).split('\n')
  return begins && ends && lines[0]?.trim() !== '' && lines.at(-1)?.trim() !== ''
}
