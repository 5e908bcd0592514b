// Counts what a service does at the store's face, so that no package has to know of metrics.
import { type Account, LoginDeferred, type Mailstore, type Transactor } from '@tandem/mailstore'
import type { Metrics } from '../metrics.js'

/** The same store, with every use by this service counted. */
export function meterMailstore(mailstore: Mailstore, service: string, metrics: Metrics): Mailstore {
  const metered = new WeakMap<Account, Account>()
  return {
    ...mailstore,
    account(id) {
      const account = mailstore.account(id)
      const known = metered.get(account) ?? meterAccount(account, service, metrics)
      metered.set(account, known)
      return known
    },
    directory: {
      ...mailstore.directory,
      async authenticate(...args) {
        const principal = await notDeferred(mailstore.directory.authenticate(...args))
        count(principal === null ? 'refused' : 'accepted')
        return principal
      },
      scram(...args) {
        const login = mailstore.directory.scram(...args)
        return {
          first: async (message) => counted(await notDeferred(login.first(message))),
          final: async (message) => counted(await notDeferred(login.final(message))),
        }
      },
    },
  }

  function count(result: 'accepted' | 'refused' | 'deferred'): void {
    metrics.add('tandem_logins_total', { service, result })
  }

  function notDeferred<T>(login: Promise<T>): Promise<T> {
    return login.catch((error: unknown) => {
      if (error instanceof LoginDeferred) count('deferred')
      throw error
    })
  }

  function counted<T extends { type: 'challenge' | 'success' | 'failed' }>(answer: T): T {
    if (answer.type !== 'challenge') count(answer.type === 'failed' ? 'refused' : 'accepted')
    return answer
  }
}

function meterAccount(account: Account, service: string, metrics: Metrics): Account {
  async function write<T>(work: Promise<T>): Promise<T> {
    try {
      const result = await work
      metrics.add('tandem_writes_total', { service, result: 'committed' })
      return result
    } catch (error) {
      metrics.add('tandem_writes_total', { service, result: 'failed' })
      throw error
    }
  }
  return {
    ...account,
    read(work) {
      metrics.add('tandem_reads_total', { service })
      return account.read(work)
    },
    countEmails(filter, mark) {
      if (mark === undefined) metrics.add('tandem_reads_total', { service })
      return account.countEmails(filter, mark)
    },
    async ingest(...args) {
      const message = await account.ingest(...args)
      if (message.summary.isIncomplete) metrics.add('tandem_messages_incomplete_total', { service })
      return message
    },
    transact: (work) => write(account.transact((tx) => work(meterTransactor(tx, service, metrics)))),
    store: (...args) => write(account.store(...args)),
    move: (...args) => write(account.move(...args)),
    expunge: (...args) => write(account.expunge(...args)),
    destroyMailbox: (...args) => write(account.destroyMailbox(...args)),
    finishDestroy: (...args) => write(account.finishDestroy(...args)),
    renameMailbox: (...args) => write(account.renameMailbox(...args)),
  }
}

/** What a transaction filed or sent counts once it is committed. */
function meterTransactor(tx: Transactor, service: string, metrics: Metrics): Transactor {
  const { email, submission } = tx
  return {
    ...tx,
    email: {
      ...email,
      async create(emails) {
        const filed = await email.create(emails)
        const count = filed.filter((one) => one !== null).length
        tx.onCommit(() => metrics.add('tandem_messages_filed_total', { service }, count))
        return filed
      },
    },
    submission: {
      ...submission,
      async create(one) {
        const id = await submission.create(one)
        tx.onCommit(() => metrics.add('tandem_submissions_total', { service }))
        return id
      },
      async record(job, outcomes, ...rest) {
        const written = await submission.record(job, outcomes, ...rest)
        if (written) {
          tx.onCommit(() => {
            for (const { state } of outcomes) metrics.add('tandem_recipients_total', { state })
          })
        }
        return written
      },
    },
  }
}
