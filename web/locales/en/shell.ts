// Of the frame around list and conversation.

export const shell = {
  skip: 'To the conversation',
  welcome: 'Nobody has written to you yet. Begin with somebody you know.',
  keyHint: 'Press ? for the keys of this page.',
}
