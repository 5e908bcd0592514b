import { once } from 'node:events'
import type { FetchMessageObject } from 'imapflow'
import t from 'tap'
import { openImap } from './support/imap.js'
import { type JmapClient, openJmap } from './support/jmap.js'
import { letter, mailboxIds, untilInbox } from './support/mail.js'
import { startRelay } from './support/relay.js'
import { deliver } from './support/smtp.js'
import { addAccount, startTandem } from './support/tandem.js'
import { deferred } from './support/until.js'

/** What a client that sends says: a draft, and its submission, which moves it to Sent. */
async function sending(jmap: JmapClient, to: string[], parameters: Record<string, string> | null = null) {
  const mailbox = await mailboxIds(jmap)
  const [identities] = await jmap.call(['Identity/get', { ids: null }])
  const { id: identityId, email } = identities!.list[0]
  const draft = {
    mailboxIds: { [mailbox('drafts')]: true },
    keywords: { $draft: true, $seen: true },
    from: [{ email }],
    to: to.map((each) => ({ email: each })),
    bcc: [{ email: 'dan@example.org' }],
    subject: 'Lunch?',
    textBody: [{ partId: '1', type: 'text/plain' }],
    bodyValues: { '1': { value: 'At noon.' } },
  }
  const envelope = parameters && {
    mailFrom: { email, parameters },
    rcptTo: to.map((each) => ({ email: each })),
  }
  const submit = (emailId: string): [string, object] => [
    'EmailSubmission/set',
    {
      create: { send: { identityId, emailId, envelope } },
      onSuccessUpdateEmail: {
        '#send': {
          [`mailboxIds/${mailbox('drafts')}`]: null,
          [`mailboxIds/${mailbox('sent')}`]: true,
          'keywords/$draft': null,
        },
      },
    },
  ]
  return { create: ['Email/set', { create: { draft } }] as [string, object], submit }
}

/** \Recent is of one session alone. */
function flagsOf(message: FetchMessageObject | false | undefined): string[] {
  return message ? [...message.flags!].filter((flag) => flag !== '\\Recent').sort() : []
}

t.test(
  'JMAP sends: IMAP sees the draft become sent mail, the others have it, and its record says so',
  async (t) => {
    const relay = await startRelay(t)
    const tandem = await startTandem(t, { TANDEM_RELAY_URL: relay.url })
    await addAccount(tandem, 'alice@example.org')
    const bob = await addAccount(tandem, 'bob@example.org')
    await addAccount(tandem, 'dan@example.org')
    const jmap = await openJmap(tandem, 'alice@example.org')
    const { create, submit } = await sending(jmap, ['bob@example.org', 'cat@example.net'])
    const [made] = await jmap.call(create)
    const { id } = made!.created.draft

    const drafts = await openImap(t, tandem, 'alice@example.org')
    const sent = await openImap(t, tandem, 'alice@example.org')
    await drafts.mailboxOpen('Drafts')
    await sent.mailboxOpen('Sent')
    const before = await drafts.fetchOne('1', { flags: true, threadId: true })
    t.match(before, { emailId: id })
    t.same(flagsOf(before), ['\\Draft', '\\Seen'])
    const leaves = once(drafts, 'expunge')
    const comes = once(sent, 'exists')
    const idling = [drafts.idle(), sent.idle()]

    const { promise: final, resolve: onFinal } = deferred<unknown>()
    const { promise: told, resolve: onTold } = deferred<void>()
    t.teardown(
      await jmap.listen(async (changed) => {
        if (!changed[jmap.accountId]?.EmailSubmission) return
        onTold()
        const [record] = await jmap.call(['EmailSubmission/get', { ids: null }])
        const [submission] = record!.list
        const states = Object.values<{ delivered: string }>(submission?.deliveryStatus ?? {})
        if (states.length > 0 && states.every(({ delivered }) => delivered !== 'queued')) onFinal(submission)
      }),
    )
    const responses = await jmap.call(submit(id))
    t.match(responses, [{ created: { send: { undoStatus: 'pending' } } }, { updated: { [id]: null } }])
    t.match(await leaves, [{ path: 'Drafts' }], 'an idling session of Drafts is told')
    t.match(await comes, [{ path: 'Sent', count: 1 }], 'and one of Sent')
    const copy = await sent.fetchOne('1', { flags: true, threadId: true, source: true })
    await drafts.noop()
    await Promise.all(idling)
    t.match(copy, { emailId: id })
    t.same(flagsOf(copy), ['\\Seen'], 'no draft any more')
    t.match(
      (copy || null)!.source!.toString(),
      /^Bcc: dan@example\.org\r$/m,
      "Bcc stays in the sender's copy",
    )

    await untilInbox(t, tandem, bob.accountId, 1)
    const his = await openJmap(tandem, 'bob@example.org')
    const [, got] = await his.call(
      ['Email/query', {}],
      [
        'Email/get',
        {
          '#ids': { resultOf: 'c0', name: 'Email/query', path: '/ids' },
          properties: ['subject', 'bcc', 'header:Return-Path:asRaw'],
        },
      ],
    )
    t.match(got!.list, [{ subject: 'Lunch?', bcc: null, 'header:Return-Path:asRaw': ' <alice@example.org>' }])
    await relay.has(1)
    t.match(relay.received, [{ from: 'alice@example.org', to: ['cat@example.net'] }])
    t.notMatch(relay.received[0]!.text, /^bcc:/im)
    t.match(relay.received[0]!.text, /^Message-ID: .*\r\n/m)
    await told
    t.match(await final, {
      emailId: id,
      undoStatus: 'final',
      deliveryStatus: {
        'bob@example.org': { delivered: 'yes', smtpReply: /^250 2\.1\.5 / },
        'cat@example.net': { delivered: 'unknown', smtpReply: /^250 / },
        'dan@example.org': { delivered: 'yes' },
      },
    })
  },
)

t.test('what is held and canceled in time reaches nobody', async (t) => {
  const relay = await startRelay(t)
  const tandem = await startTandem(t, { TANDEM_RELAY_URL: relay.url })
  await addAccount(tandem, 'alice@example.org')
  const bob = await addAccount(tandem, 'bob@example.org')
  await addAccount(tandem, 'dan@example.org')
  const jmap = await openJmap(tandem, 'alice@example.org')
  const undone = await sending(jmap, ['bob@example.org', 'cat@example.net'], { HOLDFOR: '3' })
  const [made] = await jmap.call(undone.create)
  const [set] = await jmap.call(undone.submit(made!.created.draft.id))
  const { id, sendAt } = set!.created.send
  const [canceled] = await jmap.call([
    'EmailSubmission/set',
    { update: { [id]: { undoStatus: 'canceled' } } },
  ])
  t.match(canceled!.updated, { [id]: { deliveryStatus: { 'bob@example.org': { delivered: 'no' } } } })

  // One that is held a little longer, and then sent: when it is there, the other would have been.
  const kept = await sending(jmap, ['bob@example.org', 'cat@example.net'], { HOLDFOR: '4' })
  const [second] = await jmap.call(kept.create)
  const [later] = await jmap.call(kept.submit(second!.created.draft.id))
  const { sendAt: keptUntil } = later!.created.send
  t.ok(Date.parse(keptUntil) > Date.parse(sendAt))
  await untilInbox(t, tandem, bob.accountId, 1)
  await relay.has(1)
  t.ok(Date.now() >= Date.parse(keptUntil), 'it was held')
  t.equal(relay.received.length, 1)
  const [record] = await jmap.call(['EmailSubmission/get', { ids: [id] }])
  t.match(record!.list, [{ undoStatus: 'canceled' }])
})

t.test('who writes to somebody who is away is answered once', async (t) => {
  const relay = await startRelay(t)
  const tandem = await startTandem(t, { TANDEM_RELAY_URL: relay.url })
  const alice = await addAccount(tandem, 'alice@example.org')
  const jmap = await openJmap(tandem, 'alice@example.org')
  const away = { isEnabled: true, subject: 'Away', textBody: 'Back in May.' }
  await jmap.call(['VacationResponse/set', { update: { singleton: away } }])
  await deliver(tandem, letter('One'), 'alice@example.org', 'bob@example.net')
  await deliver(tandem, letter('Two'), 'alice@example.org', 'bob@example.net')
  await deliver(tandem, letter('Three'), 'alice@example.org', 'eve@example.net')
  await untilInbox(t, tandem, alice.accountId, 3)
  await relay.has(2)
  t.match(
    relay.received.sort((a, b) => a.to[0]!.localeCompare(b.to[0]!)),
    [
      { from: '', to: ['bob@example.net'], text: /^Subject: Away\r$/m },
      { from: '', to: ['eve@example.net'], text: /^Auto-Submitted: auto-replied\r$/m },
    ],
  )
  // Alice's own copy is filed by a client: it is no delivery, and nobody is answered.
  const imap = await openImap(t, tandem, 'alice@example.org')
  await imap.append('INBOX', letter('Filed'))
  const waiting = []
  for await (const entry of tandem.mailstore.queue.list()) waiting.push(entry)
  t.same(waiting, [])
})
