// How often each address may knock: a bucket of handshakes per address (of IPv6: per customer's network), which a
// wrong token empties faster, so that guessing is slow. Asked by server.ts at each upgrade.

import { limits } from '#shared/protocol/limits.ts'
import { addressBucket } from '#shared/runtime/address-bucket.ts'
import { Bucket } from './bucket.ts'

const sweepEveryMs = 60_000

export interface HandshakeRates {
  handshakesPerIpBurst: number
  handshakesPerIpPerS: number
  nowMs(): number
}

export class Handshakes {
  readonly #rates: HandshakeRates
  readonly #buckets = new Map<string, Bucket>()
  #sweptAtMs: number

  constructor(rates: HandshakeRates) {
    this.#rates = rates
    this.#sweptAtMs = rates.nowMs()
  }

  /** Whether this address may shake hands now. */
  admit(ip: string): boolean {
    return this.#bucketOf(ip).take(this.#rates.nowMs()) === 0
  }

  /** Somebody at this address showed a token that we never made: as dear as limits.wrongTokenHandshakes handshakes. */
  onWrongToken(ip: string): void {
    this.#bucketOf(ip).charge(this.#rates.nowMs(), limits.wrongTokenHandshakes)
  }

  #bucketOf(ip: string): Bucket {
    const nowMs = this.#rates.nowMs()
    // Full buckets are forgotten once a minute.
    if (nowMs - this.#sweptAtMs > sweepEveryMs) {
      this.#sweptAtMs = nowMs
      for (const [key, bucket] of this.#buckets) if (bucket.isFull(nowMs)) this.#buckets.delete(key)
    }
    const key = addressBucket(ip)
    let bucket = this.#buckets.get(key)
    if (!bucket) {
      bucket = new Bucket(this.#rates.handshakesPerIpBurst, this.#rates.handshakesPerIpPerS, nowMs)
      this.#buckets.set(key, bucket)
    }
    return bucket
  }
}
