import t from 'tap'
import { encode } from '#shared/protocol/codec.ts'
import { readNumber, widthOf } from './storm-client.ts'

t.test('numbers of every width are read, and what follows them is found', async t => {
  for (const number of [0, 127, 128, 255, 256, 65_535, 65_536, 2 ** 32 - 1, 2 ** 32, 2 ** 53 - 1]) {
    const frame = Buffer.from(encode([number, 42]))
    t.equal(readNumber(frame, 1), number)
    t.equal(readNumber(frame, 1 + widthOf(frame[1] as number)), 42, `after ${number}`)
  }
  const unsigned = Buffer.from([0xcf, 0, 0, 0, 1, 0, 0, 0, 2])
  t.equal(readNumber(unsigned, 0), 2 ** 32 + 2)
  t.equal(widthOf(0xcf), 9)
})

t.test('what is no number is refused', async t => {
  t.throws(() => readNumber(Buffer.from([0xa1, 0x61]), 0), /begins no number/)
})
