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

/** A submission in the account of its sender, as JMAP and the submission listener make one. */
export async function submit(
  store: TestStore,
  from: string,
  recipients: readonly string[],
  message: string,
  mailFrom = from,
): Promise<Sent> {
  const account = await store.account(from)
  const { digest } = await account.blobs.put(Buffer.from(message, 'latin1'))
  const id = await account.transact((tx) =>
    tx.submission.create({
      principalId: account.id,
      digest,
      mailFrom,
      recipients: recipients.map((address) => ({ address })),
    }),
  )
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
