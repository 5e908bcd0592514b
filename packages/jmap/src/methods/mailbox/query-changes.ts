// Mailbox/queryChanges: RFC 8621 §2.4, RFC 8620 §5.6.
import { noQueryChanges } from '../standard.js'

export const mailboxQueryChanges = noQueryChanges
