import t from 'tap'
import { COLLATIONS, type Collation, type EmailSort } from '../../src/index.js'
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
  const sort = [{ ...up('subject'), collation: 'toString' as never }]
  await t.rejects(ask(account, { sort }), { code: 'unsupportedSort' })
})

t.test('strings are compared by the collation that is asked for (RFC 4790 §9, RFC 5051)', async (t) => {
  const { account, mailboxes } = await openTestStore(t)
  // Filed in this order, a minute apart: what is equal comes newest first.
  const subjects = [
    '10 b',
    '9 a',
    '010',
    'Zoo',
    'apple',
    'Apple pie',
    '_x',
    'Élan',
    'élan',
    '',
    'ǆ',
    'Ǆ',
    '０',
  ]
  const names = new Map<number, string>()
  for (const [minute, subject] of subjects.entries()) {
    const bytes = `From: "${subject}" <a@x>\nTo: "${subject}" <a@x>\nSubject: ${subject}\n\nx`
    names.set(await fileBytes(account, mailboxes.INBOX!, bytes, { minute }), subject)
  }
  const expected: Record<Collation, string[]> = {
    'i;octet': ['', '010', '10 b', '9 a', 'Apple pie', 'Zoo', '_x', 'apple', 'Élan', 'élan', 'Ǆ', 'ǆ', '０'],
    'i;ascii-casemap': [
      '',
      '010',
      '10 b',
      '9 a',
      'apple',
      'Apple pie',
      'Zoo',
      '_x',
      'Élan',
      'élan',
      'Ǆ',
      'ǆ',
      '０',
    ],
    'i;ascii-numeric': [
      '9 a',
      '010',
      '10 b',
      '０',
      'Ǆ',
      'ǆ',
      '',
      'élan',
      'Élan',
      '_x',
      'Apple pie',
      'apple',
      'Zoo',
    ],
    // The wide 0 is a 0, and Ǆ a D before z and a caron.
    'i;unicode-casemap': [
      '',
      '０',
      '010',
      '10 b',
      '9 a',
      'apple',
      'Apple pie',
      'Ǆ',
      'ǆ',
      'élan',
      'Élan',
      'Zoo',
      '_x',
    ],
  }
  for (const collation of COLLATIONS) {
    for (const property of ['subject', 'from', 'to'] as const) {
      // Without a name the address is compared: only subjects are empty.
      const list = property === 'subject' ? expected[collation] : expected[collation].filter((text) => text)
      const found = async (isAscending: boolean) => {
        const { ids } = await ask(account, { sort: [{ property, isAscending, collation }] })
        return ids.map((id) => names.get(id)!).filter((text) => text || property === 'subject')
      }
      t.strictSame(await found(true), list, `${property} by ${collation}`)
      t.equal((await found(false)).length, list.length)
    }
  }
  const byDefault = await ask(account, { sort: [{ property: 'subject', isAscending: true }] })
  t.strictSame(
    byDefault.ids.map((id) => names.get(id)),
    expected['i;unicode-casemap'],
  )
})
