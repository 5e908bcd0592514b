import t from 'tap'
import type { EmailFilter, EmailQuery, EmailSort } from '../../src/index.js'
import { file, message, openTestStore } from '../support/store.js'

t.test('Email/query filters, sorts, collapses and pages (RFC 8621 §4.4)', async (t) => {
  const { account, mailboxes } = await openTestStore(t)
  const { INBOX: inbox, Archive: archive } = mailboxes as { INBOX: number; Archive: number }
  const add = async (
    n: number,
    mailbox: number[],
    draft: Parameters<typeof message>[0],
    keywords: string[] = [],
  ) => {
    const ingested = await account.ingest(message(draft), { nul: 'refuse' })
    const receivedAt = new Date(Date.UTC(2026, 0, n))
    const [filed] = await account.transact((tx) =>
      tx.email.create([{ message: ingested, mailboxIds: mailbox, keywords, receivedAt }]),
    )
    return filed!.id
  }
  const a = await add(1, [inbox], {
    subject: 'Budget 100%',
    messageId: 'a@x',
    from: 'Carol <carol@example.com>',
  })
  const b = await add(
    2,
    [inbox, archive],
    { subject: 'Re: Budget 100%', messageId: 'b@x', inReplyTo: 'a@x' },
    ['$seen'],
  )
  const c = await add(3, [archive], { subject: 'Apples', messageId: 'c@x', from: 'dave@example.net' }, [
    'Work',
  ])
  const d = await add(4, [inbox], { subject: 'zebra', text: 'x'.repeat(5000) }, ['$seen', '$flagged'])
  await file(account, inbox, { subject: 'invisible', deleted: true })

  const ask = (query: Partial<EmailQuery>) =>
    account.read((r) =>
      r.email.query({
        filter: null,
        sort: [],
        collapseThreads: false,
        position: 0,
        limit: 50,
        calculateTotal: true,
        ...query,
      }),
    )

  const filters: [string, EmailFilter, number[]][] = [
    ['inMailbox', { inMailbox: archive }, [c, b]],
    ['inMailboxOtherThan', { inMailboxOtherThan: [inbox] }, [c, b]],
    ['before', { before: new Date(Date.UTC(2026, 0, 2)) }, [a]],
    ['after', { after: new Date(Date.UTC(2026, 0, 3)) }, [d, c]],
    ['minSize', { minSize: 5000 }, [d]],
    ['maxSize', { maxSize: 5000 }, [c, b, a]],
    ['hasKeyword', { hasKeyword: '$seen' }, [d, b]],
    ['notKeyword', { notKeyword: '$seen' }, [c, a]],
    ['another keyword, any case', { hasKeyword: 'work' }, [c]],
    ['a keyword nobody has', { hasKeyword: 'nobody' }, []],
    ['not a keyword nobody has', { notKeyword: 'nobody' }, [d, c, b, a]],
    ['from by name', { from: 'CAROL' }, [a]],
    ['from by address', { from: 'dave@ex' }, [c]],
    ['to', { to: 'alice@' }, [d, c, b, a]],
    ['cc', { cc: 'alice' }, []],
    ['subject, and % is a character', { subject: '100%' }, [b, a]],
    ['subject, and _ is one', { subject: '1_0' }, []],
    ['hasAttachment', { hasAttachment: true }, []],
    ['AND of conditions', { inMailbox: inbox, hasKeyword: '$seen' }, [d, b]],
    ['OR', { operator: 'OR', conditions: [{ from: 'carol' }, { subject: 'zebra' }] }, [d, a]],
    [
      'NOT is none of them',
      { operator: 'NOT', conditions: [{ from: 'carol' }, { subject: 'zebra' }] },
      [c, b],
    ],
    ['AND of nothing', { operator: 'AND', conditions: [] }, [d, c, b, a]],
    ['OR of nothing', { operator: 'OR', conditions: [] }, []],
  ]
  for (const [name, filter, expected] of filters) t.same((await ask({ filter })).ids, expected, name)

  const sorts: [string, EmailSort[], number[]][] = [
    ['receivedAt', [{ property: 'receivedAt', isAscending: true }], [a, b, c, d]],
    [
      'size',
      [
        { property: 'size', isAscending: false },
        { property: 'receivedAt', isAscending: true },
      ],
      [d, b, a, c],
    ],
    ['from', [{ property: 'from', isAscending: true }], [d, b, a, c]],
    ['subject without Re:', [{ property: 'subject', isAscending: true }], [c, b, a, d]],
    ['hasKeyword', [{ property: 'hasKeyword', isAscending: false, keyword: '$flagged' }], [d, c, b, a]],
  ]
  for (const [name, sort, expected] of sorts) t.same((await ask({ sort })).ids, expected, name)

  t.match(await ask({ collapseThreads: true }), { ids: [d, c, b], total: 3 }, 'collapsed')
  t.match(await ask({ position: 1, limit: 2 }), { ids: [c, b], position: 1, total: 4 })
  t.match(await ask({ position: -1 }), { ids: [a], position: 3 })
  t.match(await ask({ position: -99, limit: 1 }), { ids: [d], position: 0 })
  t.match(await ask({ position: 99 }), { ids: [], position: 99, total: 4 })
  t.match(await ask({ anchor: { id: c, offset: 0 }, limit: 1 }), { ids: [c], position: 1 })
  t.match(await ask({ anchor: { id: c, offset: -5 } }), { ids: [d, c, b, a], position: 0 })
  t.match(await ask({ limit: 0 }), { ids: [], total: 4 })
  t.equal((await ask({ calculateTotal: false })).total, null)
  await t.rejects(ask({ anchor: { id: 1, offset: 0 } }), { code: 'anchorNotFound' })
  await t.rejects(ask({ filter: { nonsense: 1 } as never }), { code: 'unsupportedFilter' })
})
