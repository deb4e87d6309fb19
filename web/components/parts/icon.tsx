// The line icons of the page, drawn on a 24-unit grid. They carry no meaning of their own: each control has a label.

const paths = {
  back: 'M15 5l-7 7 7 7',
  close: 'M6 6l12 12M18 6L6 18',
  plus: 'M12 5v14M5 12h14',
  menu: 'M4 7h16M4 12h16M4 17h16',
  more: 'M5 12h.01M12 12h.01M19 12h.01',
  info: 'M12 11v6M12 7.5h.01M21 12a9 9 0 1 1-18 0 9 9 0 0 1 18 0z',
  send: 'M4 12l16-8-6 16-3-7-7-1z',
  check: 'M5 13l4 4L19 7',
  checks: 'M2 13l4 4 9-10M11 16l1 1 9-10',
  clock: 'M12 7v5l3 2M21 12a9 9 0 1 1-18 0 9 9 0 0 1 18 0z',
  alert: 'M12 8v5M12 16.5h.01M21 12a9 9 0 1 1-18 0 9 9 0 0 1 18 0z',
  down: 'M6 10l6 6 6-6',
  reply: 'M10 7l-6 5 6 5v-3c5 0 8 1 10 4 0-6-4-9-10-9V7z',
  edit: 'M4 20l1-5L16 4l4 4L9 19l-5 1z',
  bookmark: 'M7 4h10v16l-5-4-5 4V4z',
  person: 'M12 12a4 4 0 1 0 0-8 4 4 0 0 0 0 8zM4 21c1-4 4-6 8-6s7 2 8 6',
  group:
    'M9 11a3.5 3.5 0 1 0 0-7 3.5 3.5 0 0 0 0 7zM2.5 20c.8-3.6 3.200-5.500 6.500-5.500s5.700 1.900 6.500 5.500M16 4.500a3.500 3.500 0 0 1 0 6.300M18 14.800c2 .8 3 2.600 3.500 5.200',
  channel: 'M4 10v4h3l9 5V5l-9 5H4zM19 9c1.300 1.800 1.300 4.200 0 6',
  link: 'M10 14a4 4 0 0 0 6 0l3-3a4 4 0 0 0-6-6l-1 1M14 10a4 4 0 0 0-6 0l-3 3a4 4 0 0 0 6 6l1-1',
  copy: 'M9 9h11v11H9zM5 15H4V4h11v1',
  trash: 'M4 7h16M9 7V4h6v3M6 7l1 13h10l1-13',
  leave: 'M14 4H5v16h9M10 12h11M17 8l4 4-4 4',
  search: 'M11 18a7 7 0 1 0 0-14 7 7 0 0 0 0 14zM16 16l5 5',
  pin: 'M9 4h6l-1 6 3 3H7l3-3-1-6zM12 13v7',
  bell: 'M6 17V11a6 6 0 1 1 12 0v6l1.500 1.500h-15L6 17zM10 21h4',
  mute: 'M6 17V11a6 6 0 0 1 9-5.200M18 11v6l1.500 1.500H8M10 21h4M4 4l16 16',
  archive: 'M4 5h16v4H4zM5 9v10h14V9M10 13h4',
  unread: 'M4 6h11M4 12h9M4 18h16M19 9a3 3 0 1 0 0-6 3 3 0 0 0 0 6z',
  broom: 'M14 4l-3 8M7 12h8l2 8H5l2-8zM9 20v-3M13 20v-3',
  block: 'M21 12a9 9 0 1 1-18 0 9 9 0 0 1 18 0zM5.700 5.700l12.600 12.600',
  flag: 'M6 21V4h11l-2 4 2 4H6',
  inbox: 'M4 13l3-8h10l3 8v6H4v-6zM4 13h5l1 2h4l1-2h5',
  forward: 'M9 5l7 7-7 7',
  shield: 'M12 3l8 3v6c0 5-3.500 8-8 9-4.500-1-8-4-8-9V6l8-3z',
  crown: 'M4 18h16M4 15l-1-8 5 4 4-6 4 6 5-4-1 8H4z',
  list: 'M9 6h11M9 12h11M9 18h11M4.500 6h.01M4.500 12h.01M4.500 18h.01',
  chart: 'M4 20h16M7 16v-5M12 16V6M17 16v-8',
  comments: 'M4 5h16v11H10l-5 4v-4H4V5z',
  sliders:
    'M4 7h9M17 7h3M4 17h3M11 17h9M15 9a2 2 0 1 0 0-4 2 2 0 0 0 0 4zM9 19a2 2 0 1 0 0-4 2 2 0 0 0 0 4z',
  share: 'M14 7l6 5-6 5v-3c-5 0-8 1-10 4 0-6 4-9 10-9V7z',
  eye: 'M2.500 12s3.500-6 9.500-6 9.500 6 9.500 6-3.500 6-9.500 6-9.500-6-9.500-6zM12 14.500a2.500 2.500 0 1 0 0-5 2.500 2.500 0 0 0 0 5z',
  smile:
    'M21 12a9 9 0 1 1-18 0 9 9 0 0 1 18 0zM8.500 14.500c1 1.300 2.200 2 3.500 2s2.500-.7 3.500-2M9 9.500h.01M15 9.500h.01',
  at: 'M12 15.500a3.500 3.500 0 1 0 0-7 3.500 3.500 0 0 0 0 7zM15.500 8.500v5c0 1.500 1 2.500 2.300 2.500S21 14.500 21 12a9 9 0 1 0-3.500 7.100',
  calendar: 'M4 6h16v14H4zM4 10h16M8 3v4M16 3v4',
  tick: 'M21 12a9 9 0 1 1-18 0 9 9 0 0 1 18 0zM8 12.500l3 3 5-6',
  poll: 'M5 20V10M12 20V4M19 20v-7',
  quote: 'M4 6h16M4 11h16M8 16h12M4 16v4',
  code: 'M9 7l-5 5 5 5M15 7l5 5-5 5',
  fire: 'M12 21a6 6 0 0 0 6-6c0-4-4-6-4-11-4 2-8 6-8 11a6 6 0 0 0 6 6z',
  gear: 'M12 15a3 3 0 1 0 0-6 3 3 0 0 0 0 6zM12 2.500v3M12 18.500v3M2.500 12h3M18.500 12h3M5.300 5.300l2.100 2.100M16.600 16.600l2.100 2.100M18.700 5.300l-2.100 2.100M7.400 16.600l-2.100 2.100',
  lock: 'M6 11h12v9H6zM8.500 11V8a3.500 3.500 0 0 1 7 0v3',
  device: 'M3 5h13v10H3zM6 19h7M18 9h4v11h-4z',
  palette:
    'M12 3a9 9 0 1 0 0 18c1.500 0 2-1 1.500-2.200-.6-1.500.3-2.800 2-2.800H18c2 0 3-1.500 3-4 0-5-4-9-9-9zM8 9h.01M12 7h.01M16 9h.01M7 13h.01',
  globe:
    'M21 12a9 9 0 1 1-18 0 9 9 0 0 1 18 0zM3 12h18M12 3c3 3 3.500 6 3.500 9s-.5 6-3.500 9c-3-3-3.500-6-3.500-9S9 6 12 3z',
  folder: 'M3 6h6l2 2.500h10V19H3z',
  disk: 'M12 8.500c4.400 0 8-1.200 8-2.700S16.400 3 12 3 4 4.200 4 5.800s3.600 2.700 8 2.700zM4 5.800v12.400C4 19.800 7.600 21 12 21s8-1.200 8-2.800V5.800M4 12c0 1.600 3.600 2.800 8 2.800s8-1.200 8-2.800',
  keyboard: 'M3 6h18v12H3zM7 10h.01M11 10h.01M15 10h.01M7 14h10M18 10h.01',
  up: 'M6 14l6-6 6 6',
} as const

export type IconName = keyof typeof paths

/** Those that point along the line: on, or back. */
const pointing: ReadonlySet<IconName> = new Set([
  'back',
  'forward',
  'send',
  'reply',
  'share',
  'leave',
])

export function Icon({ name }: { name: IconName }) {
  return (
    <svg
      className={pointing.has(name) ? 'icon pointing' : 'icon'}
      viewBox="0 0 24 24"
      aria-hidden="true"
      focusable="false"
    >
      <path d={paths[name]} />
    </svg>
  )
}
