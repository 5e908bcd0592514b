import t from 'tap'
import type { EmailSort } from '../../src/index.js'
import { ask, fileBytes } from '../support/queries.js'
import { openTestStore } from '../support/store.js'

t.test('sorts (RFC 8621 §4.4.2)', async (t) => {
  const { account, mailboxes } = await openTestStore(t)
  const inbox = mailboxes.INBOX!
  const add = (minute: number, header: string, keywords: string[] = []) =>
    fileBytes(account, inbox, `${header}\n\n${'x'.repeat(100 * minute)}`, { minute, keywords })
  const a = await add(
    0,
    'From: "émile" <z@x>\nTo: b@x\nSubject: Re: [list] _b\nDate: Fri, 2 Jan 2026 00:00:00 +0000',
    ['$flagged'],
  )
  const b = await add(
    1,
    'From: Frank <a@x>\nTo: "" <C@x>\nSubject: B\nDate: Fri, 2 Jan 2026 00:30:00 +0100\nMessage-ID: <t@x>',
    ['$flagged'],
  )
  const c = await add(2, 'From: e@x\nSubject: fwd: b\nMessage-ID: <u@x>\nIn-Reply-To: <t@x>', ['$seen'])
  const d = await add(3, 'To: ａ@x\nSubject: ä')
  const up = (property: EmailSort['property'], keyword?: string): EmailSort => ({
    property,
    isAscending: true,
    ...(keyword ? { keyword } : {}),
  })
  const down = (property: EmailSort['property'], keyword?: string): EmailSort => ({
    ...up(property, keyword),
    isAscending: false,
  })
  const cases: [name: string, sort: EmailSort[], expected: number[]][] = [
    ['nothing: newest first', [], [d, c, b, a]],
    ['receivedAt', [up('receivedAt')], [a, b, c, d]],
    ['receivedAt, descending', [down('receivedAt')], [d, c, b, a]],
    ['sentAt, else receivedAt', [up('sentAt')], [c, d, b, a]],
    ['size', [up('size')], [a, b, c, d]],
    // d has none, then "E@X" < "ÉMILE" (E + U+0301 after decomposition) < "FRANK".
    ['from: name, else address, else nothing; i;unicode-casemap', [up('from')], [d, c, a, b]],
    ['to', [up('to')], [c, d, a, b]],
    // "_B" comes after the letters in RFC 5051's order; "Ä" before "B".
    ['subject: base subjects', [up('subject'), up('receivedAt')], [d, b, c, a]],
    ['hasKeyword: false before true', [up('hasKeyword', '$flagged')], [d, c, b, a]],
    ['hasKeyword, descending', [down('hasKeyword', '$seen')], [c, d, b, a]],
    ['someInThreadHaveKeyword', [down('someInThreadHaveKeyword', '$flagged')], [c, b, a, d]],
    ['allInThreadHaveKeyword', [down('allInThreadHaveKeyword', '$flagged')], [a, d, c, b]],
    ['a keyword nobody has', [down('someInThreadHaveKeyword', 'none')], [d, c, b, a]],
    [
      "RFC 8621's example",
      [down('someInThreadHaveKeyword', '$flagged'), up('subject'), down('receivedAt')],
      [c, b, a, d],
    ],
  ]
  for (const [name, sort, expected] of cases) t.same((await ask(account, { sort })).ids, expected, name)
  t.same(
    (await ask(account, { sort: [up('size')], collapseThreads: true })).ids,
    [a, b, d],
    'collapsed: the first that this sort brings',
  )
  await t.rejects(ask(account, { sort: [up('toString' as never)] }), { code: 'unsupportedSort' })
})
