import t from 'tap'
import { type DestinationDeps, findDestination } from '../../src/outbox/destinations.js'
import { isPublicAddress } from '../../src/outbox/reach.js'
import { fakeDns } from '../support/dns.js'

const deps = (zone: Parameters<typeof fakeDns>[0], more: Partial<DestinationDeps> = {}): DestinationDeps => ({
  resolver: fakeDns(zone),
  hostname: 'mail.home.test',
  mayReach: isPublicAddress,
  random: () => 0.5,
  ...more,
})
const A = '198.41.0.4'
const B = '199.9.14.201'
const AAAA = '2001:500:200::b'

const FOUND: [name: string, zone: Parameters<typeof fakeDns>[0], addresses: string[]][] = [
  ['MX by preference', { 'x.test': { mx: ['20 b', '10 a'] }, a: { a: [A] }, b: { a: [B] } }, [A, B]],
  ['no MX: the domain itself', { 'x.test': { a: [A], aaaa: [AAAA] } }, [A, AAAA]],
  ['an exchange without address is passed over', { 'x.test': { mx: ['10 a', '20 b'] }, b: { a: [B] } }, [B]],
  ['a private address is passed over', { 'x.test': { mx: ['10 a'] }, a: { a: ['10.0.0.1', A] } }, [A]],
  [
    'hosts that are nearer than this server',
    { 'x.test': { mx: ['10 a', '20 Mail.Home.test.', '30 b'] }, a: { a: [A] }, b: { a: [B] } },
    [A],
  ],
  [
    'one lookup that fails',
    { 'x.test': { mx: ['10 a', '20 b'] }, a: { fault: 'ESERVFAIL' }, b: { a: [B] } },
    [B],
  ],
]

for (const [name, zone, addresses] of FOUND) {
  t.test(name, async (t) => {
    const found = await findDestination('X.test', deps(zone))
    t.same('hosts' in found && found.hosts.map(({ address }) => address), addresses)
  })
}

const NOWHERE: [name: string, zone: Parameters<typeof fakeDns>[0], state: string, reply: RegExp][] = [
  ['no such domain', {}, 'failed', /^550 5\.1\.2 /],
  ['null MX (RFC 7505)', { 'x.test': { mx: ['0 .'], a: [A] } }, 'failed', /^556 5\.1\.10 /],
  [
    'an MX that leads nowhere, though the domain has an address',
    { 'x.test': { mx: ['10 a'], a: [A] } },
    'failed',
    /^550 5\.4\.4 /,
  ],
  ['a domain without any address', { 'x.test': {} }, 'failed', /^550 5\.4\.4 /],
  [
    'private addresses alone',
    { 'x.test': { a: ['127.0.0.1', '192.168.1.1'], aaaa: ['::1', 'fd00::1'] } },
    'failed',
    /^550 5\.4\.4 /,
  ],
  [
    'this server is the nearest host',
    { 'x.test': { mx: ['10 mail.home.test', '10 a'] }, a: { a: [A] } },
    'failed',
    /^554 5\.4\.6 /,
  ],
  ['the DNS does not answer for the domain', { 'x.test': { fault: 'ETIMEOUT' } }, 'queued', /^451 4\.4\.3 /],
  [
    'the DNS does not answer for the host',
    { 'x.test': { mx: ['10 a'] }, a: { fault: 'ESERVFAIL' } },
    'queued',
    /^451 4\.4\.3 /,
  ],
]

for (const [name, zone, state, reply] of NOWHERE) {
  t.test(name, async (t) => t.match(await findDestination('x.test', deps(zone)), { state, reply }))
}

t.test('equal preference: the lot decides', async (t) => {
  const zone = { 'x.test': { mx: ['10 a', '10 b'] }, a: { a: [A] }, b: { a: [B] } }
  for (const [lots, first] of [
    [[0.1, 0.9], 'a'],
    [[0.9, 0.1], 'b'],
  ] as const) {
    const left: number[] = [...lots]
    t.match(await findDestination('x.test', deps(zone, { random: () => left.shift()! })), {
      hosts: [{ name: first }],
    })
  }
})

t.test('address literals, and domains beyond ASCII', async (t) => {
  t.match(await findDestination(`[${A}]`, deps({})), { hosts: [{ address: A }] })
  t.match(await findDestination(`[IPv6:${AAAA}]`, deps({})), { hosts: [{ address: AAAA }] })
  t.match(await findDestination('[127.0.0.1]', deps({})), { state: 'failed' })
  t.match(await findDestination('[1.2.3]', deps({})), { state: 'failed' })
  t.match(await findDestination('b\u00fccher.test', deps({ 'xn--bcher-kva.test': { a: [A] } })), {
    hosts: [{ address: A }],
  })
})

const ADDRESSES: [address: string, isPublic: boolean][] = [
  [A, true],
  [AAAA, true],
  ['127.0.0.1', false],
  ['10.1.2.3', false],
  ['172.31.255.255', false],
  ['172.32.0.1', true],
  ['169.254.169.254', false],
  ['224.0.0.1', false],
  ['::', false],
  ['::1', false],
  ['::ffff:10.0.0.1', false],
  ['::ffff:8.8.8.8', false],
  ['::ffff:0:7f00:1', false],
  ['fe80::1', false],
  ['fec0::1', false],
  ['fd00::1', false],
  // Through translators and tunnels to what is not reached directly.
  ['64:ff9b::8.8.8.8', true],
  ['64:ff9b::7f00:1', false],
  ['64:ff9b::169.254.169.254', false],
  ['64:ff9b:1::a00:1', false],
  ['2002:7f00:1::', false],
  ['2001:0:a00:1::', false],
  ['4000::1', false],
]

for (const [address, isPublic] of ADDRESSES) {
  t.test(`${address} is ${isPublic ? '' : 'not '}reached`, async (t) =>
    t.equal(isPublicAddress(address), isPublic),
  )
}
