import t from 'tap'
import { openImap } from './support/imap.js'
import { openJmap } from './support/jmap.js'
import { startPushService } from './support/push.js'
import { addAccount, startTandem } from './support/tandem.js'

const MESSAGE = Buffer.from('From: bob@example.net\r\nSubject: hello\r\n\r\nHello.\r\n')

t.test('RFC 8620 §7.2: what IMAP changes is pushed to a URL, by whichever worker', async (t) => {
  const service = await startPushService(t)
  const tandem = await startTandem(t, {
    TANDEM_WORKERS: '2',
    TANDEM_PUSH_NETWORKS: '127.0.0.1',
    NODE_EXTRA_CA_CERTS: service.certificate,
  })
  await addAccount(tandem, 'alice@example.org')
  const jmap = await openJmap(tandem, 'alice@example.org')
  const types = ['Email', 'EmailDelivery']
  // The smallest client of these tests sends an accountId with everything; this method takes none.
  const set = async (args: object) => {
    const [answer] = await jmap.call(['PushSubscription/set', { ...args, accountId: undefined }])
    return answer!
  }
  const { created } = await set({ create: { k: { deviceClientId: 'phone', url: service.url, types } } })
  const { verificationCode } = (await service.next()).json()
  t.match(await set({ update: { [created.k.id]: { verificationCode } } }), { notUpdated: null })

  const imap = await openImap(t, tandem, 'alice@example.org')
  await imap.append('INBOX', MESSAGE)
  const { Email } = (await service.next()).json().changed[jmap.accountId]
  const [got] = await jmap.call(['Email/get', { ids: [] }])
  t.equal(Email, got!.state, 'APPEND: the state that a /get gives')
  await imap.mailboxOpen('INBOX')
  await imap.messageFlagsAdd('1', ['\\Seen'])
  const { changed } = (await service.next()).json()
  const [flagged] = await jmap.call(['Email/get', { ids: [] }])
  t.strictSame(changed, { [jmap.accountId]: { Email: flagged!.state } }, 'STORE: a flag is no delivery')
  t.equal(service.received.length, 3, 'one push for each change, and the code')
})
