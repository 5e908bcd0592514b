import type { Account, Mailstore } from '@tandem/mailstore'
import type { TestStore } from './server.js'

/** How often each was asked for; what one of them costs, the mailstore's own tests say. */
export interface StoreCalls {
  reads: number
  views: number
  blobs: number
}

/** The store, and how often it was read from. */
export function counting(store: TestStore): TestStore & { calls: StoreCalls } {
  const calls: StoreCalls = { reads: 0, views: 0, blobs: 0 }
  const account = (real: Account): Account => ({
    ...real,
    blobs: {
      ...real.blobs,
      open(digest) {
        calls.blobs++
        return real.blobs.open(digest)
      },
    },
    read(work) {
      calls.reads++
      return real.read(work)
    },
    view(mailboxId) {
      calls.views++
      return real.view(mailboxId)
    },
  })
  const mailstore: Mailstore = { ...store.mailstore, account: (id) => account(store.mailstore.account(id)) }
  return { ...store, mailstore, calls }
}
