// Requests after RFC 8620 §3.3 and the methods' arguments, and what a careless or hostile client makes of them.
import type { Random } from '@tandem/mailstore/testing'

/** What the requests can name of an account. */
export interface Known {
  accountId: string
  mailboxes: readonly string[]
  emails: readonly string[]
  threads: readonly string[]
  blobs: readonly string[]
  identities: readonly string[]
  submissions: readonly string[]
}

type Value = unknown
type Production = (r: Random, known: Known) => Value

const KEYWORDS = ['$seen', '$flagged', '$draft', 'work', 'a b', '$deleted', 'Ünder', '', 'x'.repeat(300)]
const DATES = [
  '2026-01-01T00:00:00Z',
  '2026-13-01T00:00:00Z',
  '2026-01-01',
  'yesterday',
  '9999-12-31T23:59:60Z',
]
const BODY_PROPERTIES = [
  'partId',
  'blobId',
  'type',
  'name',
  'cid',
  'charset',
  'size',
  'headers',
  'subParts',
  'nope',
]
const EMAIL_PROPERTIES = [
  'id',
  'subject',
  'from',
  'keywords',
  'mailboxIds',
  'bodyValues',
  'textBody',
  'header:To',
].concat([
  'header:Subject:asText',
  'header:From:asAddresses:all',
  'header:Date:asURLs',
  'header:',
  'preview',
  'nope',
])
const SORTS = [
  'receivedAt',
  'size',
  'from',
  'subject',
  'hasKeyword',
  'sentAt',
  'allInThreadHaveKeyword',
  'nope',
]

const either = (r: Random, ...choices: (() => Value)[]): Value => r.pick(choices)()
const some = <T>(r: Random, choices: readonly T[], most = 3): T[] =>
  Array.from({ length: r.between(0, most) }, () => r.pick(choices))
const anId = (r: Random, ids: readonly string[]): Value =>
  either(
    r,
    () => r.pick(ids),
    () => r.pick(ids),
    () => '#new',
    () => '#gone',
    () => 'e0',
    () => 'nothing',
    () => null,
  )
const ids = (r: Random, known: readonly string[]): Value =>
  r.chance(0.1) ? null : Array.from({ length: r.between(0, 4) }, () => anId(r, known))
const state = (r: Random): Value => r.pick(['0', '1', '99999999', '5.3.4', 'x', '', '18446744073709551616'])
const flags = (r: Random): Value =>
  Object.fromEntries(some(r, KEYWORDS).map((name) => [name, r.pick([true, true, false, null])]))
const mailboxSet = (r: Random, { mailboxes }: Known): Value =>
  Object.fromEntries(
    some(r, [...mailboxes, '#new', '#gone', 'm0']).map((id) => [id, r.pick([true, true, false])]),
  )
const addresses = (r: Random): Value => [
  { name: r.pick([null, 'Ann', 'a\r\nBcc: x@y']), email: r.pick(['a@b', '', 'ü@b', 'a@b\n']) },
]

function filter(r: Random, known: Known, depth = 0): Value {
  if (depth < 3 && r.chance(0.3)) {
    const conditions = Array.from({ length: r.between(0, 3) }, () => filter(r, known, depth + 1))
    return { operator: r.pick(['AND', 'OR', 'NOT', 'XOR']), conditions }
  }
  const conditions: Record<string, Value> = {
    inMailbox: anId(r, known.mailboxes),
    inMailboxOtherThan: ids(r, known.mailboxes),
    before: r.pick(DATES),
    minSize: r.pick([0, 100, -1, 1.5, 2 ** 53]),
    hasKeyword: r.pick(KEYWORDS),
    text: r.pick(['hello', '', '"a b"', 'x'.repeat(2000), '\u0000']),
    subject: r.pick(['topic', '%', '\\', "'"]),
    header: r.pick([['To'], ['To', 'x'], [], ['a', 'b', 'c'], 'To']),
    hasAttachment: r.pick([true, false, 'yes']),
    name: 'a',
    role: r.pick(['inbox', null, 7]),
    hasAnyRole: true,
    nope: 1,
  }
  return Object.fromEntries(some(r, Object.entries(conditions)))
}
const sort = (r: Random): Value =>
  some(r, SORTS).map((property) => ({
    property,
    isAscending: r.pick([true, false]),
    keyword: r.pick(KEYWORDS),
  }))

function bodyPart(r: Random, known: Known, depth = 0): Value {
  const part: Record<string, Value> = {
    type: r.pick([
      'text/plain',
      'text/html',
      'multipart/mixed',
      'image/png',
      'multipart',
      'x\r\ny: z/plain',
      '',
    ]),
    partId: r.pick(['1', '2', '3', 'nope']),
    blobId: anId(r, known.blobs),
    name: r.pick(['a.txt', 'ü'.repeat(100), 'a"b\\c', 'x\r\ny', null]),
    cid: r.pick(['a@b', '<a@b>', 'a b', 'x\r\n']),
    disposition: r.pick(['inline', 'attachment', 'a b', null]),
    charset: r.pick(['utf-8', 'x']),
    size: r.pick([0, 5]),
    language: r.pick([['de'], ['\r\n'], []]),
    headers: r.pick([[], [{ name: 'X', value: 'y' }]]),
    'header:X-Part': r.pick(['y', 'a\r\nb', ' fine']),
  }
  if (depth < 3) part.subParts = Array.from({ length: r.between(0, 3) }, () => bodyPart(r, known, depth + 1))
  return Object.fromEntries(some(r, Object.entries(part), 5))
}

const newEmail: Production = (r, known) => {
  const properties: Record<string, Value> = {
    mailboxIds: { [r.pick(known.mailboxes)]: true },
    keywords: flags(r),
    receivedAt: r.pick(DATES),
    from: addresses(r),
    to: addresses(r),
    subject: r.pick(['hello', 'a\r\nBcc: x@y', 'ü'.repeat(500), '\u0000', '', null, 5]),
    messageId: r.pick([['a@b'], ['<a@b>'], [''], 'a@b']),
    sentAt: r.pick([...DATES, '2026-01-01T00:00:00+02:00']),
    bodyStructure: bodyPart(r, known),
    textBody: [bodyPart(r, known, 3)],
    htmlBody: [{ partId: '2', type: 'text/html' }],
    attachments: some(r, [bodyPart(r, known, 3), bodyPart(r, known, 3)]),
    bodyValues: {
      '1': { value: r.pick(['Hi', 'a\nb\r\nc', 'ü', '\ud800', 'x'.repeat(2000)]) },
      '2': { value: '<p>' },
    },
    headers: [],
    'header:X-A': r.pick(['b', ' b\r\n c', 'b\r\nc']),
    'header:X-B:asText': 'ü',
    'header:To:asAddresses': addresses(r),
    'header:Content-Type': 'text/plain',
    blobId: anId(r, known.blobs),
    nope: 1,
  }
  return Object.fromEntries([
    ['mailboxIds', properties.mailboxIds],
    ...some(r, Object.entries(properties), 7),
  ])
}
const emailPatch: Production = (r, known) =>
  Object.fromEntries(
    some(r, [
      ['keywords', flags(r)],
      [`keywords/${r.pick(KEYWORDS)}`, r.pick([true, null, false])],
      ['mailboxIds', mailboxSet(r, known)],
      [`mailboxIds/${r.pick(known.mailboxes)}`, r.pick([true, null])],
      ['subject', 'x'],
      ['keywords/a/b/c', true],
      ['/keywords', {}],
      ['keywords/~2', true],
    ]),
  )
const mailboxObject: Production = (r, known) =>
  Object.fromEntries(
    some(
      r,
      [
        ['name', r.pick(['New', 'a/b', '', 'INBOX', 'x'.repeat(500), 'a\u0000', 'É', '  ', 5])],
        ['parentId', anId(r, known.mailboxes)],
        ['role', r.pick(['archive', 'inbox', 'nope', null, 'junk'])],
        ['sortOrder', r.pick([0, 1, -1, 2 ** 31, 1.5])],
        ['isSubscribed', r.pick([true, false])],
        ['totalEmails', 5],
        ['myRights', {}],
      ],
      4,
    ),
  )
const pushSubscription: Production = (r) =>
  Object.fromEntries(
    some(
      r,
      [
        ['deviceClientId', r.pick(['phone', '', 'a\u0000', 5])],
        [
          'url',
          r.pick(['https://push.example/a', 'https://10.0.0.1/', 'http://a/', 'https://a:99999/', 'x']),
        ],
        ['keys', r.pick([null, {}, { p256dh: 'BAAA', auth: 'AAAA' }, { p256dh: 'x'.repeat(87), auth: 5 }])],
        ['verificationCode', r.pick([null, 'x', 7])],
        ['expires', r.pick([...DATES, '2099-01-01T00:00:00Z', null])],
        ['types', r.pick([null, [], ['Email', 'Todo'], ['\u0000'], 'Email', [null]])],
        ['expires/x', 1],
        ['types/0', 'Email'],
        ['id', 'p1'],
      ],
      5,
    ),
  )
const set = (
  r: Random,
  known: Known,
  own: readonly string[],
  create: Production,
  patch: Production,
): Value => ({
  ...(r.chance(0.2) ? { ifInState: state(r) } : {}),
  ...(r.chance(0.5)
    ? { create: Object.fromEntries(some(r, ['new', 'k2', 'k3']).map((id) => [id, create(r, known)])) }
    : {}),
  ...(r.chance(0.6) ? { update: Object.fromEntries(some(r, own).map((id) => [id, patch(r, known)])) } : {}),
  // Sparingly: what is destroyed is no more there to be named.
  ...(r.chance(0.05) ? { destroy: ids(r, own) } : {}),
})

const get =
  (own: (known: Known) => readonly string[], properties: readonly string[]): Production =>
  (r, known) => ({
    ids: ids(r, own(known)),
    ...(r.chance(0.5) ? { properties: some(r, properties) } : {}),
  })
const changes: Production = (r) => ({
  sinceState: state(r),
  maxChanges: r.pick([1, 7, null, 0, -1, 1.5, 2 ** 60]),
})
const query: Production = (r, known) => ({
  filter: r.chance(0.5) ? filter(r, known) : null,
  sort: r.chance(0.5) ? sort(r) : null,
  ...Object.fromEntries(
    some(r, [
      ['position', r.pick([0, -1, 5, 2 ** 53, 'x'])],
      ['anchor', anId(r, known.emails)],
      ['anchorOffset', r.pick([0, -3, 3])],
      ['limit', r.pick([0, 1, 10, -1, null])],
      ['calculateTotal', true],
      ['collapseThreads', r.pick([true, false, 1])],
    ]),
  ),
})
const queryChanges: Production = (r, known) => ({
  ...(query(r, known) as object),
  sinceQueryState: state(r),
  upToId: anId(r, known.emails),
})

const emailGet: Production = (r, known) => ({
  ...(get((all) => all.emails, EMAIL_PROPERTIES)(r, known) as object),
  ...(r.chance(0.3) ? { bodyProperties: some(r, BODY_PROPERTIES) } : {}),
  ...(r.chance(0.3) ? { fetchAllBodyValues: true, maxBodyValueBytes: r.pick([0, 1, 10, -1]) } : {}),
})

const IDENTITY_EMAILS = ['ann@example.com', 'Ann+x@Example.com', 'bob@example.org', '*@example.com', 'ann']
const identity: Production = (r) =>
  Object.fromEntries(
    some(r, [
      ['name', r.pick(['Ann', 'a\r\nb', '', null, 'ü'.repeat(2000)])],
      ['replyTo', r.pick([null, [], addresses(r)])],
      ['bcc', addresses(r)],
      ['textSignature', r.pick(['-- \nAnn', '\u0000', 5])],
      ['htmlSignature', '<b>Ann</b>'],
      ['mayDelete', true],
      ['bcc/0', null],
      ['email', 'ann@example.com'],
    ]),
  )
const newIdentity: Production = (r, known) => ({
  ...(identity(r, known) as object),
  email: r.pick(IDENTITY_EMAILS),
})
const envelope: Production = (r) => ({
  mailFrom: {
    email: r.pick(['ann@example.com', 'ann@example.com', 'bob@example.org', '', 'a\r\nb']),
    parameters: r.pick([
      null,
      { HOLDFOR: r.pick(['60', '-1', '999999999', null]) },
      { holduntil: r.pick(DATES) },
      { RET: 'FULL', ENVID: 'x' },
      { nope: '' },
    ]),
  },
  rcptTo: some(
    r,
    ['ann@example.com', 'x@example.org', 'nobody@example.com', 'a b', '"a b"@c.org', 'x@\n'],
    4,
  ).map((email) => ({
    email,
    parameters: r.pick([null, { NOTIFY: r.pick(['NEVER', 'X', 'SUCCESS,DELAY']) }]),
  })),
})
const submission: Production = (r, known) =>
  Object.fromEntries([
    ['identityId', r.chance(0.8) ? r.pick(known.identities) : anId(r, known.identities)],
    ['emailId', anId(r, known.emails)],
    ...(r.chance(0.4) ? [['envelope', envelope(r, known)]] : []),
    ...(r.chance(0.1) ? [['sendAt', r.pick(DATES)]] : []),
  ])
const submissionPatch: Production = (r) =>
  Object.fromEntries(
    some(r, [
      ['undoStatus', r.pick(['canceled', 'canceled', 'final', 'pending', null, 5])],
      ['sendAt', r.pick(DATES)],
      ['envelope/mailFrom/email', 'x@y.z'],
      ['deliveryStatus', {}],
    ]),
  )
const submissionFilter: Production = (r, known) =>
  r.chance(0.2)
    ? { operator: r.pick(['AND', 'OR', 'NOT', 'XOR']), conditions: [submissionFilter(r, known)] }
    : Object.fromEntries(
        some(r, [
          ['identityIds', ids(r, known.identities)],
          ['emailIds', ids(r, known.emails)],
          ['threadIds', ids(r, known.threads)],
          ['undoStatus', r.pick(['pending', 'canceled', 'nope', 5])],
          ['before', r.pick(DATES)],
          ['after', r.pick(DATES)],
          ['nope', 1],
        ]),
      )
const submissionQuery: Production = (r, known) => ({
  ...Object.fromEntries(
    Object.entries(query(r, known) as object).filter(([name]) => name !== 'collapseThreads'),
  ),
  filter: r.chance(0.6) ? submissionFilter(r, known) : null,
  sort: some(r, ['sentAt', 'emailId', 'threadId', 'sendAt']).map((property) => ({ property })),
})
const vacation: Production = (r) =>
  Object.fromEntries(
    some(r, [
      ['isEnabled', r.pick([true, false, null, 1])],
      ['fromDate', r.pick([...DATES, null])],
      ['toDate', r.pick([...DATES, null])],
      ['subject', r.pick(['Away', 'a\r\nb', null, 5])],
      ['textBody', r.pick(['Gone', '\u0000', null])],
      ['htmlBody', r.pick(['<p>', null, []])],
      ['id', 'singleton'],
    ]),
  )

/** The arguments of the methods that have some of their own; others are called with whatever comes. */
const ARGUMENTS: Readonly<Record<string, Production>> = {
  'Core/echo': (r) => r.pick([{}, { a: [1, { b: null }] }, { '#a': 1 }]),
  'Mailbox/get': get((known) => known.mailboxes, ['id', 'name', 'role', 'nope', 'myRights']),
  'Mailbox/changes': changes,
  'Mailbox/query': query,
  'Mailbox/queryChanges': queryChanges,
  'Mailbox/set': (r, known) => set(r, known, known.mailboxes, mailboxObject, mailboxObject),
  'Thread/get': get((known) => known.threads, ['id', 'emailIds', 'nope']),
  'Thread/changes': changes,
  'Email/get': emailGet,
  'Email/changes': changes,
  'Email/query': query,
  'Email/queryChanges': queryChanges,
  'Email/set': (r, known) => set(r, known, known.emails, newEmail, emailPatch),
  'Email/import': (r, known) => ({
    emails: Object.fromEntries(
      some(r, ['k1', 'k2']).map((id) => [
        id,
        {
          blobId: anId(r, known.blobs),
          mailboxIds: mailboxSet(r, known),
          keywords: flags(r),
          receivedAt: r.pick(DATES),
        },
      ]),
    ),
  }),
  'Email/parse': (r, known) => ({ blobIds: ids(r, known.blobs), properties: some(r, EMAIL_PROPERTIES) }),
  'Email/copy': (r, known) => ({
    fromAccountId: r.pick([known.accountId, 'a0']),
    create: { k1: { id: anId(r, known.emails) } },
  }),
  'PushSubscription/get': get(() => ['p1', '#new'], ['id', 'url', 'types', 'expires', 'nope']),
  'PushSubscription/set': (r, known) =>
    set(r, known, ['#new', '#k2', 'p1'], pushSubscription, pushSubscription),
  'Identity/get': get((known) => known.identities, ['id', 'name', 'email', 'mayDelete', 'nope']),
  'Identity/changes': changes,
  'Identity/set': (r, known) => set(r, known, known.identities, newIdentity, identity),
  'EmailSubmission/get': get((known) => known.submissions, ['id', 'envelope', 'deliveryStatus', 'nope']),
  'EmailSubmission/changes': changes,
  'EmailSubmission/query': submissionQuery,
  'EmailSubmission/queryChanges': (r, known) => ({
    ...(submissionQuery(r, known) as object),
    ...Object.fromEntries(['position', 'anchor', 'anchorOffset', 'limit'].map((name) => [name, undefined])),
    sinceQueryState: state(r),
    upToId: anId(r, known.submissions),
  }),
  'EmailSubmission/set': (r, known) => ({
    ...(set(r, known, known.submissions, submission, submissionPatch) as object),
    ...(r.chance(0.3)
      ? {
          onSuccessUpdateEmail: Object.fromEntries(
            some(r, ['#new', '#k2', ...known.submissions]).map((id) => [id, emailPatch(r, known)]),
          ),
        }
      : {}),
    // Sparingly, as above.
    ...(r.chance(0.02) ? { onSuccessDestroyEmail: ['#new'] } : {}),
  }),
  'VacationResponse/get': get(() => ['singleton'], ['id', 'isEnabled', 'nope']),
  'VacationResponse/set': (r, known) => set(r, known, ['singleton', 'other'], vacation, vacation),
  'SearchSnippet/get': (r, known) => ({ filter: filter(r, known), emailIds: ids(r, known.emails) }),
}

const POINTERS = [
  '/ids',
  '/list/*/id',
  '/list/*/threadId',
  '/created',
  '/nope',
  '',
  '/list/0/id',
  '/*/*/*',
  'ids',
  '/~1',
]

/** A call by the rules; now and then with a reference to an earlier one. */
export function call(r: Random, known: Known, methods: readonly string[], index: number): Value {
  const name = r.pick(methods)
  const args = (ARGUMENTS[name] ?? query)(r, known) as Record<string, Value>
  if (!/^(?:Core|PushSubscription)\//.test(name))
    args.accountId = r.chance(0.97) ? known.accountId : r.pick(['a0', '', 5])
  if (index > 0 && r.chance(0.3)) {
    delete args.ids
    args['#ids'] = {
      resultOf: r.pick(['c0', `c${index}`, 'c9']),
      name: r.pick(methods),
      path: r.pick(POINTERS),
    }
  }
  return [name, args, `c${index}`]
}

const STRANGE: readonly (() => Value)[] = [
  () => null,
  () => true,
  () => 0,
  () => -1,
  () => 1e308,
  () => 2 ** 53,
  () => '',
  () => '\u0000',
  () => '__proto__',
  () => [],
  () => ({}),
  () => ({ __proto__: null, toString: 1, constructor: {} }),
  () => nested(50),
  () => 'x'.repeat(5000),
  () => Array.from({ length: 600 }, (_, n) => `e${n}`),
  () => ['#new', '#new'],
]
function nested(depth: number): Value {
  let value: Value = 1
  for (let left = depth; left > 0; left--) value = left % 2 ? [value] : { a: value }
  return value
}

/** The value with a place or two in it taken by something else. */
export function spoilt(r: Random, value: Value): Value {
  if (r.chance(0.15)) return r.pick(STRANGE)()
  if (Array.isArray(value) && value.length > 0) {
    const at = r.below(value.length)
    return value.map((item, index) => (index === at ? spoilt(r, item) : item))
  }
  if (typeof value === 'object' && value !== null && Object.keys(value).length > 0) {
    const at = r.pick(Object.keys(value))
    const entries = Object.entries(value).map(([name, item]): [string, Value] => [
      name,
      name === at ? spoilt(r, item) : item,
    ])
    if (r.chance(0.1)) entries.push([r.pick(['__proto__', '#ids', 'accountId/x', '']), r.pick(STRANGE)()])
    return Object.fromEntries(entries)
  }
  return r.pick(STRANGE)()
}

/** The text with what JSON.stringify can't write: half characters, names twice, broken brackets, huge numbers. */
export function spoiltText(r: Random, text: string): string {
  const at = r.below(text.length)
  const put = r.pick([
    '{',
    '}',
    '[',
    ']',
    '"',
    ',',
    ':',
    '\\ud800',
    '\ufffe',
    '1e999',
    '-',
    '{"a":1,"a":2}',
    '['.repeat(200),
  ])
  return text.slice(0, at) + put + text.slice(at + r.below(3))
}
