import { parseMessage, type Summary, summarize } from '@tandem/mime'

/** A message as it goes over the wire: CRLF line ends, octets as characters. */
export const wire = (...lines: string[]): Buffer => Buffer.from(lines.join('\r\n'), 'latin1')

export function summaryOf(bytes: Buffer): Summary {
  return summarize(bytes, parseMessage(bytes))
}

export const PLAIN = wire('Subject: hi', 'From: a@b', '', 'Hello', 'you', '')

/** The "complex message" of RFC 3501 §6.4.5. */
export const COMPLEX = wire(
  'Subject: complex',
  'MIME-Version: 1.0',
  'Content-Type: multipart/mixed; boundary=A',
  '',
  'preamble',
  '--A',
  '',
  'part 1',
  '--A',
  'Content-Type: application/octet-stream; name=x.bin',
  'Content-Transfer-Encoding: base64',
  'Content-Disposition: attachment; filename=x.bin',
  'Content-ID: <id2@x>',
  'Content-Description: some bytes',
  '',
  'AAEC',
  '--A',
  'Content-Type: message/rfc822',
  '',
  'Subject: inner 3',
  'Content-Type: multipart/mixed; boundary=B',
  '',
  '--B',
  '',
  'part 3.1',
  '--B',
  'Content-Type: application/octet-stream',
  '',
  'part 3.2',
  '--B--',
  '--A',
  'Content-Type: multipart/mixed; boundary=C',
  '',
  '--C',
  'Content-Type: image/gif',
  'Content-Language: de, en',
  'Content-MD5: Q2hlY2s=',
  'Content-Location: http://x/y.gif',
  '',
  'GIF',
  '--C',
  'Content-Type: message/rfc822',
  '',
  'Subject: inner 4.2',
  '',
  'plain inner body',
  '',
  '--C--',
  '--A--',
  'epilogue',
  '',
)
