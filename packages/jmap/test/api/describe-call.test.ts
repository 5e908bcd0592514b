import t from 'tap'
import { describeAnswer, describeCall } from '../../src/api/describe-call.js'

t.test('a trace shows ids and names of properties, never values', async (t) => {
  const keys = { p256dh: 'secret' }
  const rows: [string, Record<string, unknown>, string][] = [
    ['Email/get', { ids: ['e1', 'e2'], properties: ['subject'] }, 'ids e1, e2 properties subject'],
    ['Email/get', { ids: null }, ''],
    ['Email/set', { update: {}, destroy: [] }, ''],
    ['Email/get', { ids: ['1', '2', '3', '4', '5', '6', '7'] }, 'ids 1, 2, 3, 4, 5 and 2 more'],
    ['Email/query', { filter: { text: 'secret' }, limit: 5 }, 'filter limit'],
    [
      'Email/set',
      { update: { e1: { 'keywords/$seen': true, mailboxIds: { m1: true } } } },
      'update e1 {keywords/$seen, mailboxIds}',
    ],
    ['Email/set', { create: { k: { subject: 'secret' } }, destroy: ['e3'] }, 'create k {subject} destroy e3'],
    ['PushSubscription/set', { create: { p: { url: 'https://secret', keys } } }, 'create p {url, keys}'],
  ]
  for (const [method, args, shown] of rows) {
    t.equal(describeCall(method, { accountId: 'a1', ...args }, 'c0'), `${method} [c0]${shown && ` ${shown}`}`)
  }
})

t.test('and what was made or refused', async (t) => {
  const rows: [Record<string, unknown>, string][] = [
    [{ list: [{ subject: 'secret' }], notFound: ['e1'] }, 'OK'],
    [{ created: null, updated: { e1: null } }, 'OK'],
    [{ created: { k: { id: 'e7', size: 5 }, l: { id: 'e8' } } }, 'OK, created k e7, l e8'],
    [
      { created: null, notUpdated: { e1: { type: 'invalidProperties', description: 'secret' } } },
      'OK, not updated e1 (invalidProperties)',
    ],
    [
      { notCreated: { k: { type: 'overQuota' } }, notDestroyed: { e1: { type: 'notFound' } } },
      'OK, not created k (overQuota), not destroyed e1 (notFound)',
    ],
  ]
  for (const [answer, shown] of rows) t.equal(describeAnswer(answer), shown)
})
