// The pages of the settings, as a list to choose from.

import { text } from '../../locales/index.ts'
import { useSnapshot } from '../../state/client-context.ts'
import {
  closeSettings,
  openSettings,
  type SettingsPage,
  settingsPages,
} from '../../state/settings-view.ts'
import { Avatar } from '../parts/avatar.tsx'
import { Icon, type IconName } from '../parts/icon.tsx'
import { IconButton } from '../parts/icon-button.tsx'

const icons: Record<SettingsPage, IconName> = {
  account: 'person',
  privacy: 'lock',
  sessions: 'device',
  notifications: 'bell',
  appearance: 'palette',
  language: 'globe',
  folders: 'folder',
  storage: 'disk',
  keys: 'keyboard',
}

/** @param page the page that is open beside it */
export function SettingsMenu({ id, page }: { id: string; page: SettingsPage }) {
  const me = useSnapshot(snapshot => snapshot.me)
  return (
    <nav className="settings-menu" aria-labelledby={id}>
      <header className="settings-head">
        <h1 id={id}>{text.settings.title}</h1>
        <IconButton
          icon="close"
          label={text.close}
          className="only-phone"
          onClick={closeSettings}
        />
      </header>
      {me && (
        <p className="settings-me">
          <Avatar id={me.id} name={me.name} />
          <span className="person-name">
            <strong>{me.name}</strong>
            {me.username && <span className="muted person-handle">@{me.username}</span>}
          </span>
        </p>
      )}
      <ul>
        {settingsPages.map(name => (
          <li key={name}>
            <button
              type="button"
              className="settings-item"
              aria-current={name === page ? 'page' : undefined}
              data-testid={`settings-${name}`}
              onClick={() => openSettings(name)}
            >
              <Icon name={icons[name]} />
              {text.settings.pages[name]}
            </button>
          </li>
        ))}
      </ul>
    </nav>
  )
}
