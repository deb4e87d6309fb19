// Of the search.

import type { Text } from '../en/index.ts'

export const search: Text['search'] = {
  label: 'Поиск',
  placeholder: 'Поиск',
  clear: 'Закрыть поиск',
  results: 'Результаты поиска',
  found: n => (n === 0 ? 'Ничего не найдено' : `Найдено: ${n.toLocaleString('ru')}`),
  recent: 'Недавние запросы',
  forgetRecent: 'Забыть',
  hint: 'Чаты и люди ищутся по имени, сообщения — по любым словам. "Слова в кавычках" ищутся в этом порядке, -слово исключает сообщения.',
  chats: 'Чаты',
  people: 'Люди',
  publicName: 'Публичное имя',
  messages: 'Сообщения',
  more: 'Показать ещё',
  nothing: words => `По запросу «${words}» ничего не найдено.`,
  nothingHint:
    'Попробуйте другие слова или фильтры. Незнакомых людей можно найти только по имени пользователя.',
  inChat: 'Поиск в чате',
  place: (at, n, more) => `${at} из ${n}${more ? '+' : ''}`,
  older: 'Более раннее совпадение (Enter)',
  newer: 'Более позднее совпадение (Shift+Enter)',
  filters: 'Фильтры',
  from: 'Автор',
  fromAnybody: 'Любой',
  kind: 'Тип',
  kinds: {
    all: 'Все сообщения',
    text: 'Текст',
    link: 'Ссылки',
    media: 'Медиа',
    poll: 'Опросы',
  },
  since: 'С даты',
  until: 'По дату',
  resetFilters: 'Сбросить фильтры',
  links: 'Общие ссылки',
  findLinks: 'Найти среди ссылок',
  noLinks: 'Ссылок пока нет. Здесь появятся те, которыми поделятся в этом чате.',
}
