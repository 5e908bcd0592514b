import { Client } from 'jmap-client-ts'
import { FetchTransport } from 'jmap-client-ts/lib/utils/fetch-transport.js'
import t from 'tap'
import { openImap } from '../support/imap.js'
import { letter } from '../support/mail.js'
import { deliver } from '../support/smtp.js'
import { addAccount, PASSWORD, startTandem, type Tandem } from '../support/tandem.js'

const USER = 'alice@example.org'

/** It knows tokens only, and names no media type: both are set by its `httpHeaders`. */
function openClient(tandem: Tandem): Client {
  const { host, port } = tandem.address('http')
  return new Client({
    sessionUrl: `http://${host}:${port}/.well-known/jmap`,
    accessToken: '',
    httpHeaders: {
      Authorization: `Basic ${Buffer.from(`${USER}:${PASSWORD}`).toString('base64')}`,
      'Content-Type': 'application/json',
    },
    transport: new FetchTransport((url, { body, ...init }) => fetch(url, { ...init, body: body ?? null })),
  })
}

t.test('jmap-client-ts', async (t) => {
  const tandem = await startTandem(t)
  await addAccount(tandem, USER)
  for (const subject of ['one', 'two', 'three']) await deliver(tandem, letter(subject), USER)
  const imap = await openImap(t, tandem, USER)
  const client = openClient(tandem)
  await client.fetchSession()
  const accountId = client.getFirstAccountId()
  t.equal(client.getSession().username, USER)

  const mailboxes = await client.mailbox_get({ accountId, ids: null })
  const listed = await imap.list()
  t.same(
    mailboxes.list.map(({ name, role }) => (role === 'inbox' ? 'INBOX' : name)).sort(),
    listed.map(({ path }) => path).sort(),
  )
  const byRole = (role: string) => mailboxes.list.find((each) => each.role === role)!.id

  const { ids } = await client.email_query({ accountId, filter: { inMailbox: byRole('inbox') } })
  const { list, state } = await client.email_get({ accountId, ids, properties: ['subject', 'size'] })
  await imap.mailboxOpen('INBOX')
  const fetched = await imap.fetchAll('1:*', { envelope: true, size: true })
  t.same(
    list.map(({ subject, size }) => `${subject} ${size}`).sort(),
    fetched.map(({ envelope, size }) => `${envelope?.subject} ${size}`).sort(),
  )

  const two = list.find(({ subject }) => subject === 'two')!.id
  await client.email_set({ accountId, update: { [two]: { 'keywords/$seen': true } } })
  t.ok((await imap.fetchAll('2', { flags: true }))[0]?.flags?.has('\\Seen'))
  const changes = await client.email_changes({ accountId, sinceState: state })
  t.same(changes.updated, [two])

  const draft = {
    mailboxIds: { [byRole('drafts')]: true },
    keywords: { $draft: true },
    subject: 'Größe',
    bodyValues: { text: { value: 'How large?' } },
    textBody: [{ partId: 'text', type: 'text/plain' }],
  }
  const { created } = await client.email_set({ accountId, create: { draft } as never })
  await imap.mailboxOpen('Drafts')
  const [seen] = await imap.fetchAll('*', { envelope: true, flags: true, emailId: true } as object)
  t.match(seen, { emailId: created?.draft?.id, envelope: { subject: 'Größe' } })
  t.ok(seen?.flags?.has('\\Draft'))

  await client.mailbox_set({ accountId, create: { new: { name: 'Reisen' } } } as never)
  t.ok((await imap.list()).some(({ path }) => path === 'Reisen'))
})
