// Of the developer panel.

export const dev = {
  title: 'Developer panel',
  state: 'Connection',
  latency: 'Round trip',
  ms: (ms: string) => `${ms} ms`,
  none: 'none',
  outbox: 'Messages in the outbox',
  connections: 'Connections made',
  gaps: 'Gaps seen',
  diffs: 'Diffs asked for',
  duplicates: 'Duplicates dropped',
  badFrames: 'Frames not understood',
  lost: 'Frames lost on purpose',
  drop: 'Drop the connection',
  lose: 'Lose the next frame',
  positions: 'Positions',
  chat: 'Chat',
}
