import type { Account, Submission } from '@tandem/mailstore'
import { type Clock, systemClock } from '../../src/index.js'
import type { TestStore } from './store.js'

/** A clock that differs from the database's: a slow one puts every retry in the past, so that it is due at once. */
export function clockAt(offset: number): Clock {
  return { ...systemClock, now: () => Date.now() + offset }
}

export interface Sent {
  id: number
  account: Account
  get(): Promise<Submission>
  /** Once no recipient is queued any more. */
  settled(): Promise<Submission>
  /** Once it is as `is` wants it. */
  until(is: (submission: Submission) => boolean): Promise<Submission>
}

/** A submission in the account of its sender, of an email in Sent, as JMAP makes one: its state tells what became of it. */
export async function submit(
  store: TestStore,
  from: string,
  recipients: readonly string[],
  message: string,
  mailFrom = from,
): Promise<Sent> {
  const account = await store.account(from)
  const ingested = await account.ingest(Buffer.from(message, 'latin1'), { nul: 'replace' })
  const id = await account.transact(async (tx) => {
    const sent = (await tx.mailbox.byRole('sent'))!
    const [email] = await tx.email.create([{ message: ingested, mailboxIds: [sent.id] }])
    const [identity] = await tx.identity.list()
    return tx.submission.create({
      principalId: account.id,
      digest: ingested.digest,
      email: { emailId: email!.id, identityId: identity!.id },
      mailFrom,
      recipients: recipients.map((address) => ({ address })),
    })
  })
  const get = async () => (await account.read((r) => r.submission.get(id)))!
  const until = (is: (submission: Submission) => boolean) =>
    new Promise<Submission>((resolve, reject) => {
      const look = () => {
        get().then((submission) => {
          if (!is(submission)) return
          stop()
          resolve(submission)
        }, reject)
      }
      const stop = account.subscribe(new Set(['submission']), look)
      look()
    })
  return {
    id,
    account,
    get,
    until,
    settled: () => until(({ recipients }) => recipients.every(({ state }) => state !== 'queued')),
  }
}
