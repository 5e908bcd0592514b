// The mailbox that a command names.
import type { Mailbox, Reader } from '@tandem/mailstore'
import { no } from '../refusal.js'

const TEXT = 'There is no such mailbox'

/** Errors: NONEXISTENT (RFC 5530 §3). */
export async function findMailbox({ mailbox }: Pick<Reader, 'mailbox'>, path: string): Promise<Mailbox> {
  const found = await mailbox.byPath(path)
  if (!found) throw no(TEXT, 'NONEXISTENT')
  return found
}

/** Where messages are to go. Errors: TRYCREATE (RFC 3501 §6.3.11, §6.4.7). */
export async function findTarget({ mailbox }: Pick<Reader, 'mailbox'>, path: string): Promise<Mailbox> {
  const found = await mailbox.byPath(path)
  if (!found) throw no(TEXT, 'TRYCREATE')
  return found
}
