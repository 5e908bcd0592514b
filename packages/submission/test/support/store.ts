import { type Account, type Mailstore, openMailstore } from '@tandem/mailstore'
import { createTestDatabase, type Test } from '@tandem/mailstore/testing'

export const PASSWORD = 'correct horse'

export interface TestStore {
  mailstore: Mailstore
  /** Of its database. */
  url: string
  /** A second process's view of the same database. */
  openAnother(): Promise<Mailstore>
  /** The bytes of the INBOX of whoever has this address, in UID order. */
  inbox(address: string): Promise<string[]>
  /** The same once there are so many. */
  inboxOf(address: string, count: number): Promise<string[]>
  account(address: string): Promise<Account>
  /** Expunges what is in the INBOX of each. */
  empty(...addresses: string[]): Promise<void>
}

/** A fresh store with accounts of these names, closed when `t` ends. `pause`: before a failed login is answered. */
export async function openTestStore(
  t: Test,
  names: readonly string[],
  quotas: Record<string, number> = {},
  pause: (ms: number) => Promise<void> = async () => {},
): Promise<TestStore> {
  const { url } = await createTestDatabase(t)
  const open = async () => {
    const mailstore = await openMailstore({ url, guard: { pause } })
    t.teardown(() => mailstore.close())
    return mailstore
  }
  const mailstore = await open()
  for (const name of names) {
    const quotaBytes = quotas[name]
    await mailstore.directory.createAccount(name, PASSWORD, quotaBytes === undefined ? {} : { quotaBytes })
  }

  async function account(address: string): Promise<Account> {
    const principal = await mailstore.directory.resolve(address)
    return mailstore.account(principal!.accountId)
  }

  async function inbox(address: string): Promise<string[]> {
    const owner = await account(address)
    const { id } = (await owner.read((r) => r.mailbox.byRole('inbox')))!
    const { emailIds } = await owner.view(id)
    const emails = await owner.read((r) => r.email.get([...emailIds]))
    return Promise.all(
      emails.map(async ({ digest }) => {
        const blob = await owner.blobs.open(digest)
        return Buffer.from(await blob!.read()).toString('latin1')
      }),
    )
  }

  return {
    mailstore,
    url,
    openAnother: open,
    account,
    inbox,
    async empty(...addresses) {
      for (const address of addresses) {
        const owner = await account(address)
        const { id } = (await owner.read((r) => r.mailbox.byRole('inbox')))!
        await owner.expunge(id, [...(await owner.view(id)).uids], { onlyDeleted: false })
      }
    },
    async inboxOf(address, count) {
      const owner = await account(address)
      return new Promise((resolve, reject) => {
        const look = () => {
          inbox(address).then((messages) => {
            if (messages.length < count) return
            stop()
            resolve(messages)
          }, reject)
        }
        const stop = owner.subscribe(new Set(['emailDelivery']), look)
        look()
      })
    },
  }
}
