// What every method's refusals have in common: they name all that is wrong, and what would help.
import { MAILBOX_ROLES } from '@tandem/mailstore'
import t from 'tap'
import { createServer, type Json, message, USING } from '../server.js'

t.test('RFC 8620 §5.3: a SetError names all properties that are wrong', async (t) => {
  const { call, mailboxId } = await createServer(t)
  const drafts = await mailboxId('drafts')
  const cases: [method: string, object: Json, properties: string[]][] = [
    ['Email/import', {}, ['blobId', 'mailboxIds']],
    [
      'Email/import',
      { blobId: 5, mailboxIds: { mnone: true }, keywords: 1, receivedAt: 'now', x: 1 },
      ['blobId', 'keywords', 'mailboxIds', 'receivedAt', 'x'],
    ],
    ['Mailbox/set', {}, ['name']],
    [
      'Mailbox/set',
      { name: 'a/b', parentId: 'mnone', role: 'bogus', sortOrder: -1, isSubscribed: 1, totalEmails: 3 },
      ['isSubscribed', 'name', 'parentId', 'role', 'sortOrder', 'totalEmails'],
    ],
    ['Email/set', { mailboxIds: { mnone: true }, subject: 5, size: 1 }, ['mailboxIds', 'size', 'subject']],
    ['Email/set', { mailboxIds: {}, from: 'x', keywords: [] }, ['from', 'keywords', 'mailboxIds']],
    ['EmailSubmission/set', {}, ['emailId', 'identityId']],
    [
      'EmailSubmission/set',
      { identityId: 'inone', emailId: 1, envelope: 1, sendAt: 'x' },
      ['emailId', 'envelope', 'identityId', 'sendAt'],
    ],
    ['Identity/set', { name: 5, replyTo: 'x' }, ['email', 'name', 'replyTo']],
  ]
  for (const [method, object, properties] of cases) {
    const name = method === 'Email/import' ? 'emails' : 'create'
    const { notCreated } = await call(method, { [name]: { k: object } })
    t.match(notCreated.k, { type: 'invalidProperties', description: String }, method)
    t.strictSame([...notCreated.k.properties].sort(), properties, `${method} ${JSON.stringify(object)}`)
  }
  const update = { [drafts]: { name: 'a/b', parentId: 'mnone', role: 5, sortOrder: 'x' } }
  const { notUpdated } = await call('Mailbox/set', { update })
  t.strictSame([...notUpdated[drafts].properties].sort(), ['name', 'parentId', 'role', 'sortOrder'])
})

t.test('RFC 8621 §4.8: bytes without a header field are no message', async (t) => {
  const { call, inject, accountId, mailboxId } = await createServer(t)
  const mailboxIds = { [await mailboxId('inbox')]: true }
  for (const bytes of [
    'this is not an email',
    '\r\nbody',
    'PK\x03\x04binary',
    '\n',
    'no colon\r\nhere\r\n\r\nx',
  ]) {
    const uploaded = await inject({ method: 'POST', url: `/jmap/upload/${accountId}`, payload: bytes })
    const emails = { k: { blobId: uploaded.json().blobId, mailboxIds } }
    const { notCreated } = await call('Email/import', { emails })
    t.match(notCreated?.k, { type: 'invalidEmail' }, JSON.stringify(bytes))
  }
})

t.test('creation ids stand for ids in /get and in filters, or are refused', async (t) => {
  const { request, mailboxId, deliver } = await createServer(t)
  const inbox = await mailboxId('inbox')
  const id = await deliver(message({ Subject: 'x' }))
  const responses = await request([
    ['Mailbox/set', { create: { k: { name: 'New' } } }],
    ['Email/set', { update: { [id]: { 'mailboxIds/#k': true } } }],
    ['Mailbox/get', { ids: ['#k', '#none'], properties: ['name'] }],
    ['Email/query', { filter: { operator: 'AND', conditions: [{ inMailbox: '#k' }] } }],
    ['Email/query', { filter: { inMailboxOtherThan: ['#k', inbox] } }],
    ['Mailbox/query', { filter: { parentId: '#k' } }],
    ['Email/query', { filter: { inMailbox: '#none' } }],
    ['Email/query', { filter: { operator: 'NOT', conditions: [{ inMailboxOtherThan: ['#none'] }] } }],
    ['Mailbox/query', { filter: { parentId: '#none' } }],
    ['EmailSubmission/query', { filter: { emailIds: ['#none'] } }],
    ['Email/query', { anchor: '#none' }],
    ['Email/query', { filter: { text: '#none' } }],
  ])
  const [set, , get, inNew, elsewhere, below, ...refused] = responses.map(([, answer]) => answer)
  t.strictSame(get!.list, [{ id: set!.created.k.id, name: 'New' }])
  t.strictSame(get!.notFound, ['#none'])
  t.strictSame(inNew!.ids, [id])
  t.strictSame([elsewhere!.ids, below!.ids], [[], []])
  const text = refused.pop()
  for (const answer of refused) t.match(answer, { type: 'invalidArguments', description: /#none/ })
  t.strictSame(text!.ids, [], 'text is text')
})

t.test('RFC 8620 §3.6.2: an error of a call says what would help', async (t) => {
  const { request } = await createServer(t)
  const cases: [name: string, description: RegExp][] = [
    ['EmailSubmission/set', /add "urn:ietf:params:jmap:submission" to "using"/],
    ['VacationResponse/get', /urn:ietf:params:jmap:vacationresponse/],
    ['Email/gets', /did you mean "Email\/get"/],
    ['email/query', /did you mean "Email\/query"/],
    ['Calendar/get', /there is no method "Calendar\/get"/],
    ['x'.repeat(1_000_000), /there is no method/],
  ]
  for (const [name, description] of cases) {
    const responses = await request([[name, {}]], { using: USING.slice(0, 2) })
    const error = responses[0]![1]
    t.match(error, { type: 'unknownMethod', description }, name.slice(0, 50))
  }
})

t.test('false takes a keyword or a mailbox out of its set, as null does', async (t) => {
  const { call, deliver, mailboxId } = await createServer(t)
  const [inbox, archive] = [await mailboxId('inbox'), await mailboxId('archive')]
  const id = await deliver(message({ Subject: 'x' }), {
    into: ['inbox', 'archive'],
    keywords: ['$seen', 'a'],
  })
  await call('Email/set', { update: { [id]: { 'keywords/$seen': false, [`mailboxIds/${inbox}`]: false } } })
  const get = async () =>
    (await call('Email/get', { ids: [id], properties: ['keywords', 'mailboxIds'] })).list[0]
  t.match(await get(), { keywords: { a: true }, mailboxIds: { [archive]: true } })
  t.strictSame(Object.keys((await get()).mailboxIds), [archive])
  await call('Email/set', { update: { [id]: { 'keywords/none': false } } })
  for (const patch of [
    { keywords: { a: false } },
    { 'keywords/a': 0 },
    { [`mailboxIds/${archive}`]: false },
  ]) {
    t.ok((await call('Email/set', { update: { [id]: patch } })).notUpdated[id], JSON.stringify(patch))
  }
})

t.test('every role of the IANA registry can be given', async (t) => {
  const { call } = await createServer(t)
  for (const role of MAILBOX_ROLES.filter((each) => each !== 'inbox')) {
    const { list } = await call('Mailbox/get', { properties: ['role'] })
    const taken = list.find((mailbox: Json) => mailbox.role === role)
    if (taken) continue
    const { created } = await call('Mailbox/set', { create: { k: { name: `for ${role}`, role } } })
    t.ok(created?.k, role)
  }
  t.ok(['snoozed', 'scheduled', 'memos'].every((role) => (MAILBOX_ROLES as readonly string[]).includes(role)))
})
