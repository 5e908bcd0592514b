import { MAX_HELD, type Outcome, parseId } from '@tandem/mailstore'
import t from 'tap'
import { createServer, type Json, message, NAME, type TestServer } from '../server.js'

const HELD = { HOLDFOR: '3600' }
const BEN = 'ben@example.com'

/** A draft, an identity, and what makes a submission of them. */
async function createDraft(server: TestServer, headers: Record<string, string> = {}) {
  const { deliver, call, mailstore } = server
  await mailstore.directory.createAccount(BEN, 'another password')
  const fields = { From: `Ann <${NAME}>`, To: BEN, Subject: 'Plans', ...headers }
  const emailId = await deliver(message(fields), { into: ['drafts'], keywords: ['$draft', '$seen'] })
  const identityId: string = (await call('Identity/get', { ids: null })).list[0].id
  const envelope = (mailFrom: object = {}, to: string[] = [BEN]) => ({
    mailFrom: { email: NAME, ...mailFrom },
    rcptTo: to.map((email) => ({ email })),
  })
  const create = (more: object = {}, args: object = {}) =>
    call('EmailSubmission/set', { create: { k: { identityId, emailId, ...more } }, ...args })
  return { emailId, identityId, envelope, create }
}

/** What the outbox would write of the one job that is due. */
async function attempt(server: TestServer, outcomes: Outcome[]): Promise<void> {
  const [job] = await server.mailstore.jobs.claim({ limit: 1, leaseMs: 60_000 })
  await server.account.transact((tx) => tx.submission.record(job!, outcomes, new Date(Date.now() + 60_000)))
}

t.test('RFC 8621 §7: an email is submitted, and its record tells what became of it', async (t) => {
  const server = await createServer(t)
  const { call } = server
  const to = 'ben@example.com, Cat <cat@elsewhere.org>, CAT@elsewhere.org'
  const { emailId, identityId, create } = await createDraft(server, { To: to, Bcc: 'dan@elsewhere.org' })
  const before = (await call('EmailSubmission/get', { ids: [] })).state
  const rung = new Promise<void>((resolve) => server.mailstore.jobs.onCreated(resolve))
  const { created, oldState, newState } = await create()
  await rung
  t.equal(oldState, before)
  const { id, sendAt, threadId } = created.k
  const recipients = [BEN, 'cat@elsewhere.org', 'CAT@elsewhere.org', 'dan@elsewhere.org']
  const queued = { smtpReply: '250 2.0.0 queued', delivered: 'queued', displayed: 'unknown' }
  const rest = {
    id,
    threadId,
    envelope: {
      mailFrom: { email: NAME, parameters: null },
      rcptTo: recipients.map((email) => ({ email, parameters: null })),
    },
    sendAt,
    undoStatus: 'pending',
    deliveryStatus: Object.fromEntries(recipients.map((email) => [email, queued])),
    dsnBlobIds: [],
    mdnBlobIds: [],
  }
  t.strictSame(created.k, rest)
  t.ok(Math.abs(Date.parse(sendAt) - Date.now()) < 60_000, 'RFC 8621 §7: sendAt is when it was made')
  t.equal((await call('Email/get', { ids: [emailId], properties: ['threadId'] })).list[0].threadId, threadId)
  const got = await call('EmailSubmission/get', { ids: null })
  t.strictSame(got, {
    accountId: server.accountId,
    state: newState,
    list: [{ identityId, emailId, ...rest }],
    notFound: [],
  })

  await attempt(server, [
    { address: BEN, state: 'delivered', reply: '250 2.1.5 delivered' },
    { address: 'cat@elsewhere.org', state: 'relayed', reply: '250 2.0.0 taken' },
    { address: 'CAT@elsewhere.org', state: 'failed', reply: '550 5.1.1 who?' },
    { address: 'dan@elsewhere.org', state: 'queued', reply: '451 4.4.1 later' },
  ])
  const after = await call('EmailSubmission/get', {
    ids: [id, 's9'],
    properties: ['deliveryStatus', 'undoStatus'],
  })
  t.match(after, {
    notFound: ['s9'],
    list: [
      {
        id,
        undoStatus: 'final',
        deliveryStatus: {
          [BEN]: { delivered: 'yes', smtpReply: '250 2.1.5 delivered' },
          'cat@elsewhere.org': { delivered: 'unknown', smtpReply: '250 2.0.0 taken' },
          'CAT@elsewhere.org': { delivered: 'no', smtpReply: '550 5.1.1 who?' },
          'dan@elsewhere.org': { delivered: 'queued', smtpReply: '451 4.4.1 later' },
        },
      },
    ],
  })
  t.match(await call('EmailSubmission/changes', { sinceState: newState }), {
    created: [],
    updated: [id],
    newState: after.state,
  })

  // RFC 8621 §7.5: a destroyed record, or email, changes nothing of the sending.
  const late = await call('EmailSubmission/set', { update: { [id]: { undoStatus: 'canceled' } } })
  t.match(late.notUpdated[id], { type: 'cannotUnsend' })
  await call('Email/set', { destroy: [emailId] })
  t.match((await call('EmailSubmission/get', { ids: [id] })).list, [{ emailId, threadId }])
  t.strictSame((await call('EmailSubmission/set', { destroy: [id] })).destroyed, [id])
  t.match(await call('EmailSubmission/get', { ids: [id] }), { list: [], notFound: [id] })
  t.match(await call('EmailSubmission/changes', { sinceState: after.state }), { destroyed: [id] })
  const sent = await server.account.read((r) => r.submission.get(parseId('submission', id)!))
  t.match(sent!.recipients.at(-1), { address: 'dan@elsewhere.org', state: 'queued' }, 'still to be sent')
})

t.test('RFC 8621 §7, RFC 4865: what is held is canceled in time, and nobody gets it', async (t) => {
  const server = await createServer(t)
  const { call } = server
  const { envelope, create } = await createDraft(server)
  const until = new Date(Math.floor(Date.now() / 1000) * 1000 + 7_200_000).toISOString().replace('.000', '')
  const given = envelope({ parameters: { holduntil: until, RET: 'HDRS' } })
  const { created, newState } = await create({ envelope: given })
  const { id } = created.k
  t.equal(created.k.sendAt, until)
  t.strictSame(
    created.k.envelope.mailFrom.parameters,
    { RET: 'HDRS', HOLDUNTIL: until },
    'names in upper case',
  )
  t.equal((await server.mailstore.jobs.claim({ limit: 1, leaseMs: 1000 })).length, 0, 'it is not due')

  const set = (patch: object) => call('EmailSubmission/set', { update: { [id]: patch } })
  t.match((await set({ undoStatus: 'final' })).notUpdated[id], { properties: ['undoStatus'] })
  t.match((await set({ undoStatus: null })).notUpdated[id], { properties: ['undoStatus'] })
  t.match((await set({ sendAt: until, identityId: 'i9' })).notUpdated[id], { properties: ['identityId'] })
  t.strictSame((await set({ undoStatus: 'pending', sendAt: until })).updated, { [id]: null })
  const same = await call('EmailSubmission/get', { ids: [id] })
  t.equal(same.state, newState, 'what changes nothing moves no state')

  const status = {
    [BEN]: { smtpReply: '550 5.0.0 canceled before it was sent', delivered: 'no', displayed: 'unknown' },
  }
  t.strictSame((await set({ undoStatus: 'canceled' })).updated, { [id]: { deliveryStatus: status } })
  t.match((await call('EmailSubmission/get', { ids: [id] })).list, [
    { undoStatus: 'canceled', deliveryStatus: status },
  ])
  t.equal(await server.mailstore.jobs.nextDue(), null, 'there is nothing left to do')
  t.strictSame((await set({ undoStatus: 'canceled' })).updated, { [id]: null }, 'a second time')
  t.match((await set({ undoStatus: 'pending' })).notUpdated[id], { properties: ['undoStatus'] })

  // RFC 4865 §4.2: a time that has passed holds nothing.
  const past = await create({ envelope: envelope({ parameters: { HOLDUNTIL: '2020-01-01T00:00:00Z' } }) })
  t.ok(Date.parse(past.created.k.sendAt) > Date.now() - 60_000)
})

t.test('RFC 8621 §7.5: each way a create is refused', async (t) => {
  const server = await createServer(t)
  const { call, deliver, mailstore } = server
  const { emailId, identityId, envelope, create } = await createDraft(server)
  await mailstore.directory.addAlias('sales@example.com', NAME)
  const draft = (headers: Record<string, string>) =>
    deliver(message({ Subject: 'x', ...headers }), { into: ['drafts'] })
  const many = Array.from({ length: 1001 }, (_, n) => `n${n}@elsewhere.org`)
  const gone = await draft({ From: NAME, To: BEN })
  await call('Email/set', { destroy: [gone] })
  const own = { From: NAME, To: BEN }
  const cases: [string, object, object][] = [
    ['no such email', { emailId: gone }, { type: 'invalidProperties', properties: ['emailId'] }],
    [
      'neither',
      { emailId: 5, identityId: null },
      { type: 'invalidProperties', properties: ['identityId', 'emailId'] },
    ],
    ['no such creation', { emailId: '#gone' }, { type: 'invalidProperties', properties: ['emailId'] }],
    [
      'server-set',
      { sendAt: '2030-01-01T00:00:00Z', undoStatus: 'pending' },
      { type: 'invalidProperties', properties: ['sendAt', 'undoStatus'] },
    ],
    ['no envelope', { envelope: 'x' }, { type: 'invalidProperties', properties: ['envelope'] }],
    [
      'unknown parameter',
      { envelope: envelope({ parameters: { BY: '120;R' } }) },
      { type: 'invalidProperties', properties: ['envelope'] },
    ],
    [
      'held too long',
      { envelope: envelope({ parameters: { HOLDFOR: '31536001' } }) },
      { type: 'invalidProperties', properties: ['envelope'] },
    ],
    [
      'held twice',
      { envelope: envelope({ parameters: { ...HELD, HOLDUNTIL: '2027-01-01T00:00:00Z' } }) },
      { type: 'invalidProperties', properties: ['envelope'] },
    ],
    ['for nobody', { envelope: envelope({}, []) }, { type: 'noRecipients' }],
    ['for nobody by its header', { emailId: await draft({ From: NAME }) }, { type: 'noRecipients' }],
    ['for too many', { envelope: envelope({}, many) }, { type: 'tooManyRecipients', maxRecipients: 1000 }],
    [
      'for no addresses',
      {
        envelope: envelope({}, [
          BEN,
          'nobody@example.com',
          'x',
          'a@b.org\r\nDATA',
          'x@localnet',
          'ok@elsewhere.org',
        ]),
      },
      {
        type: 'invalidRecipients',
        invalidRecipients: ['nobody@example.com', 'x', 'a@b.org\r\nDATA', 'x@localnet'],
      },
    ],
    ['as somebody else', { envelope: envelope({ email: BEN }) }, { type: 'forbiddenMailFrom' }],
    ['in the name of another', { emailId: await draft({ ...own, From: BEN }) }, { type: 'forbiddenFrom' }],
    ['sent by another', { emailId: await draft({ ...own, Sender: BEN }) }, { type: 'forbiddenFrom' }],
    [
      'without an author',
      { emailId: await draft({ To: BEN }) },
      { type: 'invalidEmail', properties: ['from'] },
    ],
    [
      'of two authors and senders',
      { emailId: await draft({ ...own, from: NAME, Sender: NAME, sender: NAME }) },
      { type: 'invalidEmail', properties: ['from', 'sender'] },
    ],
    [
      'from two, and none sends',
      { emailId: await draft({ ...own, From: `${NAME}, sales@example.com` }) },
      { type: 'invalidEmail', properties: ['from'] },
    ],
    [
      'a header beyond reading',
      { emailId: await draft({ ...own, 'X-Long': `${'x'.repeat(900)}\r\n `.repeat(1300) }) },
      { type: 'tooLarge' },
    ],
  ]
  const { state } = await call('EmailSubmission/get', { ids: [] })
  for (const [name, more, error] of cases) {
    const { created, notCreated, newState } = await create(more)
    t.equal(created, null, name)
    t.match(notCreated?.k, error, name)
    t.equal(newState, state, 'nothing was sent')
  }
  t.equal(await mailstore.jobs.nextDue(), null)
  t.match(
    await create({ emailId: await draft({ ...own, From: 'sales@example.com' }) }),
    {
      created: { k: { envelope: { mailFrom: { email: NAME } } } },
    },
    'RFC 8621 §7: what the identity does not allow is replaced by its email',
  )
  const set = (args: Record<string, unknown>) => server.fails('EmailSubmission/set', args)
  t.match(await set({ ifInState: '0', create: { k: { identityId, emailId } } }), { type: 'stateMismatch' })
  t.match(await set({ onSuccessUpdateEmail: { '#k': 5 } }), { type: 'invalidArguments' })
  const all = Array.from({ length: 501 }, (_, n) => `s${n}`)
  t.match(await set({ create: { k: { identityId, emailId } }, onSuccessDestroyEmail: all }), {
    type: 'requestTooLarge',
  })
})

t.test('whom a message is from is judged of the bytes that leave', async (t) => {
  const { deliver, mailstore, ...server } = await createServer(t)
  const { create, envelope } = await createDraft({ deliver, mailstore, ...server })
  const send = async (text: string, mailFrom = NAME) =>
    create({ emailId: await deliver(Buffer.from(text)), envelope: envelope({ email: mailFrom }) })
  const forged = [
    `X: a\rFrom: ${BEN}\r\nFrom: ${NAME}\r\n\r\nhi`,
    `X: a\rSender: ${BEN}\r\nFrom: ${NAME}\r\n\r\nhi`,
    `From: ${NAME}\nX: a\rSender: ${BEN}\n\nhi`,
    `From: ${NAME}\r\nSender : ${BEN}\r\n\r\nhi`,
  ]
  for (const text of forged) t.match((await send(text)).notCreated?.k, { type: 'forbiddenFrom' }, text)
  const unclear = `From: ${NAME} <${NAME}>\r\nSubject: a\rSubject: b\r\n\r\nhi`
  t.match((await send(unclear)).notCreated.k, { type: 'invalidEmail', properties: ['from'] })
  const twice = `From: ${NAME}\r\nSubject: a\rSubject: b\r\nDate: x\r\nDate: x\r\n\r\nhi`
  t.match((await send(twice)).notCreated.k, { type: 'invalidEmail', properties: ['subject', 'sentAt'] })

  // RFC 6409 §3.2: a read receipt.
  t.match(await send(`From: ${NAME}\r\n\r\nread`, ''), {
    created: { k: { envelope: { mailFrom: { email: '' } } } },
  })
  t.match((await send(`From: ${BEN}\r\n\r\nread`, '')).notCreated.k, { type: 'forbiddenFrom' })
})

t.test(
  'RFC 5322 §3.6.6: a message is redirected that is nobody\u2019s here, or that the redirector was sent',
  async (t) => {
    const { deliver, mailstore, ...server } = await createServer(t)
    const { create } = await createDraft({ deliver, mailstore, ...server })
    const send = async (text: string) => create({ emailId: await deliver(Buffer.from(text)) })
    const resent = `Resent-From: ${NAME}\r\nResent-To: ${BEN}\r\n`
    const foreign = 'From: eve@elsewhere.org\r\nTo: dan@elsewhere.org\r\n\r\nhi'
    const { created } = await send(resent + foreign)
    t.match(created.k.envelope, { mailFrom: { email: NAME }, rcptTo: [{ email: BEN }] })
    t.equal(created.k.envelope.rcptTo.length, 1, 'not once more to whom it was for')
    t.match((await send(foreign)).notCreated.k, { type: 'forbiddenFrom' })
    const colleague = `From: ${BEN}\r\n\r\nhi`
    t.match((await send(resent + colleague)).notCreated.k, { type: 'forbiddenFrom' })
    await deliver(Buffer.from(colleague))
    t.match(await send(resent + colleague), { created: { k: { undoStatus: 'pending' } } })
    t.match((await send(`${resent}${colleague}!`)).notCreated.k, { type: 'forbiddenFrom' })
  },
)

t.test('a message or a header too large to send', async (t) => {
  const server = await createServer(t, { maxSizeUpload: 3_000_000 })
  const { envelope, create } = await createDraft(server)
  const large = async (header: number, body: number) =>
    (
      await create({
        envelope: envelope(),
        emailId: await server.deliver(
          message({ From: NAME, 'X-Long': `${'x'.repeat(900)}\r\n `.repeat(header) }, 'x'.repeat(body)),
        ),
      })
    ).notCreated.k
  t.match(await large(1, 3_000_000), { type: 'tooLarge', maxSize: 3_000_000 })
  t.match(await large(1300, 1), { type: 'invalidEmail', properties: ['headers'] })
  const fields = Buffer.from(`From: ${NAME}\r\n${'X:\r\n'.repeat(60_000)}From: other@example.org\r\n\r\n`)
  const { notCreated } = await create({ envelope: envelope(), emailId: await server.deliver(fields) })
  t.match(
    notCreated.k,
    { type: 'invalidEmail', properties: ['headers'] },
    'behind them another author could be',
  )
})

t.test('RFC 8621 §7.5: what is to follow success is one Email/set, with the same call id', async (t) => {
  const server = await createServer(t)
  const { request, mailboxId, call, deliver } = server
  const { emailId, identityId, envelope } = await createDraft(server)
  const [drafts, sent] = [await mailboxId('drafts'), await mailboxId('sent')]
  const other = await deliver(message({ From: NAME, To: 'nobody@example.com' }), { into: ['drafts'] })
  const third = await deliver(message({ From: NAME, To: BEN }), { into: ['drafts'] })
  const patch = { [`mailboxIds/${drafts}`]: null, [`mailboxIds/${sent}`]: true, 'keywords/$draft': null }
  const held = envelope({ parameters: HELD })
  const responses = await request(
    [
      [
        'EmailSubmission/set',
        {
          create: {
            good: { identityId, emailId, envelope: held },
            bad: { identityId, emailId: other },
            gone: { identityId, emailId: third },
          },
          onSuccessUpdateEmail: { '#good': patch, '#bad': patch, '#unheard': patch, s9: patch },
          onSuccessDestroyEmail: ['#gone', '#bad'],
        },
        'send',
      ],
      ['Email/get', { ids: [emailId, other, third], properties: ['mailboxIds', 'keywords'] }, 'look'],
    ],
    { using: ['urn:ietf:params:jmap:submission', 'urn:ietf:params:jmap:mail'] },
  )
  t.strictSame(
    responses.map(([name, , callId]) => [name, callId]),
    [
      ['EmailSubmission/set', 'send'],
      ['Email/set', 'send'],
      ['Email/get', 'look'],
    ],
  )
  t.match(responses[0]![1].notCreated, { bad: { type: 'invalidRecipients' } })
  t.strictSame(responses[1]![1].updated, { [emailId]: null })
  t.strictSame(responses[1]![1].destroyed, [third])
  t.strictSame(responses[2]![1].list, [
    { id: emailId, mailboxIds: { [sent]: true }, keywords: { $seen: true } },
    { id: other, mailboxIds: { [drafts]: true }, keywords: {} },
  ])

  // After an update and a destroy too, by id; and none where nothing succeeded.
  const id = responses[0]![1].created.good.id
  const undone: Json[] = await request([
    [
      'EmailSubmission/set',
      {
        update: { [id]: { undoStatus: 'canceled' } },
        onSuccessUpdateEmail: { [id]: { [`mailboxIds/${sent}`]: null, [`mailboxIds/${drafts}`]: true } },
      },
    ],
    ['EmailSubmission/set', { destroy: [id], onSuccessUpdateEmail: { [id]: { 'keywords/$flagged': true } } }],
    ['EmailSubmission/set', { destroy: [id], onSuccessDestroyEmail: [id] }],
  ])
  t.strictSame(
    undone.map(([name]) => name),
    ['EmailSubmission/set', 'Email/set', 'EmailSubmission/set', 'Email/set', 'EmailSubmission/set'],
  )
  t.match((await call('Email/get', { ids: [emailId], properties: ['mailboxIds', 'keywords'] })).list, [
    { mailboxIds: { [drafts]: true }, keywords: { $seen: true, $flagged: true } },
  ])
})

t.test('RFC 8620 §3.7: a draft and its sending in one request, each by its creation id', async (t) => {
  const server = await createServer(t)
  const { request, mailboxId } = server
  const { identityId } = await createDraft(server)
  const draft = {
    mailboxIds: { [await mailboxId('drafts')]: true },
    from: [{ email: NAME }],
    to: [{ email: BEN }],
    textBody: [{ partId: '1', type: 'text/plain' }],
    bodyValues: { '1': { value: 'Hello' } },
  }
  const responses = await request([
    ['Email/set', { create: { m: draft } }],
    ['Identity/set', { create: { i: { email: NAME, name: 'A' } } }],
    [
      'EmailSubmission/set',
      { create: { s: { identityId: '#i', emailId: '#m' } }, onSuccessDestroyEmail: ['#s'] },
    ],
    ['EmailSubmission/get', { ids: null, properties: ['emailId', 'identityId'] }],
  ])
  const { id } = responses[0]![1].created.m
  t.equal(responses.length, 5)
  t.strictSame(responses[3]![1].destroyed, [id])
  const made = responses[1]![1].created.i.id
  t.not(made, identityId)
  t.match(responses[4]![1].list, [{ emailId: id, identityId: made }])
})

t.test('RFC 8621 §7.3, §7.4: query and queryChanges', async (t) => {
  const server = await createServer(t)
  const { call, fails, deliver } = server
  const { emailId, identityId, envelope, create } = await createDraft(server)
  const second = await deliver(message({ From: NAME, To: BEN, Subject: 'Other' }))
  const [a, b, c] = (
    await Promise.all(
      [
        { envelope: envelope({ parameters: { HOLDFOR: '100' } }) },
        { envelope: envelope({ parameters: { HOLDFOR: '300' } }), emailId: second },
        { envelope: envelope({ parameters: { HOLDFOR: '200' } }) },
      ].map((more) => create(more)),
    )
  ).map(({ created }) => created.k) as [Json, Json, Json]
  const query = (args: Record<string, unknown>) => call('EmailSubmission/query', args)
  const cases: [Record<string, unknown>, Json[]][] = [
    [{}, [b, c, a]],
    [{ sort: [{ property: 'sentAt' }] }, [a, c, b]],
    [{ filter: { emailIds: [emailId] }, sort: [{ property: 'sentAt' }] }, [a, c]],
    [{ filter: { threadIds: [b.threadId], identityIds: [identityId, 'x'] } }, [b]],
    [{ filter: { identityIds: ['i9'] } }, []],
    [{ filter: { undoStatus: 'pending' }, limit: 1, position: 1 }, [c]],
    [{ filter: { undoStatus: 'nope' } }, []],
    [{ filter: { after: c.sendAt } }, [b, c]],
    [{ filter: { before: c.sendAt } }, [a]],
    [{ filter: { operator: 'NOT', conditions: [{ emailIds: [second] }, { before: c.sendAt }] } }, [c]],
    [{ anchor: c.id, anchorOffset: 1 }, [a]],
    [
      { filter: null, sort: [{ property: 'emailId' }, { property: 'threadId', isAscending: false }] },
      [c, a, b],
    ],
  ]
  for (const [args, expected] of cases) {
    t.strictSame(
      (await query(args)).ids,
      expected.map(({ id }) => id),
      JSON.stringify(args),
    )
  }
  const bad: [Record<string, unknown>, string][] = [
    [{ filter: { nope: 1 } }, 'unsupportedFilter'],
    [{ filter: { emailIds: 'e1' } }, 'invalidArguments'],
    [{ filter: { before: 'x' } }, 'invalidArguments'],
    [{ filter: { undoStatus: 5 } }, 'invalidArguments'],
    [{ sort: [{ property: 'sendAt' }] }, 'unsupportedSort'],
    [{ anchor: 'x' }, 'anchorNotFound'],
    [{ anchor: 's9' }, 'anchorNotFound'],
  ]
  for (const [args, type] of bad)
    t.match(await fails('EmailSubmission/query', args), { type }, JSON.stringify(args))

  const filter = { undoStatus: 'pending' }
  const { queryState, total, canCalculateChanges } = await query({ filter, calculateTotal: true })
  t.same([total, canCalculateChanges], [3, true])
  await call('EmailSubmission/set', { update: { [c.id]: { undoStatus: 'canceled' } }, destroy: [a.id] })
  const changes = await call('EmailSubmission/queryChanges', {
    filter,
    sinceQueryState: queryState,
    calculateTotal: true,
  })
  t.match(changes, { added: [], total: 1, oldQueryState: queryState })
  t.same(new Set(changes.removed), new Set([a.id, c.id]))
  const since = (args: object) =>
    fails('EmailSubmission/queryChanges', { filter, sinceQueryState: queryState, ...args })
  t.match(await since({ maxChanges: 1 }), { type: 'tooManyChanges' })
  t.match(await since({ sinceQueryState: '5.3.4' }), { type: 'cannotCalculateChanges' })
  t.match(await fails('EmailSubmission/changes', { sinceState: '99999' }), { type: 'cannotCalculateChanges' })
})

t.test('RFC 8620 §5.3: who has too much held already is over quota, and sends what goes now', async (t) => {
  const server = await createServer(t)
  const { create, envelope } = await createDraft(server)
  const { digest } = await server.account.blobs.put(Buffer.from('x'))
  const sendAt = new Date(Date.now() + 3_600_000)
  await server.account.transact(async (tx) => {
    for (let count = 0; count < MAX_HELD.messages; count++)
      await tx.submission.create({
        principalId: server.account.id,
        digest,
        mailFrom: '',
        recipients: [{ address: BEN }],
        sendAt,
      })
  })
  const { notCreated } = await create({ envelope: envelope({ parameters: HELD }) })
  t.match(notCreated.k, { type: 'overQuota', description: /held/ })
  t.ok((await create()).created.k)
})

t.test('RFC 8621 §4.6, §7.5: a draft keeps what was typed, and only sending judges it', async (t) => {
  const server = await createServer(t)
  const { call, mailboxId } = server
  const { identityId, envelope } = await createDraft(server)
  const drafts = await mailboxId('drafts')
  const draft = async (fields: Record<string, Json>): Promise<string> => {
    const { created, notCreated } = await call('Email/set', {
      create: { d: { mailboxIds: { [drafts]: true }, from: [{ email: NAME }], subject: 'x', ...fields } },
    })
    t.equal(notCreated, null)
    const [email] = (await call('Email/get', { ids: [created.d.id], properties: Object.keys(fields) })).list
    for (const [name, value] of Object.entries(fields)) t.strictSame(email[name], value, name)
    return created.d.id
  }
  const typed = (email: string, name: string | null = null) => [{ name, email }]
  const whole = typed(BEN)
  const cases: [fields: Record<string, Json>, given: boolean, error: object][] = [
    [{ to: typed('bob smith') }, false, { type: 'invalidRecipients', invalidRecipients: ['bob smith'] }],
    [{ to: whole, cc: typed('a@b, c@d', 'Two') }, false, { type: 'invalidRecipients' }],
    [{ to: whole, bcc: typed('x@y.test> <z@y.test') }, false, { type: 'invalidRecipients' }],
    [{ to: typed('bob smith') }, true, { type: 'invalidEmail', properties: ['to'] }],
    [
      { to: whole, cc: typed('Bob <bob@y.test>'), replyTo: typed('me (home)') },
      true,
      { type: 'invalidEmail', properties: ['cc', 'replyTo'] },
    ],
    [{ to: whole, from: typed('ann @ work') }, true, { type: 'invalidEmail', properties: ['from'] }],
    [{ to: whole, sender: typed('ann;') }, true, { type: 'invalidEmail', properties: ['sender'] }],
  ]
  for (const [fields, given, error] of cases) {
    const emailId = await draft(fields)
    const create = { k: { identityId, emailId, ...(given ? { envelope: envelope() } : {}) } }
    t.match((await call('EmailSubmission/set', { create })).notCreated.k, error, JSON.stringify(fields))
  }
})
