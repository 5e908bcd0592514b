// Just enough RFC 5322 and MIME to write the demonstration's messages.

export interface Draft {
  id: string
  from: string
  to: readonly string[]
  subject: string
  date: Date
  /** Message ids without brackets, the oldest first; the last one is answered. */
  answers?: readonly string[]
  text: string
  html?: string
  attachment?: { name: string; type: string; content: string }
}

/** The message, with CRLF line ends. */
export function compose(draft: Draft): Buffer {
  const { id, from, to, subject, date, answers = [], text, html, attachment } = draft
  const parent = answers.at(-1)
  const headers = [
    `From: ${from}`,
    `To: ${to.join(',\r\n ')}`,
    `Subject: ${encodeWords(subject)}`,
    `Date: ${date.toUTCString().replace('GMT', '+0000')}`,
    `Message-ID: <${id}>`,
    ...(parent === undefined ? [] : [`In-Reply-To: <${parent}>`]),
    ...(answers.length === 0 ? [] : [`References: ${answers.map((one) => `<${one}>`).join('\r\n ')}`]),
    'MIME-Version: 1.0',
  ]
  let body = textPart('plain', text)
  if (html !== undefined) body = multipart('alternative', [body, textPart('html', html)])
  if (attachment !== undefined) body = multipart('mixed', [body, attachmentPart(attachment)])
  return Buffer.from(`${headers.join('\r\n')}\r\n${body}`)
}

function textPart(subtype: 'plain' | 'html', text: string): string {
  const ascii = isAscii(text)
  return part(
    [
      `Content-Type: text/${subtype}; charset=${ascii ? 'us-ascii' : 'utf-8'}`,
      `Content-Transfer-Encoding: ${ascii ? '7bit' : 'base64'}`,
    ],
    ascii ? text.replaceAll('\n', '\r\n') : base64(text),
  )
}

function attachmentPart({ name, type, content }: NonNullable<Draft['attachment']>): string {
  return part(
    [
      `Content-Type: ${type}; name="${name}"`,
      'Content-Transfer-Encoding: base64',
      `Content-Disposition: attachment; filename="${name}"`,
    ],
    base64(content),
  )
}

function multipart(subtype: 'alternative' | 'mixed', parts: readonly string[]): string {
  const boundary = `=_${subtype}_=`
  const inner = parts.map((one) => `--${boundary}\r\n${one}\r\n`).join('')
  return part([`Content-Type: multipart/${subtype}; boundary="${boundary}"`], `${inner}--${boundary}--\r\n`)
}

function part(headers: readonly string[], body: string): string {
  return `${headers.join('\r\n')}\r\n\r\n${body}`
}

function base64(text: string): string {
  // RFC 2045 §6.8: lines of at most 76 characters.
  return Buffer.from(text).toString('base64').replace(/.{76}/g, '$&\r\n').concat('\r\n')
}

/** RFC 2047 §2: an encoded word has at most 75 characters, which leaves room for 45 octets, whole characters each. */
function encodeWords(text: string): string {
  if (isAscii(text)) return text
  const words = ['']
  for (const character of text) {
    const longer = words.at(-1)! + character
    if (Buffer.byteLength(longer) <= 45) words[words.length - 1] = longer
    else words.push(character)
  }
  return words.map((word) => `=?UTF-8?B?${Buffer.from(word).toString('base64')}?=`).join('\r\n ')
}

function isAscii(text: string): boolean {
  return /^[\u0000-\u007f]*$/.test(text)
}
