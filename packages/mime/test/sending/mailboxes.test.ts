import t from 'tap'
import { senderAddresses } from '../../src/index.js'

const latin1 = (text: string) => Buffer.from(text).toString('latin1')

const READ: [raw: string, addresses: string[]][] = [
  [' alice@x.test', ['alice@x.test']],
  [' Alice <alice@x.test>', ['alice@x.test']],
  [' <alice@x.test>', ['alice@x.test']],
  ['\r\n "Liddell, Alice" <alice@x.test>', ['alice@x.test']],
  [' "Alice \\"Al\\" Liddell" <alice@x.test>', ['alice@x.test']],
  [' alice@x.test (Alice, in sales)', ['alice@x.test']],
  [' Alice P. Liddell <alice@x.test>, bob@x.test', ['alice@x.test', 'bob@x.test']],
  [' "alice@y.test" <alice@x.test>', ['alice@x.test']],
  [' "alice"@x.test', ['alice@x.test']],
  [' Jörg <jörg@bücher.example>', ['jörg@bücher.example']],
  [' Us: alice@x.test, Bob <bob@x.test>;', ['alice@x.test', 'bob@x.test']],
  [' =?utf-8?q?J=C3=B6rg?= =?utf-8?b?w7bDtg==?= <alice@x.test>', ['alice@x.test']],
  [' "=?utf-8?q?J=C3=B6rg?=" <alice@x.test>', ['alice@x.test']],
  [' =?utf-8?q?Liddell=2C_Alice?= <alice@x.test>', ['alice@x.test']],
  [' =?utf-8?q?J=C3=B6rg_=40_Acme?= <alice@x.test>', ['alice@x.test']],
  [' =?iso-2022-jp?B?GyRCOzNFREJATzobKEI=?= <alice@x.test>', ['alice@x.test']],
  // A reader that decodes first sees another author.
  [' =?utf-8?q?ceo=40y.test=2C?= <alice@x.test>', ['alice@x.test', 'ceo@y.test']],
  [' =?utf-8?b?Y2Vv?= =?utf-8?q?=40y=2Etest?= <alice@x.test>', ['alice@x.test', 'ceo@y.test']],
  [' "=?utf-8?q?ceo_=40_y=2Etest=2C?=" <alice@x.test>', ['alice@x.test', 'ceo@y.test']],
]

for (const [raw, addresses] of READ) {
  t.test(`all readers see the same in From:${raw.replaceAll('\r\n', '\\r\\n')}`, async (t) => {
    t.strictSame(senderAddresses(latin1(raw)), addresses)
  })
}

const UNCLEAR: string[] = [
  ...[
    '',
    ' ',
    ' <>',
    ' Nobody:;',
    ' root',
    ' ceo',
    ' @x.test',
    ' alice@',
    ',',
    ' alice@x.test,',
    ' , alice@x.test',
  ],
  // Two readings of what stands before the brackets, and behind them.
  ' ceo@y.test <alice@x.test>',
  ' alice@x.test <ceo@y.test>',
  ' <alice@x.test> ceo@y.test',
  ' <alice@x.test><ceo@y.test>',
  ' <alice@x.test> <ceo@y.test>',
  ' <<alice@x.test>>',
  ' Alice alice@x.test',
  ' alice@x.test Alice',
  ' <@y.test:alice@x.test>',
  ' <ceo@y.test@x.test>',
  ' alice(comment)@x.test',
  ' alice @x.test',
  ' alice@x . test',
  ' alice@x.test (ceo@y.test)',
  ' alice@x.test (a (b) <ceo@y.test>)',
  ' alice@x.test (a\\) <ceo@y.test> (b)',
  ' "a\\" <ceo@y.test>, \\"" <alice@x.test>',
  ' "unclosed <alice@x.test>',
  ' (unclosed <alice@x.test>',
  ' "ceo@y.test"@x.test',
  ' "al\\ice"@x.test',
  ' alice@x.test; ceo@y.test',
  ' .<alice@x.test>',
  ' A: B: alice@x.test;;',
  ' A: alice@x.test',
  ' alice\\@x.test',
  ' [alice@x.test]',
  ' alice@x.test\0',
  ' alice@x.test\x0bceo@y.test',
  ' alice@x.test\u0085ceo@y.test',
  ' A\u2028 <alice@x.test>',
  ' =?utf-8?q?=3Cceo=40y.test=3E?= <alice@x.test>',
  ' =?utf-8?q?=0D=0AFrom:_ceo?= <alice@x.test>',
  ' =?utf-8?b?YQpi?= <alice@x.test>',
  ' =?utf-8?q?a,b?= <alice@x.test>',
  ' =?x-unknown?q?ceo=40y.test=2C?= <alice@x.test>',
  ' =?utf-8?q?unclosed <alice@x.test>',
]

for (const [index, raw] of UNCLEAR.entries()) {
  // A line separator in its name would end the TAP of a test.
  t.test(`readers may differ, ${index}: From:${encodeURI(raw)}`, async (t) => {
    t.equal(senderAddresses(latin1(raw)), null)
  })
}

t.test('bytes that are no UTF-8 may hide a bracket or a quote', async (t) => {
  t.equal(senderAddresses(' J\xf6rg <alice@x.test>'), null)
})

t.test('hostile fields take linear time', async (t) => {
  const shapes = ['a', '=?', '"', '(', '<', '@', ',', 'a@', '=?utf-8?q?=40?= ', ':', '\\"', 'a@b.c,', '. ']
  for (const shape of shapes) {
    const cost = (octets: number) => {
      const raw = `=?utf-8?q?a?= ${shape.repeat(octets / shape.length)}`
      const before = process.cpuUsage()
      senderAddresses(raw)
      const { user, system } = process.cpuUsage(before)
      return (user + system) / 1000
    }
    cost(20_000)
    const [half, whole] = [cost(400_000), cost(800_000)]
    t.ok(whole < 100 || whole < 3 * half, `${JSON.stringify(shape)}: ${half} ms, then ${whole} ms`)
  }
})
