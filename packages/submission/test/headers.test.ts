import t from 'tap'
import { addressLiteral, prepend, protocolName, received, returnPath } from '../src/headers.js'

const date = new Date('2026-11-20T06:25:07Z')

const TRACES: [name: string, trace: Parameters<typeof received>[0], line: string][] = [
  [
    'of a client',
    {
      from: { helo: 'laptop.example', address: '192.0.2.7' },
      by: 'mail.example',
      protocol: 'ESMTPSA',
      id: 'abc-1',
      recipient: 'b@example.org',
      date,
    },
    'Received: from laptop.example ([192.0.2.7])\r\n\tby mail.example with ESMTPSA id abc-1\r\n\tfor <b@example.org>;\r\n\tFri, 20 Nov 2026 06:25:07 +0000\r\n',
  ],
  [
    'of a client without a proper name',
    { from: { helo: 'my_pc)', address: '2001:db8::7' }, by: 'mail.example', protocol: 'LMTP', id: 'x', date },
    'Received: from [IPv6:2001:db8::7] ([IPv6:2001:db8::7])\r\n\tby mail.example with LMTP id x;\r\n\tFri, 20 Nov 2026 06:25:07 +0000\r\n',
  ],
  [
    'of a client that gives its address',
    {
      from: { helo: '[10.0.0.1]', address: '192.0.2.7' },
      by: 'mail.example',
      protocol: 'ESMTP',
      id: 'x',
      date,
    },
    'Received: from [10.0.0.1] ([192.0.2.7])\r\n\tby mail.example with ESMTP id x;\r\n\tFri, 20 Nov 2026 06:25:07 +0000\r\n',
  ],
  [
    'from our own queue',
    { by: 'mail.example', id: 's1', date },
    'Received: by mail.example id s1;\r\n\tFri, 20 Nov 2026 06:25:07 +0000\r\n',
  ],
]

for (const [name, trace, line] of TRACES) {
  t.test(`Received ${name}`, async (t) => t.equal(received(trace), line))
}

// RFC 3848 §1
const PROTOCOLS: [lmtp: boolean, extended: boolean, tls: boolean, auth: boolean, name: string][] = [
  [false, false, false, false, 'SMTP'],
  [false, true, false, false, 'ESMTP'],
  [false, true, false, true, 'ESMTPA'],
  [false, true, true, false, 'ESMTPS'],
  [false, true, true, true, 'ESMTPSA'],
  [false, false, true, true, 'ESMTPSA'],
  [true, true, false, false, 'LMTP'],
  [true, true, false, true, 'LMTPA'],
  [true, true, true, false, 'LMTPS'],
  [true, true, true, true, 'LMTPSA'],
]

for (const [lmtp, extended, tls, auth, name] of PROTOCOLS) {
  t.test(`protocol ${name}`, async (t) => {
    t.equal(protocolName({ lmtp, extended, tls, auth }), name)
    // RFC 6531 §4.3
    const utf8Name = `UTF8${name.replace('ESMTP', 'SMTP')}`
    t.equal(protocolName({ lmtp, extended, tls, auth, utf8: true }), utf8Name)
  })
}

t.test('Return-Path, and address literals', async (t) => {
  t.equal(returnPath('a@example.com'), 'Return-Path: <a@example.com>\r\n')
  t.equal(returnPath(''), 'Return-Path: <>\r\n')
  t.equal(addressLiteral('127.0.0.1'), '[127.0.0.1]')
  t.equal(addressLiteral('::1'), '[IPv6:::1]')
})

t.test('bytes stay bytes behind what is put before them', async (t) => {
  const message = Uint8Array.of(0, 128, 255, 13, 10)
  t.same([...prepend('A: 1\r\n', message).subarray(6)], [...message])
})
