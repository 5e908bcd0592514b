// Nobody has two accounts yet, so the copies themselves run on a context that opens two.
import { formatId } from '@tandem/mailstore'
import t from 'tap'
import { runCalls } from '../../src/api/dispatch.js'
import { createBudget, DEFAULT_LIMITS } from '../../src/api/limits.js'
import type { Invocation } from '../../src/api/references.js'
import { createServer, type Json, message, type TestServer, USING } from '../server.js'

async function createTwo(server: TestServer, who: 'ann' | 'bob' = 'ann') {
  const { mailstore, accountId } = server
  const other = await mailstore.directory.createAccount('bob@example.com', 'another password')
  const otherId = formatId('account', other.accountId)
  const log = { debug() {}, info() {}, warn() {}, error: (fields: object) => server.errors.push(fields) }
  return {
    otherId,
    other: mailstore.account(other.accountId),
    bob: other,
    /** One request of somebody who may open both. */
    run(...methodCalls: Invocation[]): Promise<Json[]> {
      return runCalls(
        { using: new Set(USING), methodCalls, createdIds: null },
        {
          mailstore,
          principal: who === 'bob' ? other : server.principal,
          log,
          limits: { ...DEFAULT_LIMITS, maxSizeUpload: 1_000_000 },
          createdIds: new Map(),
          octets: createBudget(1_000_000),
          countedAt: new Map(),
          implicitCalls: [],
          mayReach: () => true,
          openAccount: (id) =>
            id === accountId ? server.account : id === otherId ? mailstore.account(other.accountId) : null,
        },
      )
    },
  }
}

t.test('RFC 8620 §5.4: accounts of a copy', async (t) => {
  const { fails, request, accountId } = await createServer(t)
  for (const [name, args] of [
    ['Email/copy', { create: {} }],
    ['Blob/copy', { blobIds: [] }],
  ] as const) {
    t.match(await fails(name, { ...args, fromAccountId: accountId }), { type: 'invalidArguments' })
    t.match(await fails(name, { ...args, fromAccountId: 'a9' }), { type: 'fromAccountNotFound' })
    t.match(await fails(name, { ...args }), { type: 'invalidArguments' }, 'fromAccountId is left out')
    const [response] = await request([[name, { ...args, accountId: 'a9', fromAccountId: accountId }]])
    t.match(response, ['error', { type: 'accountNotFound' }])
  }
})

t.test('RFC 8621 §4.7: Email/copy', async (t) => {
  const server = await createServer(t)
  const { accountId, call, deliver, mailboxId } = server
  const { run, otherId, other } = await createTwo(server)
  const boxes = await other.read((r) => r.mailbox.list())
  const archive = formatId('mailbox', boxes.find(({ role }) => role === 'archive')!.id)
  const id = await deliver(message({ Subject: 'copied' }), {
    keywords: ['$seen', 'Work'],
    receivedAt: new Date('2020-01-02T03:04:05Z'),
  })
  const copy = (create: object, more: object = {}) =>
    run(['Email/copy', { accountId: otherId, fromAccountId: accountId, create, ...more }, 'c'])
  const getOther = async (emailId: string) => {
    const [[, { list }]] = (await run(['Email/get', { accountId: otherId, ids: [emailId] }, 'g'])) as Json
    return list[0]
  }

  await t.test('as the original is, or as it is said', async (t) => {
    const [[name, result]] = (await copy({
      same: { id, mailboxIds: { [archive]: true } },
      new: {
        id,
        mailboxIds: { [archive]: true },
        keywords: { $draft: true },
        receivedAt: '2021-01-01T00:00:00Z',
      },
    })) as Json
    t.equal(name, 'Email/copy')
    t.match(result, { accountId: otherId, fromAccountId: accountId, notCreated: null })
    const same = await getOther(result.created.same.id)
    t.match(same, {
      ...{ subject: 'copied', keywords: { $seen: true, work: true }, receivedAt: '2020-01-02T03:04:05Z' },
      mailboxIds: { [archive]: true },
    })
    const { blobId, threadId, size } = same
    t.strictSame(result.created.same, { id: result.created.same.id, blobId, threadId, size })
    t.match(await getOther(result.created.new.id), {
      keywords: { $draft: true },
      receivedAt: '2021-01-01T00:00:00Z',
    })
    t.not(result.oldState, result.newState)
  })

  await t.test('what cannot be copied leaves the others standing', async (t) => {
    const mailboxIds = { [archive]: true }
    const inbox = await mailboxId('inbox')
    const cases: [object, error: object][] = [
      [{ id: 'e9', mailboxIds }, { type: 'notFound' }],
      [{ mailboxIds }, { type: 'notFound' }],
      [{ id }, { type: 'invalidProperties', properties: ['mailboxIds'] }],
      [{ id, mailboxIds: { [inbox]: true } }, { properties: ['mailboxIds'] }],
      [{ id, mailboxIds, subject: 'x' }, { properties: ['subject'] }],
      [{ id, mailboxIds, keywords: { 'a b': true } }, { properties: ['keywords'] }],
      [{ id, mailboxIds, receivedAt: 'x' }, { properties: ['receivedAt'] }],
    ]
    for (const [bad, error] of cases) {
      const [[, result]] = (await copy({ bad, good: { id, mailboxIds } })) as Json
      t.match(result, { created: { good: { id: String } }, notCreated: { bad: error } }, JSON.stringify(bad))
    }
    for (const more of [{ ifInState: '1' }, { ifFromInState: '1' }]) {
      t.match(await copy({ k: { id, mailboxIds } }, more), [['error', { type: 'stateMismatch' }, 'c']])
    }
  })

  await t.test('the original goes in a call of its own, whose response follows', async (t) => {
    const create = { k: { id, mailboxIds: { [archive]: true } }, bad: { id: 'e9', mailboxIds: {} } }
    const kept = (await copy(create, { onSuccessDestroyOriginal: true, destroyFromIfInState: '1' })) as Json
    t.match(kept, [
      ['Email/copy', { created: { k: {} } }, 'c'],
      ['error', { type: 'stateMismatch' }, 'c'],
    ])
    t.equal((await call('Email/get', { ids: [id] })).list.length, 1)
    const [copied, destroyed] = (await copy(create, { onSuccessDestroyOriginal: true })) as Json
    t.match(copied, ['Email/copy', { created: { k: {} }, notCreated: { bad: {} } }, 'c'])
    t.match(destroyed, ['Email/set', { accountId, destroyed: [id], notDestroyed: null }, 'c'])
    t.strictSame((await call('Email/get', { ids: [id] })).notFound, [id])
    const none = await copy(
      { k: { id, mailboxIds: { [archive]: true } } },
      { onSuccessDestroyOriginal: true },
    )
    t.equal(none.length, 1, 'nothing was copied, nothing is destroyed')
  })
})

t.test('RFC 8620 §6.3: Blob/copy', async (t) => {
  const server = await createServer(t)
  const { accountId, call, deliver } = server
  // Who copies holds what he uploaded in his own account.
  const { run, otherId, other, bob } = await createTwo(server, 'bob')
  await server.account.transact(async (tx) => {
    await tx.rights.set((await tx.mailbox.byRole('inbox'))!.id, bob, 'lr')
  })
  const id = await deliver('Content-Transfer-Encoding: base64\r\n\r\nYnl0ZXM=\r\n')
  const [email] = (await call('Email/get', { ids: [id], properties: ['blobId', 'textBody'] })).list
  const [{ blobId: part }] = email.textBody
  const none = `b${'0'.repeat(64)}`
  const copy = (blobIds: string[]) =>
    run(['Blob/copy', { accountId: otherId, fromAccountId: accountId, blobIds }, 'c'])
  const [[, result]] = (await copy([email.blobId, part, none, 'x'])) as Json
  t.match(result, { accountId: otherId, fromAccountId: accountId, copied: { [email.blobId]: email.blobId } })
  t.match(result.notCopied, { [none]: { type: 'notFound' }, x: { type: 'notFound' } })
  const digest = Buffer.from(result.copied[part].slice(1), 'hex')
  t.ok(await other.uploads.canSee(bob.id, digest))
  t.equal(Buffer.from((await (await other.blobs.open(digest))?.read()) ?? '').toString(), 'bytes')
  t.match(await copy(Array(501).fill(none)), [['error', { type: 'requestTooLarge' }, 'c']])
})
