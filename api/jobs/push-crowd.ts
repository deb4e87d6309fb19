// How many pushes are under way to each push service, and for each person. Anybody may name a push service that takes a
// connection and never answers: it holds up its own pushes, and those of one person, but nobody else's.

import type { UserId } from '#shared/protocol/ids.ts'
import type { Busy } from '#shared/store/pushes.ts'

interface Pushed {
  user: UserId
  host: string
}

export const perHostMax = 8
export const perUserMax = 2

export class PushCrowd {
  readonly #hosts: Map<string, number>
  readonly #users: Map<UserId, number>

  constructor(hosts: Iterable<[string, number]> = [], users: Iterable<[UserId, number]> = []) {
    this.#hosts = new Map(hosts)
    this.#users = new Map(users)
  }

  add({ host, user }: Pushed): void {
    change(this.#hosts, host, 1)
    change(this.#users, user, 1)
  }

  remove({ host, user }: Pushed): void {
    change(this.#hosts, host, -1)
    change(this.#users, user, -1)
  }

  /** @returns those that find room beside what is under way and each other, the first ones first */
  fitting<One extends Pushed>(all: readonly One[]): One[] {
    const then = new PushCrowd(this.#hosts, this.#users)
    return all.filter(each => {
      const fits = then.#hasRoom(each)
      if (fits) then.add(each)
      return fits
    })
  }

  /** Who has no room left. */
  busy(): Busy {
    return {
      hosts: [...this.#hosts].flatMap(([host, count]) => (count < perHostMax ? [] : [host])),
      users: [...this.#users].flatMap(([user, count]) => (count < perUserMax ? [] : [user])),
    }
  }

  #hasRoom({ host, user }: Pushed): boolean {
    return (this.#hosts.get(host) ?? 0) < perHostMax && (this.#users.get(user) ?? 0) < perUserMax
  }
}

/** Those with nothing under way are forgotten: there may be any number of them. */
function change<Key>(counts: Map<Key, number>, key: Key, by: 1 | -1): void {
  const count = (counts.get(key) ?? 0) + by
  if (count > 0) counts.set(key, count)
  else counts.delete(key)
}
