import t from 'tap'
import type { Client } from '../../support/client.js'
import { startServer } from '../../support/server.js'

const PNG = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0, 0, 0, 13])
const INNER =
  'Subject: inner\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\n' +
  `${Buffer.from('one\ntwo\r\n').toString('base64')}\r\n`

const MIXED = [
  'Subject: mixed\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n',
  '--b\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n',
  'gr=C3=BC=C3=9Fe =\r\nan alle\r\n',
  `--b\r\nContent-Type: image/png\r\nContent-Transfer-Encoding: base64\r\n\r\n${PNG.toString('base64')}\r\n`,
  '--b\r\nContent-Type: application/x-old\r\nContent-Transfer-Encoding: x-unknown\r\n\r\nbegin\r\n',
  `--b\r\nContent-Type: message/rfc822\r\n\r\n${INNER}`,
  '\r\n--b\r\nContent-Type: application/octet-stream\r\nContent-Transfer-Encoding: base64\r\n\r\n',
  '\r\n--b\r\nContent-Type: text/plain; charset=utf-16le\r\nContent-Transfer-Encoding: base64\r\n\r\n',
  `${Buffer.from('a\nb', 'utf16le').toString('base64')}\r\n`,
  '--b\r\nContent-Type: application/x-old\r\nContent-Transfer-Encoding: x-uuencode\r\n\r\n',
  'begin 644 cat.txt\r\n#0V%T\r\n`\r\nend\r\n',
  '--b\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: quoted printable\r\n\r\n',
  'gr=C3=BC=C3=9Fe\r\n',
  '--b--\r\n',
].join('')

const literal = (bytes: Buffer | string) => {
  const octets = typeof bytes === 'string' ? Buffer.from(bytes) : bytes
  return `${octets.includes(0) ? '~' : ''}{${octets.length}}\r\n${octets.toString('latin1')}`
}

t.test('BINARY (RFC 3516, RFC 9051 §6.4.5)', async (t) => {
  const server = await startServer(t)
  const client = await server.loggedIn()
  await client.append('INBOX', MIXED)
  await client.append('INBOX', INNER)
  await client.append('INBOX', 'Subject: unix\n\nline\nline\r\n')
  await client.ok('SELECT INBOX')

  await t.test('a part with its encoding undone; literal8 where there is a NUL; its size', async (t) => {
    const gruesse = Buffer.from('grüße an alle')
    const cases: [message: number, part: string, expected: Buffer | string | null][] = [
      [1, '1', gruesse],
      [1, '2', PNG],
      [1, '4', INNER],
      [1, '4.1', 'one\r\ntwo\r\n'],
      [1, '5', ''],
      [1, '6', Buffer.from('a\nb', 'utf16le')],
      [1, '7', 'Cat'],
      [1, '8', Buffer.from('grüße')],
      [1, '9', null],
      [1, '1.1', null],
      [1, '', MIXED],
      [2, '1', 'one\r\ntwo\r\n'],
      [2, '', INNER],
      [3, '1', 'line\r\nline\r\n'],
    ]
    for (const [number, part, expected] of cases) {
      const value = expected === null ? 'NIL' : expected.length === 0 ? '""' : literal(expected)
      t.same(
        await client.ok(`FETCH ${number} BINARY.PEEK[${part}]`),
        [`${number} FETCH (BINARY[${part}] ${value})`],
        part,
      )
      const size = expected === null ? 0 : Buffer.from(expected).length
      t.same(await client.ok(`FETCH ${number} BINARY.SIZE[${part}]`), [
        `${number} FETCH (BINARY.SIZE[${part}] ${size})`,
      ])
    }
  })

  await t.test('<partial> counts decoded octets', async (t) => {
    const cases: [item: string, expected: string][] = [
      ['BINARY.PEEK[1]<2.3>', `BINARY[1]<2> ${literal(Buffer.from('üß').subarray(0, 3))}`],
      ['BINARY.PEEK[2]<0.4>', `BINARY[2]<0> ${literal(PNG.subarray(0, 4))}`],
      ['BINARY.PEEK[2]<3.3>', `BINARY[2]<3> ${literal(PNG.subarray(3, 6))}`],
      ['BINARY.PEEK[2]<100.4>', 'BINARY[2]<100> ""'],
      ['BINARY.PEEK[4.1]<3.3>', `BINARY[4.1]<3> ${literal('\r\nt')}`],
      ['BINARY.PEEK[4]<0.7>', `BINARY[4]<0> ${literal('Subject')}`],
    ]
    for (const [item, expected] of cases) {
      t.same(await client.ok(`FETCH 1 ${item}`), [`1 FETCH (${expected})`], item)
    }
  })

  await t.test('an encoding that nobody knows: NO [UNKNOWN-CTE], and \\Seen is not set', async (t) => {
    const result = await client.run('FETCH 1:2 (BINARY[3])')
    t.match(result, { status: 'NO', text: /^\[UNKNOWN-CTE\]/ })
    t.same(result.untagged, ['2 FETCH (BINARY[3] NIL FLAGS (\\Recent \\Seen))'], 'the others are answered')
    t.match(await client.run('FETCH 1 BINARY.SIZE[3]'), {
      status: 'NO',
      text: /^\[UNKNOWN-CTE\]/,
      untagged: [],
    })
    t.same(await client.ok('FETCH 1 FLAGS'), ['1 FETCH (FLAGS (\\Recent))'])
  })

  await t.test('BINARY sets \\Seen, BINARY.PEEK and BINARY.SIZE do not', async (t) => {
    await client.ok('FETCH 1 (BINARY.PEEK[1] BINARY.SIZE[1])')
    t.same(await client.ok('FETCH 1 FLAGS'), ['1 FETCH (FLAGS (\\Recent))'])
    t.same(await client.ok('FETCH 1 (BINARY[2]<0.1>)'), [
      '1 FETCH (BINARY[2]<0> {1}\r\n\x89 FLAGS (\\Recent \\Seen))',
    ])
  })

  await t.test('what is BAD', async (t) => {
    const wrong = [
      'BINARY',
      'BINARY[TEXT]',
      'BINARY[1.MIME]',
      'BINARY[0]',
      'BINARY[1.]',
      'BINARY.SIZE[1]<0.1>',
      'BINARY.SIZE',
      'BINARY.PEEK',
      'BINARY[1',
    ]
    for (const item of wrong) t.equal((await client.run(`FETCH 1 ${item}`)).status, 'BAD', item)
  })
  t.same(server.errors, [])
})

t.test('a large part is decoded as it streams, and is what it was', async (t) => {
  const server = await startServer(t, { appendLimit: 8 * 1024 * 1024 })
  const client = await server.loggedIn()
  const bytes = Buffer.alloc(3_000_000, 'abc\nd')
  const withNul = Buffer.from(bytes)
  withNul[2_900_000] = 0
  for (const [type, content] of [
    ['application/x-plain', bytes],
    ['application/x-nul', withNul],
    ['text/plain', bytes],
  ] as const) {
    const encoded = content.toString('base64').replace(/.{76}/g, '$&\r\n')
    await client.append(
      'INBOX',
      `Subject: large\r\nContent-Type: ${type}\r\nContent-Transfer-Encoding: base64\r\n\r\n${encoded}\r\n`,
    )
  }
  await client.ok('SELECT INBOX')
  const fetched = async (number: number, item: string) => content(client, number, item)
  t.same(await fetched(1, 'BINARY.PEEK[1]'), literal(bytes))
  t.same(await fetched(2, 'BINARY.PEEK[1]'), literal(withNul))
  t.same(await fetched(1, 'BINARY.PEEK[1]<2000000.500000>'), literal(bytes.subarray(2_000_000, 2_500_000)))
  const crlf = Buffer.from(bytes.toString().replaceAll('\n', '\r\n'))
  t.same(await fetched(3, 'BINARY.PEEK[1]'), literal(crlf))
  t.same(await fetched(3, 'BINARY.PEEK[1]<3000000.1000>'), literal(crlf.subarray(3_000_000, 3_001_000)))
  t.same(await fetched(3, 'BINARY.SIZE[1]'), String(crlf.length))
})

async function content(client: Client, number: number, item: string): Promise<string> {
  const [line] = await client.ok(`FETCH ${number} ${item}`)
  return line!.replace(/^\d+ FETCH \(\S+ /, '').slice(0, -1)
}
