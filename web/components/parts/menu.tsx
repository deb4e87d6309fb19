// A button that opens a menu: arrow keys move, Escape closes and gives the focus back. It is drawn by the
// document's body at the button's place, so that no scrolling list clips it.

import {
  type KeyboardEvent,
  type ReactNode,
  useCallback,
  useEffect,
  useLayoutEffect,
  useRef,
  useState,
} from 'react'
import { createPortal } from 'react-dom'
import { useLayer } from '../../hooks/use-layer.ts'
import { forwardIn } from '../../state/direction.ts'
import { Icon, type IconName } from './icon.tsx'

export interface MenuItem {
  label: string
  /** Where several may be called the same. */
  key?: string
  icon: IconName
  danger?: boolean
  /** Of something that is or is not so, and that a press turns round. */
  checked?: boolean
  run(): void
}

interface Props {
  label: string
  items: readonly MenuItem[]
  children: ReactNode
  className?: string
  testId?: string
}

const edgePx = 8

export function Menu({ label, items, children, className = 'icon-button', testId }: Props) {
  const button = useRef<HTMLButtonElement>(null)
  const [open, setOpen] = useState(false)
  const close = useCallback(() => {
    setOpen(false)
    button.current?.focus()
  }, [])
  return (
    <>
      <button
        type="button"
        ref={button}
        className={className}
        aria-label={label}
        aria-haspopup="menu"
        aria-expanded={open}
        data-testid={testId}
        onClick={() => setOpen(!open)}
      >
        {children}
      </button>
      {open && <MenuList label={label} items={items} anchor={button} onClose={close} />}
    </>
  )
}

/** Where a menu opens: an element, or a point for one that was asked for by the pointer. */
export type Anchor = Pick<HTMLElement, 'getBoundingClientRect' | 'contains'>

interface ListProps {
  label: string
  items: readonly MenuItem[]
  anchor: { current: Anchor | null }
  /** Above the items; its buttons are reached by the arrow keys, too. */
  head?: ReactNode
  onClose(): void
}

/** The open menu itself, for those who open it otherwise than by a button. */
export function MenuList({ label, items, anchor, head, onClose }: ListProps) {
  const list = useRef<HTMLDivElement>(null)
  useLayer(onClose)
  useLayoutEffect(() => {
    if (list.current && anchor.current) place(list.current, anchor.current.getBoundingClientRect())
    list.current?.querySelector('button')?.focus()
  }, [anchor])
  useEffect(() => {
    const onDown = (event: PointerEvent) => {
      const target = event.target as Node
      if (!list.current?.contains(target) && !anchor.current?.contains(target)) onClose()
    }
    document.addEventListener('pointerdown', onDown)
    addEventListener('resize', onClose)
    return () => {
      document.removeEventListener('pointerdown', onDown)
      removeEventListener('resize', onClose)
    }
  }, [anchor, onClose])
  return createPortal(
    <div
      className="menu"
      role="menu"
      aria-label={label}
      ref={list}
      onKeyDown={event => onKey(event, onClose)}
    >
      {head}
      {items.map(item => (
        <button
          key={item.key ?? item.label}
          type="button"
          {...roleOf(item)}
          className={item.danger ? 'menu-item danger' : 'menu-item'}
          onClick={() => {
            onClose()
            item.run()
          }}
        >
          <Icon name={item.icon} />
          {item.label}
          {item.checked && <Icon name="check" />}
        </button>
      ))}
    </div>,
    layerOf(anchor.current),
  )
}

function roleOf({ checked }: MenuItem) {
  if (checked === undefined) return { role: 'menuitem' }
  return { role: 'menuitemcheckbox', 'aria-checked': checked }
}

function onKey(event: KeyboardEvent<HTMLElement>, close: () => void): void {
  const buttons = [...event.currentTarget.querySelectorAll('button')]
  const at = buttons.indexOf(document.activeElement as HTMLButtonElement)
  const moves: Record<string, number> = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: -1 }
  const to = moves[event.key]
  if (event.key === 'Escape' || event.key === 'Tab') close()
  else if (to !== undefined) buttons.at(to % buttons.length)?.focus()
  else return
  event.preventDefault()
  event.stopPropagation()
}

/** An open dialog lies above everything outside of it: a menu that was opened in one is drawn in it. */
function layerOf(anchor: Anchor | null): Element {
  const dialog = anchor instanceof Element ? anchor.closest('dialog') : null
  return dialog ?? document.body
}

/** Below the anchor when there is room, else above; never over the edge of the window. */
function place(menu: HTMLElement, anchor: DOMRect): void {
  const { width, height } = menu.getBoundingClientRect()
  const below = anchor.bottom + height + edgePx <= innerHeight
  const top = below ? anchor.bottom + 4 : Math.max(edgePx, anchor.top - height - 4)
  // At a point the menu lies towards the end of the line; at a button under it, at the end of its line.
  const isRightToLeft = forwardIn(menu) === -1
  const isPoint = anchor.width === 0
  const wanted = isPoint === isRightToLeft ? anchor.right - width : anchor.left
  const left = Math.min(Math.max(edgePx, wanted), innerWidth - width - edgePx)
  menu.style.top = `${top}px`
  menu.style.left = `${left}px`
}
