// Of a message and its menu.

export const message = {
  menu: 'Message menu',
  reply: 'Reply',
  copy: 'Copy text',
  edit: 'Edit',
  remove: 'Delete for everybody',
  retry: 'Try again',
  discard: 'Discard',
  edited: 'edited',
  deleted: 'This message was deleted',
  states: {
    sending: 'Sending',
    sent: 'Sent',
    delivered: 'Delivered',
    read: 'Read',
    failed: 'Not sent',
  },
  spoiler: 'Hidden text; press to show',
}
