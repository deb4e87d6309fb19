// Of the first page: signing in and the demo.

import type { Text } from '../en/index.ts'

export const first: Text['first'] = {
  demoTitle: 'Осмотреться',
  demoHint: 'Войдите как один из демонстрационных людей. Откройте два окна, и пусть они поговорят.',
  enterAs: name => `Войти как ${name}`,
  secondWindow: name => `Открыть второе окно (${name})`,
  signIn: 'Войти',
  register: 'Создать аккаунт',
  noAccount: 'Впервые здесь?',
  haveAccount: 'Уже есть аккаунт?',
  username: 'Имя пользователя',
  usernameHint: 'Латинские буквы, цифры и _, в начале буква; от 3 до 32 символов.',
  badUsername:
    'Такое имя пользователя невозможно: латинские буквы, цифры и _, в начале буква; от 3 до 32 символов.',
  badName: 'Напишите, как вас зовут.',
  name: 'Как вас зовут',
  password: 'Пароль',
  passwordHint: 'Не меньше 8 символов, лучше 15 и больше.',
}
