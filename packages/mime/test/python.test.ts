// What Python's email package makes of the same messages, where there is a python3.
import { spawnSync } from 'node:child_process'
import path from 'node:path'
import t from 'tap'
import { corpus } from './corpus.js'
import { type Expected, generatedMessages, type Tree } from './generate.js'
import { understand } from './understand.js'

type Answer = Expected | { error: string }

const script = path.resolve(import.meta.dirname, '../../test/python-email.py')
const version = spawnSync('python3', ['--version'], { encoding: 'utf8' })
const skip = version.status !== 0 && 'no python3 here'

function ask(messages: Buffer[]): Answer[] {
  const input = messages.map((bytes) => `${bytes.toString('base64')}\n`).join('')
  const { status, stdout, stderr } = spawnSync('python3', [script], {
    input,
    encoding: 'utf8',
    maxBuffer: 2 ** 28,
  })
  if (status !== 0) throw new Error(stderr)
  return stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Answer)
}

// Where it is wrong, or differs by intent.
const noMark = 'it takes a byte order mark for text, and so the whole message for a body'
const statusParts = 'it makes parts of the blocks of a delivery-status, and one of any other message/*'
const differs: Record<string, Partial<Record<keyof Expected, string>>> = {
  'content-length.mbox#6': { from: 'it gives an address with two @ up' },
  'content-length.mbox#15': { tree: 'it ends the header of a message at its mbox separator `>From `' },
  'content-length.mbox#16': { tree: 'the same' },
  'messages/empty-multipart.eml': {
    tree: 'we show a multipart without parts as text/plain: see presentedType',
  },
  'messages/feedback-report.eml': { tree: noMark, subject: noMark, from: noMark },
  'messages/issue358.eml': {
    tree: 'it ends the header at a fold that lost its white space',
    from: 'it takes the unquoted address before the brackets for the address',
  },
  'messages/multipart-no-end-boundary.eml': {
    texts: 'it takes the last line end from a body that no delimiter follows',
  },
  ...Object.fromEntries(
    [
      'content-length.mbox#27',
      'messages/bounce.eml',
      'messages/delivery-status-multiple-blank-lines.eml',
      'messages/delivery-status-no-blank-line.eml',
      'messages/delivery-status.eml',
      'messages/delivery-status2.eml',
      'messages/disposition-notification.eml',
    ].map((name) => [name, { tree: statusParts }]),
  ),
}

/** Of a tree that differs, texts and names do too. */
function reason(name: string, key: keyof Expected): string | undefined {
  const reasons = differs[name]
  return reasons?.[key] ?? (key === 'texts' || key === 'names' ? reasons?.tree : undefined)
}

const emails = ({ from }: Expected) => from.map(({ email }) => email)

t.test(
  'the real messages',
  { skip: skip || (corpus().length === 0 && 'no messages beside the project') },
  (t) => {
    t.comment(version.stdout.trim())
    const samples = corpus()
    for (const [i, theirs] of ask(samples.map(({ bytes }) => bytes)).entries()) {
      const { name, bytes } = samples[i]!
      if ('error' in theirs) {
        t.fail(`${name}: ${theirs.error}`)
        continue
      }
      const ours = understand(bytes)
      const check = (key: keyof Expected, a: unknown, b: unknown) => {
        const why = reason(name, key)
        if (why) t.comment(`${name}, ${key}: ${why}`)
        else t.same(a, b, `${name}: ${key}`)
      }
      check('tree', ours.tree, theirs.tree)
      check('subject', ours.subject, theirs.subject)
      // Names apart: it takes none from a comment, as RFC 8621 §4.1.2.3 has it.
      check('from', emails(ours), emails(theirs))
      check('texts', ours.texts, theirs.texts)
      check('names', ours.names, theirs.names)
    }
    t.end()
  },
)

t.test('200 generated messages', { skip }, (t) => {
  const messages = generatedMessages(200)
  // It keeps the white space between encoded words in a display name (RFC 2047 §6.2), seen from 3.6 to 3.13.
  const withoutSpace = ({ from }: Expected) =>
    from.map(({ name, email }) => ({ name: name?.replace(/\s/g, '') ?? null, email }))
  for (const [i, theirs] of ask(messages.map(({ bytes }) => bytes)).entries()) {
    if ('error' in theirs) {
      t.fail(`message ${i}: ${theirs.error}`)
      continue
    }
    const ours = understand(messages[i]!.bytes)
    t.same(ours.tree satisfies Tree, theirs.tree, `message ${i}: structure`)
    t.equal(ours.subject, theirs.subject, 'subject')
    t.same(withoutSpace(ours), withoutSpace(theirs), 'from')
    t.same(ours.texts, theirs.texts, 'text bodies')
    t.same(ours.names, theirs.names, 'file names')
  }
  t.end()
})
