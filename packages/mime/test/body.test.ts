import t from 'tap'
import { createDecoder } from '../src/body.js'
import { decodeBody, isKnownEncoding, parseMessage } from '../src/index.js'

t.test('decodeBody', (t) => {
  const cases: [encoding: string, encoded: string, decoded: string, problem?: boolean][] = [
    ['7bit', 'a=41\r\n', 'a=41\r\n'],
    ['binary', '\0\xff', '\0\xff'],
    ['x-uuencode', 'begin', 'begin', true],
    ['x-unknown', 'YQ==', 'YQ==', true],
    ['x-uuencode', 'begin 644 cat.txt\r\n#0V%T\r\n`\r\nend\r\n', 'Cat'],
    ['uuencode', '\n\nbegin 644 a b\n%86)C9&4\n \nend\nmore', 'abcde'],
    ['x-uue', 'begin 644 cat.txt\n#0V%T', 'Cat', true],
    ['uue', `begin 600 x\n${'M'.padEnd(61, '<G)R')}\n#0V%T!\nend`, `${'rrr'.repeat(15)}Cat`],
    ['x-uu', 'begin 600 x\n"AA\n`\nend', '\x86\x10'],
    ['x-uuencode', 'no file', 'no file', true],
    ['x-uuencode', 'begin 644 x\nM\n#0V%T\n`\nend', 'Cat', true],
    ['base64', 'aGVsbG8=', 'hello'],
    ['base64', 'aGVs\r\nbG8g\r\n d29y\tbGQ=\r\n', 'hello world'],
    ['base64', 'aGVsbG8', 'hello'],
    ['base64', 'aGU=bGxv', 'hello'],
    ['base64', 'aG*Vs!bG8=', 'hello', true],
    ['base64', 'aGVsb', 'hel', true],
    ['base64', '', ''],
    ['quoted-printable', 'a=3Db=C3=a4', 'a=b\xc3\xa4'],
    ['quoted-printable', 'one=\r\ntwo=  \nthree=', 'onetwothree'],
    ['quoted-printable', 'one \t\r\ntwo  \nx  y ', 'one\r\ntwo\nx  y'],
    ['quoted-printable', 'a=zz=4', 'a=zz=4', true],
    ['quoted-printable', 'a\xe4\rb', 'a\xe4\rb'],
  ]
  for (const [encoding, encoded, decoded, problem = false] of cases) {
    const bytes = Buffer.from(`--${encoded}--`, 'latin1')
    const part = { encoding, bodyStart: 2, bodyEnd: bytes.length - 2 }
    const result = decodeBody(bytes, part)
    t.equal(Buffer.from(result.bytes).toString('latin1'), decoded, `${encoding} ${JSON.stringify(encoded)}`)
    t.equal(result.isEncodingProblem, problem)
    // Byte by byte, and only counted.
    const counter = createDecoder(encoding, null)
    for (let i = part.bodyStart; i < part.bodyEnd; i++) counter?.write(bytes, i, i + 1)
    const counted = counter?.end() ?? { length: result.bytes.length, problem }
    t.same(counted, { length: result.bytes.length, problem }, 'the counter agrees')
  }
  t.end()
})

t.test('Content-Transfer-Encoding as real mailers write it', (t) => {
  const cases: [field: string, encoding: string][] = [
    ['quoted printable', 'quoted-printable'],
    ['Quoted_Printable', 'quoted-printable'],
    ['quoted-printable;', 'quoted-printable'],
    ['QuotedPrintable', 'quoted-printable'],
    ['"quoted-printable"', 'quoted-printable'],
    ['base 64', 'base64'],
    ['BASE-64', 'base64'],
    ['base64, base64', 'base64'],
    ['(as it is) base64 (really)', 'base64'],
    ['8 bit', '8bit'],
    ['8-Bit', '8bit'],
    ['7-bit', '7bit'],
    ['', '7bit'],
    [';', '7bit'],
    ['X-UUencode', 'x-uuencode'],
    ['x-unknown of ours', 'x-unknown'],
  ]
  for (const [field, encoding] of cases) {
    const { root } = parseMessage(Buffer.from(`Content-Transfer-Encoding: ${field}\n\nx`))
    t.equal(root.encoding, encoding, field)
  }
  t.end()
})

t.test('isKnownEncoding', (t) => {
  for (const encoding of ['7bit', '8bit', 'binary', 'base64', 'quoted-printable', 'x-uuencode', 'uuencode'])
    t.ok(isKnownEncoding(encoding), encoding)
  t.notOk(isKnownEncoding('x-unknown'))
  t.end()
})
