// Whose budget an address draws on. Its own file, so that the gateway does not load the api's limiter for it.

import { isIPv6 } from 'node:net'

/** The budget that an address shares: an IPv6 customer has a whole /64. */
export function addressBucket(ip: string): string {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(ip)?.[1]
  if (mapped !== undefined) return mapped
  if (!isIPv6(ip)) return ip
  const [head = '', tail] = (ip.split('%')[0] ?? '').split('::')
  const groups = head === '' ? [] : head.split(':')
  if (tail !== undefined) {
    const behind = tail === '' ? 0 : tail.split(':').length
    while (groups.length < 8 - behind) groups.push('0')
  }
  const numbers = groups.map(group => Number.parseInt(group, 16))
  // uWebSockets.js writes an IPv4 address that came to an IPv6 socket in hexadecimal.
  const [, , , , , mark, high = 0, low = 0] = numbers
  if (mark === 0xffff && numbers.slice(0, 5).every(number => number === 0))
    return [high >> 8, high & 255, low >> 8, low & 255].join('.')
  const prefix = numbers.slice(0, 4).map(number => number.toString(16))
  return `${prefix.join(':')}::/64`
}
