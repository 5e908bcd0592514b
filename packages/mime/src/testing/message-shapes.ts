// Messages whose structure is hard to read in one pass.
import { numbered, repeated, type Shape } from './shapes.js'

const mixed = (boundary = 'b') => `Content-Type: multipart/mixed; boundary="${boundary}"\r\n\r\n`

/** Half of it makes a header, and half of it a body. */
function halves(name: string, head: (size: number) => string, unit: (i: number) => string): Shape {
  return {
    name,
    make: (size) => head(size / 2) + numbered('', unit).make(size / 2),
  }
}

export const messageShapes: readonly Shape[] = [
  repeated('fields', 'A: b\r\n'),
  repeated('fields of four bytes', 'a:\r\n'),
  repeated('fields of one name', 'To: a@b\r\n'),
  repeated('fields with a type', 'Content-Type: text/plain; name=x\r\n'),
  repeated('lines without a colon', 'a\r\n'),
  repeated('one folded field', '\r\n b', 'Subject: a'),
  repeated('a folded list', ',\r\n a@b', 'To: a@b'),
  repeated('a folded reference', '\r\n <a@b>', 'References: <a@b>'),
  repeated('a folded type', ';\r\n a=b', 'Content-Type: a/b'),
  repeated('a long name of a field', 'a', '', ': b\r\n\r\n'),
  numbered('continuations', (i) => `;\r\n name*${i}=x`, 'Content-Type: a/b'),
  repeated('empty lines in a body', '\r\n', '\r\n'),
  repeated('dashes', '-', mixed()),
  repeated('dashed lines', '--\r\n', mixed()),
  repeated('parts', '--b\r\n\r\n', mixed()),
  repeated('parts that end', '--b--\r\n', mixed()),
  repeated('nearly boundaries', '--bb\r\n', mixed()),
  repeated('parts in parts', `--b\r\n${mixed()}`, mixed()),
  numbered('nested multiparts', (i) => `--b${i}\r\n${mixed(`b${i + 1}`)}`, mixed('b0')),
  numbered('boundaries that share a beginning', (i) => `--${'b'.repeat(i % 70)}\r\n`, mixed('b'.repeat(70))),
  numbered(
    'open multiparts whose boundaries share a beginning',
    (i) =>
      i < 99 ? `--${'b'.repeat(i + 1)}\r\n${mixed('b'.repeat(i + 2))}` : `--${'b'.repeat((i % 99) + 1)}x\r\n`,
    mixed('b'),
  ),
  halves(
    'a long boundary that nearly comes',
    (size) => mixed('b'.repeat(size)),
    () => `--${'b'.repeat(60)}\r\n`,
  ),
  repeated('nested messages', 'Content-Type: message/rfc822\r\n\r\n'),
  repeated('messages in a digest', '--b\r\n\r\nSubject: x\r\n\r\n', mixed().replace('mixed', 'digest')),
  repeated('parts with attachments', '--b\r\nContent-Disposition: attachment; filename=a\r\n\r\n', mixed()),
  repeated('texts', '--b\r\n\r\nword\r\n', mixed()),
  repeated('texts of HTML', '--b\r\nContent-Type: text/html\r\n\r\n<script>\r\n', mixed()),
  repeated(
    'alternatives',
    `--b\r\n${mixed().replace('mixed', 'alternative')}`,
    mixed().replace('mixed', 'alternative'),
  ),
  repeated('long lines', 'a'.repeat(10_000), '\r\n'),
  repeated('base64', 'QUJD\r\n', 'Content-Transfer-Encoding: base64\r\n\r\n'),
  repeated('quoted-printable', '=C3=A4 =\r\n', 'Content-Transfer-Encoding: quoted-printable\r\n\r\n'),
]
