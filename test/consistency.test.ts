// docs/consistency.md's table, row by row: somebody does a thing through one protocol. What is a client told that
// watches through the other, and one that comes back afterwards?
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { openMailstore, restored } from '@tandem/mailstore'
import { createTestDatabase } from '@tandem/mailstore/testing'
import t, { type Test } from 'tap'
import { openImapLines } from './support/imap-lines.js'
import { openJmap } from './support/jmap.js'
import { letter, mailboxIds, untilInbox } from './support/mail.js'
import { submitter } from './support/smtp.js'
import { addAccount, PASSWORD, projectRoot, startTandem } from './support/tandem.js'

// biome-ignore lint/suspicious/noExplicitAny: objects as the server sends them
type Json = Record<string, any>

const tandem = await startTandem(t)
let accounts = 0

/** Tests that ran to their end; the last test of this file holds the table to them. */
const ran: string[] = []

/** One row of the table. */
function row(name: string, check: (t: Test) => Promise<void>): void {
  t.test(name, async (t) => {
    await check(t)
    ran.push(name)
  })
}

/** An account with the message A in INBOX, UID 1; somebody at IMAP, somebody at JMAP. */
async function begin(t: Test) {
  const name = `user${++accounts}@example.org`
  const { accountId } = await addAccount(tandem, name)
  const imap = await openImapLines(t, tandem, name)
  const jmap = await openJmap(tandem, name)
  await imap.append('INBOX', letter('A'))
  await imap.ok('SELECT INBOX')
  const byRole = await mailboxIds(jmap)
  const [query] = await jmap.call(['Email/query', {}])
  const a = query!.ids[0] as string

  const get = async (id: string, ...properties: string[]): Promise<Json | undefined> =>
    (await jmap.call(['Email/get', { ids: [id], properties }]))[0]!.list[0]
  const set = async (args: Json) => (await jmap.call(['Email/set', args]))[0]!
  const states = async (): Promise<Json> => {
    const types = ['Email', 'Mailbox', 'Thread']
    const answers = await jmap.call(...types.map((type): [string, Json] => [`${type}/get`, { ids: [] }]))
    return Object.fromEntries(types.map((type, i) => [type, answers[i]!.state]))
  }
  /** What JMAP says has changed since. */
  const changes = async (type: 'Email' | 'Mailbox' | 'Thread', since: Json) => {
    const [answer] = await jmap.call([`${type}/changes`, { sinceState: since[type] }])
    const { created, updated, destroyed } = answer!
    return { created, updated, destroyed }
  }
  /**
   * One client looks at a mailbox while it happens, another was there before and comes back. `told` is what the one
   * hears, `afterwards` the other (RFC 7162 §3.2.5), both without MODSEQ.
   */
  async function watch(mailbox: string) {
    const [here, away] = [await openImapLines(t, tandem, name), await openImapLines(t, tandem, name)]
    await here.ok('ENABLE QRESYNC')
    await away.ok('ENABLE QRESYNC')
    const selected = (await here.ok(`SELECT ${mailbox}`)).join('\n')
    const known = ['UIDVALIDITY', 'HIGHESTMODSEQ'].map(
      (code) => new RegExp(`\\[${code} (\\d+)\\]`).exec(selected)![1],
    )
    const tidy = (lines: string[]) =>
      lines
        .filter((line) => /^VANISHED|^\d+ (FETCH|EXISTS)/.test(line))
        .map((line) =>
          line
            .replace(/ ?MODSEQ \(\d+\)/, '')
            .replace(/\\Recent ?/, '')
            .replace(' )', ')'),
        )
    return {
      told: async () => tidy(await here.ok('NOOP')),
      afterwards: async () =>
        tidy(await away.ok(`SELECT ${mailbox} (QRESYNC (${known.join(' ')}))`)).filter(
          (line) => !line.endsWith('EXISTS'),
        ),
    }
  }
  return { name, accountId, imap, jmap, a, byRole, get, set, states, changes, watch }
}

const NOTHING = { created: [], updated: [], destroyed: [] }

row('APPEND is a new Email', async (t) => {
  const { imap, jmap, a, states, changes } = await begin(t)
  const before = await states()
  await imap.append('INBOX', letter('B'))
  const [query] = await jmap.call(['Email/query', {}])
  const b = query!.ids.find((id: string) => id !== a)
  t.strictSame(await changes('Email', before), { ...NOTHING, created: [b] })
})

row('STORE of a flag is a keyword, and its taking back too', async (t) => {
  const { imap, a, get, states, changes } = await begin(t)
  for (const [sign, keywords] of [
    ['+', { $flagged: true }],
    ['-', {}],
  ] as const) {
    const before = await states()
    await imap.ok(`STORE 1 ${sign}FLAGS (\\Flagged)`)
    t.strictSame((await get(a, 'keywords'))!.keywords, keywords)
    t.strictSame(await changes('Email', before), { ...NOTHING, updated: [a] })
  }
})

row('\\Deleted is a destroy, and its taking back the same Email again', async (t) => {
  const { imap, a, get, states, changes } = await begin(t)
  const before = await states()
  await imap.ok('STORE 1 +FLAGS (\\Deleted)')
  t.equal(await get(a, 'id'), undefined)
  t.strictSame(await changes('Email', before), { ...NOTHING, destroyed: [a] })
  t.match(await imap.ok('STATUS INBOX (MESSAGES)'), ['STATUS INBOX (MESSAGES 1)'], 'IMAP still has it')
  const hidden = await states()
  await imap.ok('STORE 1 -FLAGS (\\Deleted)')
  t.strictSame(await changes('Email', hidden), { ...NOTHING, created: [a] }, 'to whom heard of the destroy')
  t.strictSame(await changes('Email', before), { ...NOTHING, updated: [a] }, 'to whom did not')
})

row('EXPUNGE is a destroy, and undelete brings the same Email back', async (t) => {
  const { imap, accountId, a, get, states, changes, watch } = await begin(t)
  await imap.ok('STORE 1 +FLAGS (\\Seen)')
  const before = await states()
  await imap.ok('STORE 1 +FLAGS (\\Deleted)')
  await imap.ok('EXPUNGE')
  t.strictSame(await changes('Email', before), { ...NOTHING, destroyed: [a] })
  const [gone, inbox] = [await states(), await watch('INBOX')]
  const account = tandem.mailstore.account(accountId)
  const { emails } = await account.read((r) => r.email.retained({ limit: 10 }))
  await account.transact((tx) => tx.email.undelete(emails.map(({ id }) => id)))
  t.strictSame(await changes('Email', gone), { ...NOTHING, created: [a] })
  t.strictSame((await get(a, 'keywords'))!.keywords, { $seen: true })
  t.strictSame(await inbox.told(), ['1 EXISTS'])
  t.strictSame(await inbox.afterwards(), ['1 FETCH (UID 2 FLAGS (\\Seen))'])
})

row('COPY is one Email in two mailboxes, with its id', async (t) => {
  const { imap, a, byRole, get, states, changes } = await begin(t)
  const before = await states()
  await imap.ok('COPY 1 Archive')
  t.strictSame((await get(a, 'mailboxIds'))!.mailboxIds, {
    [byRole('inbox')]: true,
    [byRole('archive')]: true,
  })
  t.strictSame(await changes('Email', before), { ...NOTHING, updated: [a] })
  await imap.ok('SELECT Archive')
  t.match(await imap.ok('FETCH 1 (EMAILID)'), [`1 FETCH (EMAILID (${a}))`])
})

row('COPY onto itself is a second message, and nothing to JMAP', async (t) => {
  const { imap, states, watch } = await begin(t)
  const [before, inbox] = [await states(), await watch('INBOX')]
  await imap.ok('COPY 1 INBOX')
  t.strictSame(await states(), before)
  t.strictSame(await inbox.told(), ['2 EXISTS'])
  t.strictSame(await inbox.afterwards(), ['2 FETCH (UID 2 FLAGS ())'])
})

row('MOVE is the same Email in another mailbox', async (t) => {
  const { imap, a, byRole, get, states, changes } = await begin(t)
  const before = await states()
  await imap.ok('MOVE 1 Archive')
  t.strictSame((await get(a, 'mailboxIds'))!.mailboxIds, { [byRole('archive')]: true })
  t.strictSame(await changes('Email', before), { ...NOTHING, updated: [a] })
})

row('MOVE onto itself is a new UID, and nothing to JMAP', async (t) => {
  const { imap, states, watch } = await begin(t)
  const [before, inbox] = [await states(), await watch('INBOX')]
  await imap.ok('MOVE 1 INBOX')
  t.strictSame(await states(), before)
  t.strictSame(await inbox.told(), ['VANISHED 1', '1 EXISTS'])
  t.strictSame(await inbox.afterwards(), ['VANISHED (EARLIER) 1', '1 FETCH (UID 2 FLAGS ())'])
})

row('MOVE onto a double leaves one', async (t) => {
  const { imap, a, byRole, get, states, changes, watch } = await begin(t)
  await imap.ok('COPY 1 Archive')
  const [before, archive] = [await states(), await watch('Archive')]
  await imap.ok('MOVE 1 Archive')
  t.strictSame((await get(a, 'mailboxIds'))!.mailboxIds, { [byRole('archive')]: true })
  t.strictSame(await changes('Email', before), { ...NOTHING, updated: [a] })
  t.strictSame(await archive.told(), ['VANISHED 1', '1 EXISTS'])
  t.strictSame(await archive.afterwards(), ['VANISHED (EARLIER) 1', '1 FETCH (UID 2 FLAGS ())'])
})

row('RENAME is a new name of the same Mailbox', async (t) => {
  const { imap, jmap, byRole, states, changes } = await begin(t)
  const [before, validity] = [await states(), await imap.ok('STATUS Archive (UIDVALIDITY)')]
  await imap.ok('RENAME Archive Attic')
  const id = byRole('archive')
  t.strictSame(await changes('Mailbox', before), { ...NOTHING, updated: [id] })
  t.match((await jmap.call(['Mailbox/get', { ids: [id] }]))[0]!.list, [{ name: 'Attic', role: 'archive' }])
  const renamed = await imap.ok('STATUS Attic (UIDVALIDITY)')
  t.equal(renamed[0], validity[0]!.replace('Archive', 'Attic'))
})

row('RENAME of INBOX moves its Emails to a new Mailbox', async (t) => {
  const { imap, jmap, a, byRole, get, states, changes } = await begin(t)
  const before = await states()
  await imap.ok('RENAME INBOX Old')
  const { created, destroyed } = await changes('Mailbox', before)
  t.match((await jmap.call(['Mailbox/get', { ids: created }]))[0]!.list, [{ name: 'Old', role: null }])
  t.strictSame(destroyed, [])
  t.equal((await mailboxIds(jmap))('inbox'), byRole('inbox'))
  t.strictSame((await get(a, 'mailboxIds'))!.mailboxIds, { [created[0]]: true })
  t.strictSame(await changes('Email', before), { ...NOTHING, updated: [a] })
})

row('DELETE of a full mailbox destroys it and the Emails that were nowhere else', async (t) => {
  const { imap, jmap, a, byRole, states, changes } = await begin(t)
  await imap.ok('CREATE Old')
  await imap.append('Old', letter('B'))
  await imap.ok('COPY 1 Old')
  const [query] = await jmap.call(['Email/query', {}])
  const b = query!.ids.find((id: string) => id !== a)
  const before = await states()
  await imap.ok('DELETE Old')
  t.strictSame(await changes('Email', before), { ...NOTHING, updated: [a], destroyed: [b] })
  const { created, updated, destroyed } = await changes('Mailbox', before)
  t.strictSame([created, updated.filter((id: string) => id !== byRole('inbox'))], [[], []])
  t.equal(destroyed.length, 1)
})

row('SUBSCRIBE and isSubscribed are one thing', async (t) => {
  const { imap, jmap, byRole, states, changes } = await begin(t)
  const id = byRole('archive')
  const isSubscribed = async () => (await jmap.call(['Mailbox/get', { ids: [id] }]))[0]!.list[0].isSubscribed
  const subscribed = async () => (await imap.ok('LSUB "" Archive')).length === 1
  for (const [command, now] of [
    ['UNSUBSCRIBE', false],
    ['SUBSCRIBE', true],
  ] as const) {
    const before = await states()
    await imap.ok(`${command} Archive`)
    t.equal(await isSubscribed(), now)
    t.strictSame(await changes('Mailbox', before), { ...NOTHING, updated: [id] })
  }
  await jmap.call(['Mailbox/set', { update: { [id]: { isSubscribed: false } } }])
  t.equal(await subscribed(), false)
})

row('keywords of Email/set are flags of every message', async (t) => {
  const { imap, a, set, watch } = await begin(t)
  await imap.ok('COPY 1 Archive')
  const [inbox, archive] = [await watch('INBOX'), await watch('Archive')]
  await set({ update: { [a]: { 'keywords/$flagged': true, 'keywords/work': true } } })
  for (const mailbox of [inbox, archive]) {
    t.strictSame(await mailbox.told(), ['1 FETCH (UID 1 FLAGS (\\Flagged work))'])
    t.strictSame(await mailbox.afterwards(), ['1 FETCH (UID 1 FLAGS (\\Flagged work))'])
  }
  await set({ update: { [a]: { keywords: {} } } })
  t.strictSame(await inbox.told(), ['1 FETCH (UID 1 FLAGS ())'])
})

row('mailboxIds of Email/set move a message', async (t) => {
  const { imap, a, byRole, set, watch } = await begin(t)
  const [inbox, archive] = [await watch('INBOX'), await watch('Archive')]
  await set({ update: { [a]: { mailboxIds: { [byRole('archive')]: true } } } })
  t.strictSame([await inbox.told(), await inbox.afterwards()], [['VANISHED 1'], ['VANISHED (EARLIER) 1']])
  t.strictSame(await archive.told(), ['1 EXISTS'])
  t.strictSame(await archive.afterwards(), ['1 FETCH (UID 1 FLAGS ())'])
  await imap.ok('SELECT Archive')
  t.match(await imap.ok('FETCH 1 (EMAILID)'), [`1 FETCH (EMAILID (${a}))`])
})

row('a destroyed Email vanishes from every mailbox', async (t) => {
  const { imap, a, set, watch } = await begin(t)
  await imap.ok('COPY 1 Archive')
  await imap.ok('COPY 1 INBOX')
  const [inbox, archive] = [await watch('INBOX'), await watch('Archive')]
  await set({ destroy: [a] })
  t.strictSame([await inbox.told(), await inbox.afterwards()], [['VANISHED 1:2'], ['VANISHED (EARLIER) 1:2']])
  t.strictSame([await archive.told(), await archive.afterwards()], [['VANISHED 1'], ['VANISHED (EARLIER) 1']])
})

row('an Email that is imported or created is a new message', async (t) => {
  const { jmap, a, byRole, get, set, watch } = await begin(t)
  const inbox = await watch('INBOX')
  const mailboxes = { [byRole('inbox')]: true }
  const { blobId } = (await get(a, 'blobId'))!
  const [imported] = await jmap.call([
    'Email/import',
    { emails: { b: { blobId, mailboxIds: mailboxes, keywords: { $seen: true } } } },
  ])
  t.equal(imported!.notCreated, null)
  t.strictSame(await inbox.told(), ['2 EXISTS'])
  const { notCreated } = await set({ create: { c: { mailboxIds: mailboxes, subject: 'C' } } })
  t.equal(notCreated, null)
  t.strictSame(await inbox.told(), ['3 EXISTS'])
  t.strictSame(await inbox.afterwards(), ['2 FETCH (UID 2 FLAGS (\\Seen))', '3 FETCH (UID 3 FLAGS ())'])
})

row('a draft that is updated is another message', async (t) => {
  const { byRole, set, watch } = await begin(t)
  const draft = (subject: string) => ({
    mailboxIds: { [byRole('drafts')]: true },
    keywords: { $draft: true },
    subject,
  })
  const first = await set({ create: { d: draft('D') } })
  const drafts = await watch('Drafts')
  await set({ create: { e: draft('E') }, destroy: [first.created.d.id] })
  t.strictSame(await drafts.told(), ['VANISHED 1', '1 EXISTS'])
  t.strictSame(await drafts.afterwards(), ['VANISHED (EARLIER) 1', '1 FETCH (UID 2 FLAGS (\\Draft))'])
})

row('a reply joins the Thread, and THREADID says so', async (t) => {
  const { imap, a, get, states, changes } = await begin(t)
  const { threadId } = (await get(a, 'threadId'))!
  const before = await states()
  const reply = letter('A')
    .toString()
    .replace('Message-ID: <A@', 'In-Reply-To: <A@example.net>\r\nMessage-ID: <RE@')
  await imap.append('INBOX', Buffer.from(reply.replace('Subject: A', 'Subject: Re: A')))
  t.strictSame(await changes('Thread', before), { ...NOTHING, updated: [threadId] })
  t.strictSame(await imap.ok('FETCH 1:2 (THREADID)'), [
    `1 FETCH (THREADID (${threadId}))`,
    `2 FETCH (THREADID (${threadId}))`,
  ])
})

row('a Mailbox that is renamed by Mailbox/set keeps its UIDVALIDITY and UIDs', async (t) => {
  const { imap, jmap, byRole, watch } = await begin(t)
  await imap.ok('COPY 1 Archive')
  const [validity, archive] = [
    await imap.ok('STATUS Archive (UIDVALIDITY MAILBOXID)'),
    await watch('Archive'),
  ]
  await jmap.call(['Mailbox/set', { update: { [byRole('archive')]: { name: 'Attic' } } }])
  t.strictSame(await archive.told(), [], 'who has it selected goes on')
  const renamed = await imap.ok('STATUS Attic (UIDVALIDITY MAILBOXID)')
  t.equal(renamed[0], validity[0]!.replace('Archive', 'Attic'))
  t.match(await imap.ok('LIST "" A*'), [/"?Attic"?$/])
  t.match(await imap.ok('LSUB "" A*'), [/"?Attic"?$/], 'the new name is subscribed, not the old one')
})

row('a draft that is submitted leaves Drafts and is in Sent under its id', async (t) => {
  const { name, imap, jmap, byRole, set, watch } = await begin(t)
  const other = await addAccount(tandem, `to-${name}`)
  const { id, submit } = await drafted({ jmap, set, byRole }, other.name)
  const [drafts, sent] = [await watch('Drafts'), await watch('Sent')]
  await submit(null)
  t.strictSame([await drafts.told(), await drafts.afterwards()], [['VANISHED 1'], ['VANISHED (EARLIER) 1']])
  t.strictSame(await sent.told(), ['1 EXISTS'])
  t.strictSame(await sent.afterwards(), ['1 FETCH (UID 1 FLAGS (\\Seen))'])
  await imap.ok('SELECT Sent')
  t.match(await imap.ok('FETCH 1 (EMAILID)'), [`1 FETCH (EMAILID (${id}))`])
  await untilInbox(t, tandem, other.accountId, 1)
  const his = await openImapLines(t, tandem, other.name)
  t.ok((await his.ok('SELECT INBOX')).includes('1 EXISTS'), 'and its recipient has it')
})

row('a submission that is canceled changes nothing that IMAP sees', async (t) => {
  const { name, accountId, jmap, byRole, set, states, watch } = await begin(t)
  const { submit } = await drafted({ jmap, set, byRole }, name)
  const submission = await submit({ HOLDFOR: '3600' })
  const [before, sent, inbox] = [await states(), await watch('Sent'), await watch('INBOX')]
  const [got] = await jmap.call(['EmailSubmission/get', { ids: [] }])
  await jmap.call(['EmailSubmission/set', { update: { [submission]: { undoStatus: 'canceled' } } }])
  t.strictSame(await states(), before)
  for (const mailbox of [sent, inbox])
    t.strictSame([await mailbox.told(), await mailbox.afterwards()], [[], []])
  const [changes, record] = await jmap.call(
    ['EmailSubmission/changes', { sinceState: got!.state }],
    ['EmailSubmission/get', { ids: [submission] }],
  )
  t.match(changes, { ...NOTHING, updated: [submission] })
  t.match(record!.list, [{ undoStatus: 'canceled', deliveryStatus: { [name]: { delivered: 'no' } } }])
  for await (const waiting of tandem.mailstore.queue.list())
    t.not(waiting.accountId, accountId, 'nothing waits')
})

/** An email in Drafts, and how it is sent: it moves to Sent. Gives the submission's id. */
async function drafted(
  { jmap, set, byRole }: Pick<Awaited<ReturnType<typeof begin>>, 'jmap' | 'set' | 'byRole'>,
  to: string,
) {
  const [identities] = await jmap.call(['Identity/get', { ids: null }])
  const { id: identityId, email } = identities!.list[0]
  const draft = {
    mailboxIds: { [byRole('drafts')]: true },
    keywords: { $draft: true, $seen: true },
    from: [{ email }],
    to: [{ email: to }],
    subject: 'D',
  }
  const { id } = (await set({ create: { draft } })).created.draft
  const submit = async (parameters: Json | null): Promise<string> => {
    const envelope = parameters && { mailFrom: { email, parameters }, rcptTo: [{ email: to }] }
    const [answer] = await jmap.call([
      'EmailSubmission/set',
      {
        create: { s: { identityId, emailId: id, envelope } },
        onSuccessUpdateEmail: {
          '#s': { mailboxIds: { [byRole('sent')]: true }, 'keywords/$draft': null },
        },
      },
    ])
    return answer!.created.s.id
  }
  return { id, submit }
}

row(
  'a message that is submitted by SMTP is a new Email of a local recipient, and none of its sender',
  async (t) => {
    const [sender, recipient] = [await begin(t), await begin(t)]
    const [sent, before, inbox] = [
      await sender.states(),
      await recipient.states(),
      await recipient.watch('INBOX'),
    ]
    const smtp = submitter(tandem, sender.name)
    t.teardown(() => smtp.close())
    await smtp.sendMail({ from: sender.name, to: recipient.name, subject: 'S', text: 'Hello.' })
    await untilInbox(t, tandem, recipient.accountId, 2)
    const { created, updated, destroyed } = await recipient.changes('Email', before)
    t.strictSame([created.length, updated, destroyed], [1, [], []])
    t.strictSame([await inbox.told(), await inbox.afterwards()], [['2 EXISTS'], ['2 FETCH (UID 2 FLAGS ())']])
    t.strictSame(await sender.states(), sent)
  },
)

row('after a restore from a backup nobody takes what is new for what was lost', async (t) => {
  const name = 'alice@example.org'
  const backup = await createTestDatabase(t)
  const store = await openMailstore({ url: backup.url, poolSize: 2 })
  t.teardown(() => store.close())
  const { accountId } = await store.directory.createAccount(name, PASSWORD)
  const message = await store.account(accountId).ingest(letter('A'), { nul: 'refuse' })
  await store.account(accountId).transact(async (tx) => {
    const inbox = await tx.mailbox.byRole('inbox')
    await tx.email.create([{ message, mailboxIds: [inbox!.id] }])
  })
  await store.close()

  /** A server on a copy of it, with one message more: the id of that, and all that clients keep. */
  const serve = async (subject: string) => {
    const server = await startTandem(t, {}, { copyOf: backup.url })
    const [imap, jmap] = [await openImapLines(t, server, name), await openJmap(server, name)]
    await imap.append('INBOX', letter(subject))
    await imap.ok('ENABLE QRESYNC')
    const selected = (await imap.ok('SELECT INBOX')).join('\n')
    const code = (key: string) => Number(new RegExp(`\\[${key} (\\d+)\\]`).exec(selected)![1])
    const [, id] = /EMAILID \((\w+)\)/.exec((await imap.ok('UID FETCH 2 (EMAILID)'))[0]!)!
    const [email, mailbox, query] = await jmap.call(
      ['Email/get', { ids: [] }],
      ['Mailbox/get', { ids: [] }],
      ['Email/query', {}],
    )
    const states = { Email: email!.state, Mailbox: mailbox!.state, query: query!.queryState }
    const ids = query!.ids as string[]
    return { imap, jmap, id: id!, ids, states, validity: code('UIDVALIDITY'), modseq: code('HIGHESTMODSEQ') }
  }
  const lost = await serve('Lost')
  t.match(await restored({ url: backup.url }), { accounts: 1 })
  const now = await serve('New')

  const [kept] = lost.ids.filter((id) => id !== lost.id)
  t.ok(now.ids.includes(kept!), 'what was in the backup has its id')
  t.notOk(lost.ids.includes(now.id), 'what is new has an id that nothing had')
  const [got] = await now.jmap.call(['Email/get', { ids: [lost.id], properties: ['id'] }])
  t.strictSame(got!.notFound, [lost.id])
  for (const [type, sinceState] of [
    ['Email', lost.states.Email],
    ['Mailbox', lost.states.Mailbox],
  ]) {
    await t.rejects(now.jmap.call([`${type}/changes`, { sinceState }]), /cannotCalculateChanges/)
  }
  const queryChanges = now.jmap.call(['Email/queryChanges', { sinceQueryState: lost.states.query }])
  await t.rejects(queryChanges, /cannotCalculateChanges/)
  t.ok(now.validity > lost.validity, 'UID 2 is another message, and UIDVALIDITY says so')
  const back = await now.imap.ok(`SELECT INBOX (QRESYNC (${lost.validity} ${lost.modseq} 1:2))`)
  t.strictSame(
    back.filter((line) => /VANISHED|FETCH/.test(line)),
    [],
    'and nothing is told of the old ones',
  )
})

t.test('each row of the table names a test that ran, and each test that ran has a row', async (t) => {
  const page = readFileSync(path.join(projectRoot, 'docs/consistency.md'), 'utf8')
  const section = page.split('## What the other side sees')[1]!.split('\n## ')[0]!
  const rows = section.split('\n').filter((line) => /^\| (?!done \|)/.test(line))
  // Markdown doubles the backslash of \Deleted.
  const named = rows.map((line) => line.split(' | ').at(-1)!.replace(/ \|$/, '').replaceAll('\\\\', '\\'))
  t.ok(named.length >= 20)
  t.strictSame([...ran].sort(), named.sort())
})
