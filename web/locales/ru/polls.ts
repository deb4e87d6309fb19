// Of polls and quizzes.

import type { Text } from '../en/index.ts'
import { count } from './count.ts'

const kindOf = ({ quiz, public: open }: Parameters<Text['polls']['kind']>[0]) => {
  if (quiz) return open ? 'Викторина' : 'Анонимная викторина'
  return open ? 'Опрос' : 'Анонимный опрос'
}

const clock = (s: number) => {
  if (s >= 86_400) return count(Math.floor(s / 86_400), 'день', 'дня', 'дней')
  if (s >= 3_600) return count(Math.floor(s / 3_600), 'час', 'часа', 'часов')
  if (s >= 60) return `${Math.floor(s / 60)} мин`
  return `${s} с`
}

export const polls: Text['polls'] = {
  kind: poll => (poll.closed ? `${kindOf(poll)}, завершено` : kindOf(poll)),
  closesIn: s => `закончится через ${clock(s)}`,
  voters: n => (n === 0 ? 'Никто пока не проголосовал' : count(n, 'голос', 'голоса', 'голосов')),
  votes: n => count(n, 'голос', 'голоса', 'голосов'),
  seeVoters: n => `${count(n, 'голос', 'голоса', 'голосов')}: посмотреть чьи`,
  percent: n => `${n}%`,
  vote: 'Проголосовать',
  retract: 'Отозвать мой голос',
  end: 'Завершить',
  endTitle: 'Завершить опрос?',
  endSure: 'После этого никто не сможет голосовать.',
  mine: 'Ваш голос',
  right: 'Верный ответ',
  make: 'Новый опрос',
  question: 'Вопрос',
  option: n => `Вариант ${n}`,
  addOption: 'Добавить вариант',
  removeOption: n => `Убрать вариант ${n}`,
  multiple: 'Можно выбрать несколько вариантов',
  isPublic: 'Все видят, кто что выбрал',
  quiz: 'Это викторина: верен один вариант',
  correct: n => `Верен вариант ${n}`,
  why: 'Пояснение после голосования',
  closes: 'Закончится',
  never: 'само не закончится',
  after: { 300: 'через 5 минут', 3600: 'через час', 86400: 'через день', 604800: 'через неделю' },
  send: 'Отправить опрос',
  needsCorrect: 'Отметьте верный вариант.',
  votersOf: option => `Кто выбрал «${option}»`,
}
