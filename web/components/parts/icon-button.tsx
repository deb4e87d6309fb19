// A button that shows an icon alone; its label is its name and its tooltip. Other properties are those of a button.

import type { ComponentProps } from 'react'
import { Icon, type IconName } from './icon.tsx'

interface Props extends Omit<ComponentProps<'button'>, 'type' | 'children' | 'title'> {
  icon: IconName
  label: string
}

export function IconButton({ icon, label, className, ...rest }: Props) {
  return (
    <button
      type="button"
      className={className ? `icon-button ${className}` : 'icon-button'}
      aria-label={label}
      title={label}
      {...rest}
    >
      <Icon name={icon} />
    </button>
  )
}
