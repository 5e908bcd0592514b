import t from 'tap'
import { openImap } from '../support/imap.js'
import { letter } from '../support/mail.js'
import { deliver } from '../support/smtp.js'
import { addAccount, PASSWORD, startTandem, type Tandem } from '../support/tandem.js'

/** What is used of it: its own declarations only compile where imports may end in `.ts`. */
interface Jam {
  authHeader: string
  api: Record<string, Record<string, (args: object) => Promise<[Json]>>>
  request(call: [string, object]): Promise<[Json]>
  requestMany(calls: (builder: Json) => object): Promise<[Json]>
  getPrimaryAccount(): Promise<string>
  uploadBlob(accountId: string, body: Blob): Promise<{ blobId: string }>
  downloadBlob(blob: Record<'accountId' | 'blobId' | 'mimeType' | 'fileName', string>): Promise<Response>
}
interface JamClass {
  new (config: { sessionUrl: string; bearerToken: string }): Jam
  loadSession(url: string, authorization: string): Promise<unknown>
}
// biome-ignore lint/suspicious/noExplicitAny: whatever a server answers; the assertions say what it should be
type Json = any

const PACKAGE: string = 'jmap-jam'
const { JamClient } = (await import(PACKAGE)) as { JamClient: JamClass }

const USER = 'alice@example.org'

/** It knows tokens only: a password is put in the token's place, before it asks for its session. */
function openJam(tandem: Tandem): Jam {
  const { host, port } = tandem.address('http')
  const basic = `Basic ${Buffer.from(`${USER}:${PASSWORD}`).toString('base64')}`
  const { loadSession } = JamClient
  JamClient.loadSession = (url) => loadSession(url, basic)
  try {
    const jam = new JamClient({ sessionUrl: `http://${host}:${port}/.well-known/jmap`, bearerToken: '' })
    jam.authHeader = basic
    return jam
  } finally {
    JamClient.loadSession = loadSession
  }
}

t.test('jmap-jam', async (t) => {
  const tandem = await startTandem(t)
  await addAccount(tandem, USER)
  for (const subject of ['one', 'two', 'three']) await deliver(tandem, letter(subject), USER)
  const imap = await openImap(t, tandem, USER)
  const jam = openJam(tandem)
  const accountId = await jam.getPrimaryAccount()
  const [mailboxes] = await jam.api.Mailbox!.get!({ accountId, ids: null })
  const byRole = (role: string) => mailboxes.list.find((each: Json) => each.role === role).id

  await t.test('it lists mailboxes and mail, with references between its calls', async (t) => {
    const listed = await imap.list()
    t.same(
      mailboxes.list.map(({ name, role }: Json) => (role === 'inbox' ? 'INBOX' : name)).sort(),
      listed.map(({ path }) => path).sort(),
    )
    const [{ got, threads }] = await jam.requestMany((b) => {
      const found = b.Email.query({ accountId, filter: { inMailbox: byRole('inbox') } })
      const got = b.Email.get({
        accountId,
        ids: found.$ref('/ids'),
        properties: ['threadId', 'subject', 'size'],
      })
      return { found, got, threads: b.Thread.get({ accountId, ids: got.$ref('/list/*/threadId') }) }
    })
    await imap.mailboxOpen('INBOX')
    const fetched = await imap.fetchAll('1:*', { envelope: true, size: true })
    t.same(
      got.list.map(({ subject, size }: Json) => `${subject} ${size}`).sort(),
      fetched.map(({ envelope, size }) => `${envelope?.subject} ${size}`).sort(),
    )
    t.equal(threads.list.length, 3)
  })

  await t.test('it flags, makes a draft with an upload, and downloads', async (t) => {
    const [{ ids }] = await jam.api.Email!.query!({ accountId, filter: { subject: 'two' } })
    const update = { [ids[0]]: { 'keywords/$seen': true, 'keywords/$flagged': true } }
    await jam.request(['Email/set', { accountId, update }])
    const [two] = await imap.fetchAll('2', { flags: true })
    t.ok(two?.flags?.has('\\Seen') && two.flags.has('\\Flagged'))

    const { blobId } = await jam.uploadBlob(accountId, new Blob(['a,b\r\n'], { type: 'text/csv' }))
    const draft = {
      mailboxIds: { [byRole('drafts')]: true },
      keywords: { $draft: true },
      subject: 'Größe',
      bodyValues: { text: { value: 'See the table.' } },
      textBody: [{ partId: 'text', type: 'text/plain' }],
      attachments: [{ blobId, type: 'text/csv', name: 'table.csv' }],
    }
    const [{ created }] = await jam.request(['Email/set', { accountId, create: { draft } }])
    await imap.mailboxOpen('Drafts')
    const [seen] = await imap.fetchAll('*', { envelope: true, flags: true, source: true })
    t.equal(seen?.envelope?.subject, 'Größe')
    t.ok(seen?.flags?.has('\\Draft'))
    const type = { accountId, mimeType: 'message/rfc822', fileName: 'draft.eml' }
    const response = await jam.downloadBlob({ ...type, blobId: created.draft.blobId })
    t.ok(Buffer.from(await response.arrayBuffer()).equals(seen!.source!), 'its octets are those of IMAP')
    const table = await jam.downloadBlob({ accountId, blobId, mimeType: 'text/csv', fileName: 'table.csv' })
    t.equal(await table.text(), 'a,b\r\n')
  })

  await t.test('it hears of errors by their type', async (t) => {
    const asked = jam.api.Email!.get!({ accountId: 'nobody', ids: [] })
    const type = await asked.then(
      () => 'none',
      (error: Json) => error.type,
    )
    t.equal(type, 'accountNotFound')
  })
})
