import t from 'tap'
import { createServer } from '../server.js'

t.test('RFC 8621 §8: there is always one vacation response, and it can be changed', async (t) => {
  const { call, accountId } = await createServer(t)
  const off = { fromDate: null, toDate: null, subject: null, textBody: null, htmlBody: null }
  const first = await call('VacationResponse/get', { ids: null })
  t.strictSame(first, {
    accountId,
    state: first.state,
    list: [{ id: 'singleton', isEnabled: false, ...off }],
    notFound: [],
  })
  const patch = {
    isEnabled: true,
    fromDate: '2026-01-01T00:00:00Z',
    toDate: '2026-02-01T00:00:00.1234Z',
    subject: 'Fort – à bientôt',
    textBody: 'Away.\nBack soon.',
  }
  const set = await call('VacationResponse/set', { ifInState: first.state, update: { singleton: patch } })
  const toDate = '2026-02-01T00:00:00.123Z'
  t.strictSame(set.updated, { singleton: { toDate } }, 'what is kept otherwise than it was said')
  t.equal(set.oldState, first.state)
  const properties = ['isEnabled', 'fromDate', 'toDate', 'subject', 'textBody', 'htmlBody']
  t.strictSame(await call('VacationResponse/get', { ids: ['singleton', 'x'], properties }), {
    accountId,
    state: set.newState,
    list: [{ id: 'singleton', ...patch, toDate, htmlBody: null }],
    notFound: ['x'],
  })
  const same = { id: 'singleton', isEnabled: true, fromDate: patch.fromDate }
  const again = await call('VacationResponse/set', { update: { singleton: same } })
  t.equal(again.newState, set.newState, 'what changes nothing moves no state')
  await call('VacationResponse/set', {
    update: { singleton: { fromDate: null, subject: null, toDate: null } },
  })
  t.match((await call('VacationResponse/get', { ids: ['singleton'] })).list, [
    { fromDate: null, subject: null },
  ])
  t.strictSame((await call('VacationResponse/get', { ids: [] })).list, [])
})

t.test('RFC 8621 §8, RFC 8620 §5.3: what is refused, and why', async (t) => {
  const { call, fails } = await createServer(t)
  const { state } = await call('VacationResponse/get', { ids: [] })
  const cases: [object, string[] | undefined][] = [
    [{ isEnabled: null }, ['isEnabled']],
    [{ isEnabled: 1, subject: 5 }, ['isEnabled', 'subject']],
    [{ fromDate: '2026-01-01' }, ['fromDate']],
    [{ toDate: '2026-02-30T00:00:00Z' }, ['toDate']],
    [{ subject: 'a\r\nBcc: x@y.z' }, ['subject']],
    [{ textBody: 'a\0' }, ['textBody']],
    [{ htmlBody: 'x'.repeat(100_001) }, ['htmlBody']],
    [{ id: 'other' }, ['id']],
    [{ nope: 1 }, ['nope']],
  ]
  for (const [patch, properties] of cases) {
    const { notUpdated } = await call('VacationResponse/set', { update: { singleton: patch } })
    t.match(
      notUpdated.singleton,
      { type: 'invalidProperties', properties },
      JSON.stringify(patch).slice(0, 80),
    )
  }
  const singleton = { type: 'singleton' }
  t.match(
    await call('VacationResponse/set', {
      create: { k: { isEnabled: true } },
      update: { other: {} },
      destroy: ['singleton', 'other'],
    }),
    {
      notCreated: { k: singleton },
      notUpdated: { other: { type: 'notFound' } },
      notDestroyed: { singleton, other: { type: 'notFound' } },
      newState: state,
    },
  )
  t.match(await fails('VacationResponse/set', { ifInState: '0' }), { type: 'stateMismatch' })
  t.match(await fails('VacationResponse/get', { properties: ['nope'] }), { type: 'invalidArguments' })
})
