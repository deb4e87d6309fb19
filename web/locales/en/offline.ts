// What stays on this device.

export const offline = {
  full: 'This device has no room left: messages are kept only until you close this page.',
  broken:
    'Your browser cannot keep messages here: they are gone from this device when you close the page.',
  kept: (used: string, bound: string) => `${used} of ${bound} used for messages.`,
  keptHint: 'Chats you have opened can be read without a network.',
  drop: 'Remove the messages from this device',
  dropHint: 'They stay on the server and come back when you open a chat.',
  dropped: 'Removed.',
  mb: (n: number) => `${n.toLocaleString('en', { maximumFractionDigits: 1 })} MB`,
}
