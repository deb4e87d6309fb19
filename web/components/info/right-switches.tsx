// Rights as boxes to tick, one for each. What the person looking does not have themselves they cannot give.

import { type RightName, right } from '#shared/protocol/permissions.ts'
import { text } from '../../locales/index.ts'
import { Tick } from '../parts/tick.tsx'

interface Props {
  label: string
  names: readonly RightName[]
  /** Bits of `right`. */
  value: number
  /** Why a right cannot be changed here, in a few words; undefined for one that can. */
  why(name: RightName): string | undefined
  onValue(value: number): void
}

export function RightSwitches({ label, names, value, why, onValue }: Props) {
  return (
    <fieldset className="choices" data-testid="rights">
      <legend>{label}</legend>
      {names.map(name => {
        const fixed = why(name)
        return (
          <Tick
            key={name}
            label={text.members.rights[name]}
            hint={fixed}
            checked={(value & right[name]) !== 0}
            disabled={fixed !== undefined}
            onChecked={on => onValue(on ? value | right[name] : value & ~right[name])}
          />
        )
      })}
    </fieldset>
  )
}

/** The rights whose bits are set, in the order of the table. */
export function namesIn(bits: number): RightName[] {
  return (Object.keys(right) as RightName[]).filter(name => (bits & right[name]) !== 0)
}
