// All emojis in their groups, with a search, those used last, and the tone of skin. Loaded when it is opened first.

import { type KeyboardEvent, useEffect, useMemo, useState } from 'react'
import { useLater } from '../../../hooks/use-later.ts'
import { text } from '../../../locales/index.ts'
import { forwardIn } from '../../../state/direction.ts'
import { type Emoji, loadEmojis, searchEmojis, withSkin } from '../../../state/emojis.ts'
import { notify } from '../../../state/notices.ts'
import { isTouch } from '../../../state/pointer.ts'
import { chooseSkin, chosenSkin, noteEmoji, recentEmojis } from '../../../state/recent-emojis.ts'
import '../../../styles/emoji.css'

const skins = ['✋', '✋🏻', '✋🏼', '✋🏽', '✋🏾', '✋🏿']
const columns = 8

export function EmojiPicker({ onChoose }: { onChoose(emoji: string): void }) {
  const [all, setAll] = useState<readonly Emoji[]>([])
  const [found, setFound] = useState<readonly Emoji[] | null>(null)
  const [query, setQuery] = useState('')
  const [skin, setSkin] = useState(chosenSkin)
  const [recent] = useState(recentEmojis)
  const wanted = useLater(query.trim(), 80)
  useEffect(() => {
    loadEmojis().then(setAll, notify)
  }, [])
  useEffect(() => {
    if (wanted === '') setFound(null)
    else searchEmojis(wanted).then(setFound, notify)
  }, [wanted])
  const groups = useMemo(() => grouped(all), [all])
  const choose = (emoji: string) => {
    noteEmoji(emoji)
    onChoose(emoji)
  }
  const nextSkin = () => {
    const next = (skin + 1) % skins.length
    chooseSkin(next)
    setSkin(next)
  }
  return (
    <div className="emoji-picker" role="dialog" aria-label={text.composer.emojis}>
      <div className="emoji-head">
        <input
          type="search"
          // biome-ignore lint/a11y/noAutofocus: the picker was opened to choose from it.
          autoFocus={!isTouch()}
          value={query}
          aria-label={text.composer.findEmoji}
          placeholder={text.composer.findEmoji}
          onChange={event => setQuery(event.target.value)}
        />
        <button
          type="button"
          className="icon-button"
          aria-label={text.composer.skin}
          title={text.composer.skin}
          onClick={nextSkin}
        >
          {skins[skin]}
        </button>
      </div>
      {/* biome-ignore lint/a11y/noStaticElementInteractions: the arrow keys move among its buttons. */}
      <div className="emoji-scroll" onKeyDown={moveInGrid}>
        {found ? (
          <Grid
            title={text.composer.found(found.length)}
            emojis={found}
            skin={skin}
            onChoose={choose}
          />
        ) : (
          <>
            {recent.length > 0 && <Recent emojis={recent} onChoose={choose} />}
            {groups.map(([group, emojis]) => (
              <Grid
                key={group}
                title={text.composer.groups[group] ?? ''}
                emojis={emojis}
                skin={skin}
                onChoose={choose}
              />
            ))}
          </>
        )}
      </div>
    </div>
  )
}

interface GridProps {
  title: string
  emojis: readonly Emoji[]
  skin: number
  onChoose(emoji: string): void
}

function Grid({ title, emojis, skin, onChoose }: GridProps) {
  return (
    <section className="emoji-group" aria-label={title}>
      <h3>{title}</h3>
      <div className="emoji-grid">
        {emojis.map(emoji => (
          <button
            key={emoji.unicode}
            type="button"
            title={emoji.label}
            aria-label={emoji.label}
            data-testid="emoji"
            onClick={() => onChoose(withSkin(emoji, skin))}
          >
            {withSkin(emoji, skin)}
          </button>
        ))}
      </div>
    </section>
  )
}

function Recent({
  emojis,
  onChoose,
}: {
  emojis: readonly string[]
  onChoose(emoji: string): void
}) {
  return (
    <section className="emoji-group" aria-label={text.composer.recent}>
      <h3>{text.composer.recent}</h3>
      <div className="emoji-grid">
        {emojis.map(emoji => (
          <button key={emoji} type="button" onClick={() => onChoose(emoji)}>
            {emoji}
          </button>
        ))}
      </div>
    </section>
  )
}

function grouped(all: readonly Emoji[]): [group: number, emojis: readonly Emoji[]][] {
  const groups = new Map<number, Emoji[]>()
  for (const emoji of all) {
    const group = groups.get(emoji.group)
    if (group) group.push(emoji)
    else groups.set(emoji.group, [emoji])
  }
  return [...groups]
}

/** The arrow keys move as in a grid. */
function moveInGrid(event: KeyboardEvent<HTMLElement>): void {
  const forward = forwardIn(event.currentTarget)
  const moves: Record<string, number> = {
    ArrowRight: forward,
    ArrowLeft: -forward,
    ArrowDown: columns,
    ArrowUp: -columns,
  }
  const move = moves[event.key]
  if (move === undefined) return
  const buttons = [...event.currentTarget.querySelectorAll<HTMLElement>('.emoji-grid button')]
  const at = buttons.indexOf(document.activeElement as HTMLElement)
  buttons[at + move]?.focus()
  event.preventDefault()
}
