// The settings of a browser and what each may be. Pure: state/settings.ts keeps what was chosen.

/** Languages by their tags, as they call themselves. */
export const languages = { en: 'English', ru: 'Русский' } as const
export type LanguageTag = keyof typeof languages

/** What each setting may be; the first one is what it is until somebody chooses. */
export const choices = {
  theme: ['system', 'light', 'dark'],
  accent: ['sea', 'moss', 'heather', 'rose', 'amber', 'slate'],
  size: ['m', 's', 'l', 'xl'],
  motion: ['system', 'reduced'],
  sendWith: ['enter', 'ctrlEnter'],
  language: ['auto', 'en', 'ru'],
  notifications: ['on', 'off'],
  previews: [true, false],
  sound: [true, false],
  /** How much of this device the page may fill with messages, in MB. */
  storageMb: [200, 50, 100, 500, 1000],
} as const

type Name = keyof typeof choices
export type Settings = { readonly [name in Name]: (typeof choices)[name][number] }
