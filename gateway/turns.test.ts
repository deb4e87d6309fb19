import { setImmediate as turn } from 'node:timers/promises'
import t from 'tap'
import { Turns } from './turns.ts'

t.test('so many at once, the rest in order, also after a failure', async t => {
  const turns = new Turns(2)
  const begun: number[] = []
  const ends: ((error?: Error) => void)[] = []
  const results = [0, 1, 2, 3].map(n =>
    turns.run(() => {
      begun.push(n)
      return new Promise<number>((resolve, reject) => {
        ends[n] = error => (error ? reject(error) : resolve(n))
      })
    }),
  )
  await turn()
  t.same(begun, [0, 1])
  t.equal(turns.waiting, 2)
  const failed = t.rejects(results[1] as Promise<number>, /broken/)
  ends[1]?.(new Error('broken'))
  await failed
  await turn()
  t.same(begun, [0, 1, 2])
  ends[0]?.()
  await turn()
  t.same(begun, [0, 1, 2, 3])
  ends[2]?.()
  ends[3]?.()
  t.same(await Promise.all([results[0], results[2], results[3]]), [0, 2, 3])
  t.equal(await turns.run(async () => 'idle again'), 'idle again')
})
