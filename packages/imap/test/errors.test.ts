import { MAILSTORE_ERROR_CODES, MailstoreError } from '@tandem/mailstore'
import t from 'tap'
import { isServersFault, refusalFor, withTryCreate } from '../src/errors.js'
import { Refusal } from '../src/refusal.js'

t.test('every error of the store has an answer in one line of US-ASCII', async (t) => {
  for (const code of MAILSTORE_ERROR_CODES) {
    const refusal = refusalFor(new MailstoreError(code, 'why'))!
    t.match(refusal.message, /^[\x20-\x7e]+$/, code)
    t.match(refusal.code ?? 'NONE', /^[A-Z]+$/, code)
    t.equal(refusal.status === 'BAD' || refusal.code !== null, true, `${code}: a NO has a code (RFC 5530)`)
  }
  t.equal(refusalFor(new Error('something else')), null)
})

t.test('faults of the server are told from what a client did', async (t) => {
  const faults = MAILSTORE_ERROR_CODES.filter((code) => isServersFault(new MailstoreError(code, '')))
  t.ok(faults.includes('unavailable') && faults.includes('blobNotFound'))
  for (const code of ['mailboxNotFound', 'mailboxExists', 'overQuota', 'tooLarge', 'invalidBytes'] as const) {
    t.notOk(faults.includes(code), code)
  }
})

t.test('a target that is missing could be created (RFC 3501 §6.4.7)', async (t) => {
  t.match(
    withTryCreate(new MailstoreError('mailboxNotFound', '')),
    new Refusal('NO', 'There is no such mailbox', 'TRYCREATE'),
  )
  const other = new MailstoreError('overQuota', '')
  t.equal(withTryCreate(other), other)
})
