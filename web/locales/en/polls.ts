// Of polls and quizzes.

import { count } from './count.ts'

interface Kind {
  quiz?: true | undefined
  public?: true | undefined
  closed?: true | undefined
}

const kindOf = ({ quiz, public: open }: Kind) => {
  if (quiz) return open ? 'Quiz' : 'Anonymous quiz'
  return open ? 'Poll' : 'Anonymous poll'
}

const clock = (s: number) => {
  if (s >= 86_400) return count(Math.floor(s / 86_400), 'day', 'days')
  if (s >= 3_600) return count(Math.floor(s / 3_600), 'hour', 'hours')
  if (s >= 60) return `${Math.floor(s / 60)} min`
  return `${s} s`
}

export const polls = {
  kind: (poll: Kind) => (poll.closed ? `${kindOf(poll)}, ended` : kindOf(poll)),
  closesIn: (s: number) => `ends in ${clock(s)}`,
  voters: (n: number) => (n === 0 ? 'Nobody has voted yet' : count(n, 'vote', 'votes')),
  votes: (n: number) => count(n, 'vote', 'votes'),
  seeVoters: (n: number) => `${count(n, 'vote', 'votes')}: see whose`,
  percent: (n: number) => `${n}%`,
  vote: 'Vote',
  retract: 'Take back my vote',
  end: 'End it',
  endTitle: 'End this poll?',
  endSure: 'Nobody can vote any more then.',
  mine: 'Your vote',
  right: 'The right answer',
  make: 'New poll',
  question: 'Question',
  option: (n: number) => `Option ${n}`,
  addOption: 'Add an option',
  removeOption: (n: number) => `Remove option ${n}`,
  multiple: 'Several options may be chosen',
  isPublic: 'Everybody sees who chose what',
  quiz: 'It is a quiz: one option is right',
  correct: (n: number) => `Option ${n} is right`,
  why: 'Explanation, shown after the vote',
  closes: 'Ends',
  never: 'never by itself',
  after: {
    300: 'after 5 minutes',
    3600: 'after an hour',
    86400: 'after a day',
    604800: 'after a week',
  },
  send: 'Send the poll',
  needsCorrect: 'Mark the option that is right.',
  votersOf: (option: string) => `Who chose “${option}”`,
}
