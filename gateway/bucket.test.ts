import t from 'tap'
import { Bucket } from './bucket.ts'

t.test('a full bucket gives its burst, then one token each time the rate allows', async t => {
  const bucket = new Bucket(3, 10, 0)
  t.same([bucket.take(0), bucket.take(0), bucket.take(0)], [0, 0, 0])
  t.equal(bucket.take(0), 100, 'the wait until the next token')
  t.equal(bucket.take(60), 40, 'the wait shrinks as time goes')
  t.equal(bucket.take(100), 0)
  t.equal(bucket.take(100), 100)
})

t.test('a refused take costs nothing: waiting as told always succeeds', async t => {
  const bucket = new Bucket(1, 10, 0)
  bucket.take(0)
  for (let i = 0; i < 1_000; i++) bucket.take(0)
  t.equal(bucket.take(100), 0)
})

t.test('time alone never fills it over its size', async t => {
  const bucket = new Bucket(2, 1_000, 0)
  t.same([bucket.take(60_000), bucket.take(60_000)], [0, 0])
  t.equal(bucket.take(60_000), 1)
})

t.test('it can be forgotten only when it is full again', async t => {
  const bucket = new Bucket(2, 10, 0)
  t.equal(bucket.isFull(0), true)
  bucket.take(0)
  t.equal(bucket.isFull(99), false)
  t.equal(bucket.isFull(100), true)
})

t.test('a charge may leave a debt, of the bucket’s size at most', async t => {
  const bucket = new Bucket(10, 10, 0)
  bucket.charge(0, 15)
  t.equal(bucket.take(0), 600, 'five are owed')
  bucket.charge(0, 1_000)
  t.equal(bucket.take(0), 1_100)
  t.equal(bucket.take(1_100), 0)
})
