// Of the frame around list and conversation.

import type { Text } from '../en/index.ts'

export const shell: Text['shell'] = {
  skip: 'К переписке',
  welcome: 'Вам пока никто не написал. Начните с того, кого знаете.',
  keyHint: 'Нажмите ?, чтобы увидеть сочетания клавиш.',
}
