import { createHash } from 'node:crypto'
import t from 'tap'
import { createServer, message, states } from '../server.js'

t.test('Email/import', async (t) => {
  const server = await createServer(t)
  const { call, fails, request, inject, mailboxId, accountId, deliver } = server
  const inbox = await mailboxId('inbox')
  const archive = await mailboxId('archive')
  const upload = async (bytes: string | Buffer): Promise<string> => {
    const url = `/jmap/upload/${accountId}/`
    const headers = { 'content-type': 'message/rfc822' }
    return (await inject({ method: 'POST', url, headers, payload: bytes })).json().blobId
  }
  const importOne = (object: object) => call('Email/import', { emails: { k: object } })
  const get = async (id: string, properties: string[]) =>
    (await call('Email/get', { ids: [id], properties })).list[0]

  await t.test('RFC 8621 §4.8: a new email with mailboxes, keywords and date', async (t) => {
    const text = message({ Subject: 'Brought in', 'Message-ID': '<in@x>' })
    const blobId = await upload(text)
    const before = await states(server)
    const result = await importOne({
      blobId,
      mailboxIds: { [inbox]: true, [archive]: true },
      keywords: { $seen: true, Work: true },
      receivedAt: '2020-02-03T04:05:06Z',
    })
    const { id } = result.created.k
    const email = await get(id, [
      ...['id', 'blobId', 'threadId', 'size', 'mailboxIds', 'keywords', 'receivedAt', 'subject'],
    ])
    t.strictSame(result, {
      accountId,
      oldState: before.Email,
      newState: (await states(server)).Email,
      created: { k: { id, blobId, threadId: email.threadId, size: text.length } },
      notCreated: null,
    })
    t.match(email, {
      size: text.length,
      mailboxIds: { [inbox]: true, [archive]: true },
      keywords: { $seen: true, work: true },
      receivedAt: '2020-02-03T04:05:06Z',
      subject: 'Brought in',
    })
    t.not(result.newState, before.Email)

    const again = await importOne({ blobId, mailboxIds: { [inbox]: true } })
    t.not(again.created.k.id, id, 'rule 6: identical bytes are another email')
    t.strictSame((await get(again.created.k.id, ['keywords'])).keywords, {})
  })

  await t.test('the date is that of the topmost Received field, or now', async (t) => {
    const received = 'from a by b; Mon, 6 May 2024 09:08:07 +0200 (CEST)'
    const text = `Received: ${received}\r\nReceived: from c by d; Mon, 6 May 2024 01:00:00 +0000\r\n\r\nx`
    const dated = await importOne({ blobId: await upload(text), mailboxIds: { [inbox]: true } })
    t.equal((await get(dated.created.k.id, ['receivedAt'])).receivedAt, '2024-05-06T07:08:07Z')
    const began = Date.now() - 1_000
    const undated = await importOne({
      blobId: await upload('Received: by x\r\n\r\nx'),
      mailboxIds: { [inbox]: true },
    })
    const { receivedAt } = await get(undated.created.k.id, ['receivedAt'])
    t.ok(Date.parse(receivedAt) >= began, receivedAt)
  })

  await t.test('a message attached to another can be brought in by the id of its part', async (t) => {
    const inner = message({ Subject: 'Inner' }, 'inner')
    const outer = `Subject: Outer\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: message/rfc822\r\n\r\n${inner}\r\n--b--\r\n`
    const id = await deliver(outer)
    const [part] = (await get(id, ['attachments'])).attachments
    t.equal(part.type, 'message/rfc822')
    const { created } = await importOne({ blobId: part.blobId, mailboxIds: { [archive]: true } })
    t.equal((await get(created.k.id, ['subject'])).subject, 'Inner')
    t.equal(created.k.blobId, `b${createHash('sha256').update(inner).digest('hex')}`)
  })

  await t.test('one bad import leaves the others standing, and says why', async (t) => {
    const blobId = await upload(message({ Subject: 'good' }))
    const mailboxIds = { [inbox]: true }
    const strange = `b${'0'.repeat(64)}`
    const cases: [what: string, object: Record<string, unknown>, error: object][] = [
      ['no blobId', { mailboxIds }, { type: 'invalidProperties', properties: ['blobId'] }],
      [
        'no such blob',
        { blobId: strange, mailboxIds },
        { type: 'invalidProperties', properties: ['blobId'] },
      ],
      ['no blob id at all', { blobId: 5, mailboxIds }, { properties: ['blobId'] }],
      ['no mailboxIds', { blobId }, { type: 'invalidProperties', properties: ['mailboxIds'] }],
      ['no mailbox', { blobId, mailboxIds: {} }, { properties: ['mailboxIds'] }],
      ['no such mailbox', { blobId, mailboxIds: { m9: true } }, { properties: ['mailboxIds'] }],
      ['a false mailbox', { blobId, mailboxIds: { [inbox]: false } }, { properties: ['mailboxIds'] }],
      ['$deleted', { blobId, mailboxIds, keywords: { $deleted: true } }, { properties: ['keywords'] }],
      ['keywords of null', { blobId, mailboxIds, keywords: null }, { properties: ['keywords'] }],
      ['no date', { blobId, mailboxIds, receivedAt: 'yesterday' }, { properties: ['receivedAt'] }],
      ['what is not there', { blobId, mailboxIds, subject: 'x' }, { properties: ['subject'] }],
      ['a NUL', { blobId: await upload('Subject: a\u0000b\r\n\r\n'), mailboxIds }, { type: 'invalidEmail' }],
      ['nothing', { blobId: await upload(''), mailboxIds }, { type: 'invalidEmail' }],
    ]
    for (const [what, object, error] of cases) {
      const before = await states(server)
      const alone = await importOne(object)
      t.match(alone, { created: null, notCreated: { k: error }, newState: before.Email }, what)
      const both = await call('Email/import', { emails: { good: { blobId, mailboxIds }, bad: object } })
      t.match(both, { created: { good: { id: String } }, notCreated: { bad: error } }, what)
    }
  })

  await t.test('ifInState, sizes, creation ids', async (t) => {
    const blobId = await upload(message({ Subject: 'state' }))
    const emails = { k: { blobId, mailboxIds: { [inbox]: true } } }
    const { Email } = await states(server)
    t.match(await fails('Email/import', { ifInState: '1', emails }), { type: 'stateMismatch' })
    t.match(await fails('Email/import', { emails: null }), { type: 'invalidArguments' })
    const many = Object.fromEntries(Array.from({ length: 501 }, (_, index) => [`k${index}`, {}]))
    t.match(await fails('Email/import', { emails: many }), { type: 'requestTooLarge' })
    t.equal((await states(server)).Email, Email)

    const [, imported, updated] = await request([
      ['Mailbox/set', { create: { box: { name: 'Box' } } }],
      ['Email/import', { ifInState: Email, emails: { k: { blobId, mailboxIds: { '#box': true } } } }],
      ['Email/set', { update: { '#k': { 'keywords/$seen': true } } }],
    ])
    const { id } = imported![1].created.k
    t.strictSame(updated![1].updated, { [id]: null })
    t.strictSame((await get(id, ['mailboxIds'])).mailboxIds, { [await mailboxId('Box')]: true })
  })
})
