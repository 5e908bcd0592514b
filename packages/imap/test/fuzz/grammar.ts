// Commands after the formal syntax of RFC 3501 §9, RFC 9051 §9 and the extensions', as octets in binary strings, and
// what a hand that slips makes of them. A literal stands in the text with its octets behind it.
import type { Random } from '@tandem/mailstore/testing'

type Production = (r: Random) => string

const repeat = (r: Random, min: number, max: number, item: Production, between = ' '): string =>
  Array.from({ length: r.between(min, max) }, () => item(r)).join(between)
const list = (r: Random, item: Production, min = 1, max = 4): string => `(${repeat(r, min, max, item)})`
const maybe = (r: Random, item: Production, probability = 0.5): string =>
  r.chance(probability) ? item(r) : ''
const oneOf =
  (...choices: (string | Production)[]): Production =>
  (r) => {
    const choice = r.pick(choices)
    return typeof choice === 'string' ? choice : choice(r)
  }

const WORDS = [
  'INBOX',
  'Archive',
  'a',
  'Tr&AOk-s',
  '&',
  '&-',
  'x/y',
  'hello',
  '7',
  'é',
  '\xc3\xa9',
  'NIL',
  '\\Seen',
]

const number = oneOf('0', '1', '2', '3', '99', '4294967295', '4294967296', '9223372036854775807', (r) =>
  String(r.below(1000)),
)
const literal: Production = (r) => {
  const octets = oneOf('', 'abc', 'From: a@b\r\nSubject: c\r\n\r\nd\r\n', 'x\r\ny {3}', '\xff\xfe', '{5}')(r)
  return `${maybe(r, () => '~', 0.1)}{${octets.length}${r.pick(['+', '+', '+', ''])}}\r\n${octets}`
}
const quoted: Production = (r) => `"${r.pick([...WORDS, '', 'a b', 'q\\"q', 'b\\\\s', '*', '%'])}"`
const astring = oneOf((r) => r.pick(WORDS), quoted, quoted, literal)
const mailbox = oneOf('INBOX', 'inbox', '"INBOX"', 'Archive', 'Archive/2026', astring)
const pattern = oneOf('*', '%', '""', '"*"', 'INBOX*', '%/%', '*%*%*%*%*', '/*', astring)

const bound = oneOf('1', '2', '*', '3', number)
const setMember = oneOf(bound, (r) => `${bound(r)}:${bound(r)}`)
const sequenceSet = oneOf('1:*', '$', (r) => repeat(r, 1, 4, setMember, ','))

const flag = oneOf(
  '\\Seen',
  '\\Deleted',
  '\\Flagged',
  '\\Draft',
  '\\Answered',
  '\\Recent',
  '\\*',
  '$Forwarded',
  (r) => r.pick(WORDS),
)
const date = oneOf('1-Jan-2026', '"29-Feb-2024"', '30-Feb-2026', '01-Dec-1969', '"31-Dec-9999"')
const dateTime = oneOf(
  '"17-Jul-1996 02:44:25 -0700"',
  '" 1-Jan-2026 00:00:00 +0000"',
  '"32-Jan-2026 25:61:61 +9999"',
)

const part = oneOf('1', '2.1', '1.2.3.4', '0', '4294967296')
const sectionText = oneOf(
  'HEADER',
  'TEXT',
  'MIME',
  (r) => `HEADER.FIELDS${maybe(r, () => '.NOT')} ${list(r, astring)}`,
)
const section: Production = (r) => {
  const path = maybe(r, part)
  const text = maybe(r, sectionText)
  return `[${path}${path && text ? '.' : ''}${text}]${maybe(r, (q) => `<${number(q)}.${number(q)}>`, 0.3)}`
}
const fetchItem = oneOf(
  'FLAGS',
  'UID',
  'INTERNALDATE',
  'RFC822.SIZE',
  'ENVELOPE',
  'BODY',
  'BODYSTRUCTURE',
  'RFC822',
  'RFC822.HEADER',
  'RFC822.TEXT',
  'EMAILID',
  'THREADID',
  'MODSEQ',
  'SAVEDATE',
  'PREVIEW',
  'PREVIEW (LAZY)',
  (r) => `BODY${maybe(r, () => '.PEEK')}${section(r)}`,
  (r) => `BINARY${maybe(r, () => '.PEEK')}[${maybe(r, part)}]`,
  (r) => `BINARY.SIZE[${maybe(r, part)}]`,
)
const fetchModifiers = oneOf(
  (r) => `(CHANGEDSINCE ${number(r)})`,
  (r) => `(CHANGEDSINCE ${number(r)} VANISHED)`,
)

const PLAIN_KEYS = ['ALL', 'SEEN', 'UNSEEN', 'DELETED', 'RECENT', 'NEW', 'OLD', 'DRAFT', 'UNDRAFT', 'FLAGGED']
const TEXT_KEYS = ['SUBJECT', 'FROM', 'TO', 'CC', 'BCC', 'BODY', 'TEXT']
const DATE_KEYS = ['BEFORE', 'ON', 'SINCE', 'SENTBEFORE', 'SENTON', 'SENTSINCE', 'SAVEDON', 'SAVEDSINCE']
function searchKey(r: Random, depth = 0): string {
  const deeper = () => searchKey(r, depth + 1)
  const forms: (() => string)[] = [
    () => r.pick(PLAIN_KEYS),
    () => `${r.pick(TEXT_KEYS)} ${astring(r)}`,
    () => `${r.pick(DATE_KEYS)} ${date(r)}`,
    () => `${r.pick(['LARGER', 'SMALLER', 'OLDER', 'YOUNGER', 'MODSEQ'])} ${number(r)}`,
    () => `HEADER ${astring(r)} ${astring(r)}`,
    () => `${r.pick(['KEYWORD', 'UNKEYWORD'])} ${flag(r)}`,
    () => `${r.pick(['EMAILID', 'THREADID'])} ${astring(r)}`,
    () => `MODSEQ "/flags/\\\\Seen" ${r.pick(['all', 'shared', 'priv'])} ${number(r)}`,
    () => sequenceSet(r),
    () => `UID ${sequenceSet(r)}`,
  ]
  if (depth < 4) {
    forms.push(
      () => `NOT ${deeper()}`,
      () => `OR ${deeper()} ${deeper()}`,
      () => `(${repeat(r, 1, 3, deeper)})`,
    )
  }
  return r.pick(forms)()
}
const searchReturn: Production = (r) =>
  `RETURN (${repeat(r, 0, 4, oneOf('MIN', 'MAX', 'ALL', 'COUNT', 'SAVE'))}) `

const statusItem = oneOf(
  'MESSAGES',
  'UIDNEXT',
  'UIDVALIDITY',
  'UNSEEN',
  'RECENT',
  'DELETED',
  'SIZE',
  'HIGHESTMODSEQ',
  'MAILBOXID',
  'APPENDLIMIT',
)
const statusItems: Production = (r) => list(r, statusItem)
const storeModifier: Production = (r) => `(UNCHANGEDSINCE ${number(r)}) `
const selectParameters = oneOf(
  '(CONDSTORE)',
  (r) =>
    `(QRESYNC (${number(r)} ${number(r)}${maybe(r, (q) => ` ${setMember(q)} (${setMember(q)} ${setMember(q)})`)}))`,
)
const appended: Production = (r) =>
  `${maybe(r, (q) => `${list(q, flag, 0)} `)}${maybe(r, (q) => `${dateTime(q)} `)}${r.chance(0.1) ? `UTF8 (${literal(r)})` : literal(r)}`
const listReturn = oneOf('SUBSCRIBED', 'CHILDREN', 'SPECIAL-USE', (r) => `STATUS ${statusItems(r)}`)
const listSelect = oneOf('SUBSCRIBED', 'REMOTE', 'RECURSIVEMATCH', 'SPECIAL-USE')

/** The arguments of each command, with the space before them. */
const COMMANDS: Readonly<Record<string, Production>> = {
  CAPABILITY: () => '',
  NOOP: () => '',
  CHECK: () => '',
  CLOSE: () => '',
  UNSELECT: () => '',
  EXPUNGE: () => '',
  NAMESPACE: () => '',
  STARTTLS: () => '',
  LOGOUT: () => '',
  IDLE: () => '',
  COMPRESS: oneOf(' DEFLATE', ' LZW'),
  ID: (r) => ` ${r.chance(0.3) ? 'NIL' : list(r, (q) => `${astring(q)} ${oneOf(astring, 'NIL')(q)}`, 0)}`,
  ENABLE: (r) => ` ${repeat(r, 1, 3, oneOf('CONDSTORE', 'QRESYNC', 'IMAP4rev2', 'UTF8=ACCEPT', 'X'))}`,
  LOGIN: (r) => ` ${astring(r)} ${astring(r)}`,
  AUTHENTICATE: (r) => ` ${r.pick(['PLAIN', 'SCRAM-SHA-256', 'LOGIN', 'X'])}${maybe(r, () => ' AGEAYg==')}`,
  SELECT: (r) => ` ${mailbox(r)}${maybe(r, (q) => ` ${selectParameters(q)}`, 0.3)}`,
  EXAMINE: (r) => ` ${mailbox(r)}${maybe(r, (q) => ` ${selectParameters(q)}`, 0.3)}`,
  CREATE: (r) => ` ${mailbox(r)}${maybe(r, () => ' (USE (\\Drafts))', 0.2)}`,
  DELETE: (r) => ` ${mailbox(r)}`,
  RENAME: (r) => ` ${mailbox(r)} ${mailbox(r)}`,
  SUBSCRIBE: (r) => ` ${mailbox(r)}`,
  UNSUBSCRIBE: (r) => ` ${mailbox(r)}`,
  LIST: (r) =>
    ` ${maybe(r, (q) => `${list(q, listSelect, 0)} `, 0.2)}${mailbox(r)} ${r.chance(0.2) ? list(r, pattern) : pattern(r)}${maybe(r, (q) => ` RETURN ${list(q, listReturn, 0)}`, 0.3)}`,
  LSUB: (r) => ` ${mailbox(r)} ${pattern(r)}`,
  STATUS: (r) => ` ${mailbox(r)} ${statusItems(r)}`,
  APPEND: (r) => ` ${mailbox(r)} ${repeat(r, 1, 2, appended)}`,
  FETCH: (r) =>
    ` ${sequenceSet(r)} ${r.chance(0.2) ? r.pick(['ALL', 'FAST', 'FULL']) : r.chance(0.5) ? list(r, fetchItem) : fetchItem(r)}${maybe(r, (q) => ` ${fetchModifiers(q)}`, 0.2)}`,
  STORE: (r) =>
    ` ${sequenceSet(r)} ${maybe(r, storeModifier, 0.3)}${r.pick(['+', '-', ''])}FLAGS${maybe(r, () => '.SILENT')} ${r.chance(0.8) ? list(r, flag, 0) : flag(r)}`,
  COPY: (r) => ` ${sequenceSet(r)} ${mailbox(r)}`,
  MOVE: (r) => ` ${sequenceSet(r)} ${mailbox(r)}`,
  SEARCH: (r) =>
    ` ${maybe(r, searchReturn, 0.3)}${maybe(r, (q) => `CHARSET ${oneOf('UTF-8', 'US-ASCII', 'KOI8-R', astring)(q)} `, 0.2)}${repeat(r, 1, 3, (q) => searchKey(q))}`,
  'UID EXPUNGE': (r) => ` ${sequenceSet(r)}`,
}
const NAMES = Object.keys(COMMANDS)
const WITH_UID = new Set(['FETCH', 'STORE', 'COPY', 'MOVE', 'SEARCH'])

const anyCase = (r: Random, name: string): string => (r.chance(0.2) ? name.toLowerCase() : name)

/** A command without its tag, right by the grammar though perhaps not by its meaning; no line end. */
export function command(r: Random): string {
  const name = r.pick(NAMES)
  const uid = WITH_UID.has(name) && r.chance(0.4) ? 'UID ' : ''
  return anyCase(r, uid + name) + COMMANDS[name]!(r)
}

const STRANGE = [
  '"',
  '\\',
  '(',
  ')',
  ' ',
  '  ',
  '{',
  '}',
  '[',
  ']',
  '<',
  '>',
  '*',
  '%',
  ',',
  ':',
  '$',
  '~',
  '\0',
  '\r',
]
  .concat([
    '\n',
    '\r\n',
    '\xff',
    '\xc3',
    '\x7f',
    '{3}',
    '{3+}\r\n',
    '{4294967296}',
    '{9999999999+}',
    '{-1}',
    '~{2+}\r\n',
  ])
  .concat(['18446744073709551616', 'NIL', '()', '"{1}"', 'UID UID', '&AOk', '1:*:2', '1,,2', '-1'])

/** Slips of the hand: octets dropped, doubled, exchanged, put in; ends cut off; brackets by the hundred. */
const SLIPS: readonly ((r: Random, text: string) => string)[] = [
  (r, text) => spliced(text, r.below(text.length + 1), r.between(1, 5), ''),
  (r, text) => spliced(text, r.below(text.length + 1), 0, r.pick(STRANGE)),
  (r, text) => spliced(text, r.below(text.length + 1), 1, String.fromCharCode(r.below(256))),
  (r, text) => text.slice(0, r.below(text.length + 1)),
  (r, text) => text + r.pick(STRANGE),
  (r, text) => {
    const at = r.below(text.length + 1)
    return spliced(text, at, 0, text.slice(at, at + r.between(1, 20)))
  },
  (r, text) =>
    spliced(
      text,
      r.below(text.length + 1),
      0,
      r.pick(['(', 'NOT ', '"', '1.', 'a', ',1']).repeat(r.between(1, 500)),
    ),
  (r, text) => text.slice(0, text.indexOf(' ') + 1) + command(r),
]

const spliced = (text: string, at: number, drop: number, put: string): string =>
  text.slice(0, at) + put + text.slice(at + drop)

/** The command as a careless client would send it. */
export function slipped(r: Random, text: string): string {
  let result = text
  for (let slips = r.between(1, 3); slips > 0; slips--) result = r.pick(SLIPS)(r, result)
  return result
}
