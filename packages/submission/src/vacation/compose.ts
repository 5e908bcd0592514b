// The message of a vacation response: RFC 3834 §3, RFC 5230 §5, RFC 8621 §8.
import { randomUUID } from 'node:crypto'
import type { Identity, Vacation } from '@tandem/mailstore'
import { htmlToText, type Summary } from '@tandem/mime'
import MailComposer from 'nodemailer/lib/mail-composer'

export interface ReplyOptions {
  hostname: string
  now: Date
  vacation: Vacation
  /** What the response is called and answered by. */
  identity: Pick<Identity, 'name' | 'replyTo'>
  /** The address of the user that the message was for. */
  from: string
  /** Its sender. */
  to: string
  /** Of the message that is answered. */
  original: Pick<Summary, 'subject' | 'messageId' | 'inReplyTo' | 'references'>
}

const DEFAULT_TEXT =
  'Thank you for your message. I am away, and will read it when I am back.\n\nThis is an automatic reply.\n'
/** Characters of the subject that is answered. */
const MAX_SUBJECT = 200
const MAX_REFERENCES = 20
const MAX_ID = 250

export function composeReply(options: ReplyOptions): Promise<Buffer> {
  const { hostname, now, vacation, identity, from, to, original } = options
  const { textBody, htmlBody } = vacation
  const text = textBody ?? (htmlBody === null ? DEFAULT_TEXT : htmlToText(htmlBody))
  const ids = (list: string[] | null) => (list ?? []).filter((id) => id.length <= MAX_ID)
  const [parent] = ids(original.messageId)
  // RFC 5322 §3.6.4
  const before = original.references ?? (original.inReplyTo?.length === 1 ? original.inReplyTo : null)
  return new MailComposer({
    from: { name: identity.name, address: from },
    to: { name: '', address: to },
    ...(identity.replyTo
      ? { replyTo: identity.replyTo.map(({ name, email }) => ({ name: name ?? '', address: email })) }
      : {}),
    subject: vacation.subject ?? subjectFor(original.subject),
    date: now,
    messageId: `<${randomUUID()}@${hostname}>`,
    ...(parent === undefined
      ? {}
      : {
          inReplyTo: `<${parent}>`,
          references: [...ids(before).slice(-MAX_REFERENCES), parent].map((id) => `<${id}>`),
        }),
    headers: { 'Auto-Submitted': 'auto-replied' },
    text,
    ...(htmlBody === null ? {} : { html: htmlBody }),
    newline: '\r\n',
    disableFileAccess: true,
    disableUrlAccess: true,
  })
    .compile()
    .build()
}

/** RFC 5230 §5.3 */
function subjectFor(subject: string | null): string {
  const text = subject?.trim() ?? ''
  return text === '' ? 'Automated reply' : `Auto: ${[...text].slice(0, MAX_SUBJECT).join('')}`
}
