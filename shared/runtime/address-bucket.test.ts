import t from 'tap'
import { addressBucket } from './address-bucket.ts'

t.test('an IPv6 network of 64 bits shares one budget, an IPv4 address has its own', async t => {
  t.equal(addressBucket('192.0.2.1'), '192.0.2.1')
  t.equal(addressBucket('::ffff:192.0.2.1'), '192.0.2.1')
  t.equal(addressBucket('2001:db8:1:2:3:4:5:6'), '2001:db8:1:2::/64')
  t.equal(addressBucket('2001:DB8:1:2::9'), '2001:db8:1:2::/64')
  t.equal(addressBucket('2001:0db8:0001:0002::'), '2001:db8:1:2::/64')
  t.equal(addressBucket('2001:db8::7'), '2001:db8:0:0::/64')
  t.equal(addressBucket('fe80::1%eth0'), 'fe80:0:0:0::/64')
  t.equal(addressBucket('::1'), '0:0:0:0::/64')
  t.equal(addressBucket('0000:0000:0000:0000:0000:ffff:c000:0201'), '192.0.2.1')
  t.equal(addressBucket(''), '')
})
