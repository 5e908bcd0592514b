// What is no message, but has all that messages are made of.
import fc from 'fast-check'

const line = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.constantFrom(
      '',
      ' ',
      '-',
      '--',
      '--a',
      '--b',
      '--a--',
      '--b-- ',
      '--a\t',
      'x',
      'lost',
      ' folded',
      'A: b',
      'From x',
      '\xef\xbb\xbfB: c',
      '=\xc3\xa4',
      'a=\t',
      'b \t',
      '=4',
      '=41 ',
      'QUI=',
      'Subject: =?utf-8?q?=00=ff?= \xe4\0',
      'Content-Type: multipart/mixed; boundary=a',
      'Content-Type: multipart/digest; boundary="b"',
      'Content-Type: message/rfc822',
      'Content-Type: multipart/alternative; boundary="a--"',
      'Content-Type: text/html; charset=utf-16',
      'Content-Type: text/plain; charset=utf-7',
      'Content-Transfer-Encoding: base64',
      'Content-Transfer-Encoding: quoted-printable',
      "Content-Disposition: attachment; filename*=utf-16be''%d8%00",
      'From: "a\\" <=?utf-16be?q?=d8=00?=@[(<:;,',
      'To: g: a@b (c, ;<@x:y>',
      'Date: 1 Jan 1 1:11',
    ),
  },
  fc.string({ unit: 'binary', maxLength: 20 }),
)
const piece = fc.oneof(
  { weight: 4, arbitrary: line },
  // Several lines that make sense, for more depth.
  fc.constantFrom(
    'Content-Type: multipart/mixed; boundary=a\n\n--a',
    '--a\nContent-Type: multipart/alternative; boundary=b\n\n--b\n',
    '--a\r\nContent-Transfer-Encoding: quoted-printable\r\n',
    '--b\nContent-Transfer-Encoding: base64\n',
    '--b\nContent-Type: text/html\n',
    '--a\nContent-Type: message/rfc822\n\nSubject: x\n',
  ),
)
const soup = fc
  .array(fc.tuple(piece, fc.constantFrom('\n', '\r\n', '\r', '')), { maxLength: 40 })
  .map((lines) => Buffer.from(lines.flat().join(''), 'latin1'))
/** Bytes of any kind, most of them nearly a message. */
export const bytes = fc.oneof(
  soup,
  fc.uint8Array({ maxLength: 300 }).map((array) => Buffer.from(array)),
)
export const limits = fc.record(
  {
    maxDepth: fc.nat(4),
    maxParts: fc.nat(6),
    maxTreeBytes: fc.nat(4000),
    maxHeaderBytes: fc.nat(60),
    maxAllHeaderBytes: fc.nat(200),
    maxHeaderFields: fc.nat(8),
  },
  { requiredKeys: [] },
)
