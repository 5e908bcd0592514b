import { judgeSender } from '@tandem/mailstore'
import type { Claims } from '@tandem/mime'
import t from 'tap'
import { missingFields } from '../../src/submission/complete.js'

const options = {
  hostname: 'mail.example',
  now: new Date('2026-11-20T06:25:07Z'),
  isLocalDomain: async (domain: string) => domain === 'home',
  judge: (claims: Claims) =>
    judgeSender(claims, {
      notOwn: async (addresses) => addresses.filter((address) => address.endsWith('@other.example')),
      ours: async (addresses) => addresses,
      holds: async () => false,
    }),
}

const complete = (header: string) => missingFields(Buffer.from(`${header}\r\n\r\nbody\r\n`), options)
const DATE = 'Date: Fri, 20 Nov 2026 06:25:07 +0000\r\n'
const ID = 'Message-ID: <[0-9a-f-]{36}@mail\\.example>\r\n'

const COMPLETED: [name: string, header: string, lines: RegExp][] = [
  ['lacks nothing', 'From: a@b.c\r\nDate: x\r\nMessage-ID: <1@b>', /^$/],
  ['lacks Date', 'From: a@b.c\r\nMessage-ID: <1@b>', new RegExp(`^${DATE.replace('+', '\\+')}$`)],
  ['lacks Message-ID', 'From: a@b.c\r\nDate: x', new RegExp(`^${ID}$`)],
  [
    'lacks both',
    'From: a@b.c\r\nTo: x@home, g: y@b.c;\r\nCc: z@[127.0.0.1]',
    new RegExp(`^${DATE.replace('+', '\\+')}${ID}$`),
  ],
  ['has an incomplete address but lacks nothing', 'From: a@b\r\nDate: x\r\nMessage-ID: <1@b>', /^$/],
]

for (const [name, header, lines] of COMPLETED) {
  t.test(`a message that ${name}`, async (t) => t.match(await complete(header), lines))
}

const REFUSED: [name: string, header: string, text: RegExp][] = [
  ['without From', 'To: a@b.c', /^5\.6\.0 the message has no From field/],
  ['with NUL', 'From: a@b.c\r\nSubject: \0', /^5\.6\.0 the message holds a NUL/],
  [
    'that lacks Date and has an incomplete address',
    'From: a@b.c\r\nTo: x@intern',
    /^5\.6\.0 an address in To/,
  ],
  ['whose author has no domain', 'From: root', /^5\.6\.0 whom the message is from/],
  // Behind what a parser keeps, another author could stand.
  [
    'with too many fields',
    `From: a@b.c\r\n${'X:\r\n'.repeat(60_000)}From: x@other.example`,
    /^5\.6\.0 the header of the message has more than/,
  ],
  [
    'with too long a header',
    `From: a@b.c\r\n${`X: ${'x'.repeat(900)}\r\n`.repeat(1_300)}From: x@other.example`,
    /^5\.6\.0 the header of the message has more than/,
  ],
]

for (const [name, header, text] of REFUSED) {
  t.test(`a message ${name} is refused`, async (t) => {
    await t.rejects(complete(header), { responseCode: 554, message: text })
  })
}

// RFC 6409 §6.1
for (const header of [
  'From: x@other.example',
  'From: a@b.c, x@other.example',
  'From: a@b.c\r\nSender: x@other.example',
  'From: a@b.c\r\nFrom: x@other.example',
]) {
  t.test(`nobody speaks in the name of another: ${JSON.stringify(header)}`, async (t) => {
    await t.rejects(complete(header), {
      responseCode: 550,
      message: /^5\.7\.1 the address in (From|Sender) /,
    })
  })
}
