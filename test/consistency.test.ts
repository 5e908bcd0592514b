// docs/consistency.md's table, row by row: somebody does a thing through one protocol. What is a client told that
// watches through the other, and one that comes back afterwards?
import t, { type Test } from 'tap'
import { openImapLines } from './support/imap-lines.js'
import { openJmap } from './support/jmap.js'
import { letter, mailboxIds } from './support/mail.js'
import { addAccount, startTandem } from './support/tandem.js'

// biome-ignore lint/suspicious/noExplicitAny: objects as the server sends them
type Json = Record<string, any>

const tandem = await startTandem(t)
let accounts = 0

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

t.test('APPEND is a new Email', async (t) => {
  const { imap, jmap, a, states, changes } = await begin(t)
  const before = await states()
  await imap.append('INBOX', letter('B'))
  const [query] = await jmap.call(['Email/query', {}])
  const b = query!.ids.find((id: string) => id !== a)
  t.strictSame(await changes('Email', before), { ...NOTHING, created: [b] })
})

t.test('STORE of a flag is a keyword, and its taking back too', async (t) => {
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

t.test('\\Deleted is a destroy, and its taking back the same Email again', async (t) => {
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

t.test('EXPUNGE is a destroy, and undelete brings the same Email back', async (t) => {
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

t.test('COPY is one Email in two mailboxes, with its id', async (t) => {
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

t.test('COPY onto itself is a second message, and nothing to JMAP', async (t) => {
  const { imap, states, watch } = await begin(t)
  const [before, inbox] = [await states(), await watch('INBOX')]
  await imap.ok('COPY 1 INBOX')
  t.strictSame(await states(), before)
  t.strictSame(await inbox.told(), ['2 EXISTS'])
  t.strictSame(await inbox.afterwards(), ['2 FETCH (UID 2 FLAGS ())'])
})

t.test('MOVE is the same Email in another mailbox', async (t) => {
  const { imap, a, byRole, get, states, changes } = await begin(t)
  const before = await states()
  await imap.ok('MOVE 1 Archive')
  t.strictSame((await get(a, 'mailboxIds'))!.mailboxIds, { [byRole('archive')]: true })
  t.strictSame(await changes('Email', before), { ...NOTHING, updated: [a] })
})

t.test('MOVE onto itself is a new UID, and nothing to JMAP', async (t) => {
  const { imap, states, watch } = await begin(t)
  const [before, inbox] = [await states(), await watch('INBOX')]
  await imap.ok('MOVE 1 INBOX')
  t.strictSame(await states(), before)
  t.strictSame(await inbox.told(), ['VANISHED 1', '1 EXISTS'])
  t.strictSame(await inbox.afterwards(), ['VANISHED (EARLIER) 1', '1 FETCH (UID 2 FLAGS ())'])
})

t.test('MOVE onto a double leaves one', async (t) => {
  const { imap, a, byRole, get, states, changes, watch } = await begin(t)
  await imap.ok('COPY 1 Archive')
  const [before, archive] = [await states(), await watch('Archive')]
  await imap.ok('MOVE 1 Archive')
  t.strictSame((await get(a, 'mailboxIds'))!.mailboxIds, { [byRole('archive')]: true })
  t.strictSame(await changes('Email', before), { ...NOTHING, updated: [a] })
  t.strictSame(await archive.told(), ['VANISHED 1', '1 EXISTS'])
  t.strictSame(await archive.afterwards(), ['VANISHED (EARLIER) 1', '1 FETCH (UID 2 FLAGS ())'])
})

t.test('RENAME is a new name of the same Mailbox', async (t) => {
  const { imap, jmap, byRole, states, changes } = await begin(t)
  const [before, validity] = [await states(), await imap.ok('STATUS Archive (UIDVALIDITY)')]
  await imap.ok('RENAME Archive Attic')
  const id = byRole('archive')
  t.strictSame(await changes('Mailbox', before), { ...NOTHING, updated: [id] })
  t.match((await jmap.call(['Mailbox/get', { ids: [id] }]))[0]!.list, [{ name: 'Attic', role: 'archive' }])
  const renamed = await imap.ok('STATUS Attic (UIDVALIDITY)')
  t.equal(renamed[0], validity[0]!.replace('Archive', 'Attic'))
})

t.test('RENAME of INBOX moves its Emails to a new Mailbox', async (t) => {
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

t.test('DELETE of a full mailbox destroys it and the Emails that were nowhere else', async (t) => {
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

t.test('SUBSCRIBE and isSubscribed are one thing', async (t) => {
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

t.test('keywords of Email/set are flags of every message', async (t) => {
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

t.test('mailboxIds of Email/set move a message', async (t) => {
  const { imap, a, byRole, set, watch } = await begin(t)
  const [inbox, archive] = [await watch('INBOX'), await watch('Archive')]
  await set({ update: { [a]: { mailboxIds: { [byRole('archive')]: true } } } })
  t.strictSame([await inbox.told(), await inbox.afterwards()], [['VANISHED 1'], ['VANISHED (EARLIER) 1']])
  t.strictSame(await archive.told(), ['1 EXISTS'])
  t.strictSame(await archive.afterwards(), ['1 FETCH (UID 1 FLAGS ())'])
  await imap.ok('SELECT Archive')
  t.match(await imap.ok('FETCH 1 (EMAILID)'), [`1 FETCH (EMAILID (${a}))`])
})

t.test('a destroyed Email vanishes from every mailbox', async (t) => {
  const { imap, a, set, watch } = await begin(t)
  await imap.ok('COPY 1 Archive')
  await imap.ok('COPY 1 INBOX')
  const [inbox, archive] = [await watch('INBOX'), await watch('Archive')]
  await set({ destroy: [a] })
  t.strictSame([await inbox.told(), await inbox.afterwards()], [['VANISHED 1:2'], ['VANISHED (EARLIER) 1:2']])
  t.strictSame([await archive.told(), await archive.afterwards()], [['VANISHED 1'], ['VANISHED (EARLIER) 1']])
})

t.test('an Email that is imported or created is a new message', async (t) => {
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

t.test('a draft that is updated is another message', async (t) => {
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

t.test('a reply joins the Thread, and THREADID says so', async (t) => {
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
