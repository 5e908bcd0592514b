import { createTransport } from 'nodemailer'
import { PASSWORD, type Tandem } from './tandem.js'

/** Delivers bytes as they are by LMTP; the replies per recipient, an error where one was refused. */
export async function deliver(
  tandem: Tandem,
  bytes: Buffer,
  to: string | string[],
  from = 'sender@example.net',
): Promise<void> {
  const transport = createTransport({ ...tandem.address('lmtp'), lmtp: true, ignoreTLS: true })
  try {
    await transport.sendMail({ raw: bytes, envelope: { from, to } })
  } finally {
    transport.close()
  }
}

/** A transport that submits with AUTH, over STARTTLS. */
export function submitter(tandem: Tandem, user: string, password: string = PASSWORD) {
  return createTransport({
    ...tandem.address('submission'),
    requireTLS: true,
    tls: { rejectUnauthorized: false },
    auth: { user, pass: password },
  })
}
