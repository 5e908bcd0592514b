// Few messages, which match each other's threads in many ways. Some have fields twice, of which the last counts.
import fc from 'fast-check'

export interface MessageChoice {
  subject: number
  parent: number
  /** Of messages otherwise the same. */
  variant: number
}

export const message: fc.Arbitrary<MessageChoice> = fc.record({
  subject: fc.nat(1),
  parent: fc.nat(3),
  variant: fc.nat(2),
})

/** What programs put in front of a subject; threads don't go by it (RFC 8621 §3). */
const PREFIXES = ['', 'AW: ', '[x] Automatic reply: ']

/** Its header fields, without From and To. */
export function fieldsOf({ subject, parent, variant }: MessageChoice) {
  const messageId = `m${subject}.${parent}.${variant}@x`
  const inReplyTo = parent === 0 ? null : `root${parent}@x`
  return { subject: `${PREFIXES[parent % PREFIXES.length]}subject ${subject}`, messageId, inReplyTo }
}

/** What threads match by: RFC 8621 §3. */
export function keysOf(choice: MessageChoice): string[] {
  const { messageId, inReplyTo } = fieldsOf(choice)
  return [messageId, ...(inReplyTo ? [inReplyTo] : [])].map((id) => `${id} ${choice.subject}`)
}

export function bytesOf(choice: MessageChoice): Buffer {
  const { subject, messageId, inReplyTo } = fieldsOf(choice)
  const lines = [
    ...(choice.variant === 1 ? ['Subject: of nobody', `Message-ID: <m${choice.subject}.0.0@x>`] : []),
    ...(choice.variant === 2 && inReplyTo ? ['In-Reply-To: <root1@x>'] : []),
    ...(choice.variant === 2 ? ['To: nobody', 'a line that is no field', 'nor is this'] : []),
    'From: Bob <bob@example.net>',
    'To: alice@example.org',
    `Subject: ${subject}`,
    `Message-ID: <${messageId}>`,
    ...(inReplyTo ? [`In-Reply-To: <${inReplyTo}>`] : []),
    'Date: Fri, 20 Nov 2026 08:00:00 +0000',
    '',
    'x'.repeat(choice.subject * 7 + choice.parent + 1),
    '',
  ]
  return Buffer.from(lines.join('\r\n'))
}
