import t from 'tap'
import type { AppError } from '#shared/protocol/codes.ts'
import { Budget } from './budget.ts'

function take(budget: Budget, user: number): AppError | null {
  try {
    budget.take(user)
    return null
  } catch (error) {
    return error as AppError
  }
}

t.test('a user over the budget is told when to come back; another is not affected', async t => {
  let nowMs = 0
  const budget = new Budget({ burst: 2, perS: 10, nowMs: () => nowMs })
  t.equal(take(budget, 1), null)
  t.equal(take(budget, 1), null)
  t.match(take(budget, 1), { code: 'rate_limited', retryMs: 100 })
  t.equal(take(budget, 2), null)
  nowMs += 100
  t.equal(take(budget, 1), null)
})

t.test('sweeping forgets full buckets only: nobody gets a second burst', async t => {
  let nowMs = 0
  const budget = new Budget({ burst: 100, perS: 1, nowMs: () => nowMs })
  for (let i = 0; i < 100; i++) take(budget, 1)
  nowMs = 60_001
  for (let i = 0; i < 60; i++) t.equal(take(budget, 1), null)
  t.match(take(budget, 1), { code: 'rate_limited' })
})
