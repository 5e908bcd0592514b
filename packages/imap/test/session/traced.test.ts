import t from 'tap'
import { describeCommand } from '../../src/session/traced.js'
import { parseHead } from '../../src/wire/command-reader.js'

t.test('a trace shows commands without secrets, literals and what is searched for', async (t) => {
  const rows: [lines: string[], shown: string][] = [
    [['a UID STORE 7 +FLAGS (\\Seen)'], 'UID STORE 7 +FLAGS (\\Seen)'],
    [['a fetch 1:* (FLAGS)'], 'FETCH 1:* (FLAGS)'],
    [['a SELECT "Caf\xc3\xa9"'], 'SELECT "Café"'],
    [['a APPEND INBOX (\\Seen) {310+}'], 'APPEND INBOX (\\Seen) {310+}'],
    [
      ['a APPEND "My Mail" (\\Seen) " 1-Nov-2026 08:00:00 +0000" {310+}', ' ~{5}', ''],
      'APPEND "My Mail" (\\Seen) " 1-Nov-2026 08:00:00 +0000" {310+} ~{5}',
    ],
    [['a APPEND INBOX "Dear Sir, 1-Nov-2026" yours'], 'APPEND INBOX'],
    [['a APPEND INBOX (\\Seen) "Dear Sir (or {5}), \\"yours\\" (truly)"'], 'APPEND INBOX (\\Seen)'],
    [['a APPEND INBOX "Dear Sir (or Madam)'], 'APPEND INBOX'],
    [['a RENAME {6}', ' {5}', ''], 'RENAME {6} {5}'],
    [['a LOGIN alice@example.org "open sesame"'], 'LOGIN'],
    [['a AUTHENTICATE PLAIN AGEAYg=='], 'AUTHENTICATE'],
    [['a UID SEARCH SUBJECT secret'], 'UID SEARCH'],
    [['Dear Sir,'], '(unknown)'],
    [['a ID ("name" "x")'], 'ID'],
  ]
  for (const [lines, shown] of rows) {
    const literals = lines.slice(1).map(() => Buffer.from('hidden'))
    t.equal(describeCommand({ head: parseHead(lines[0]!)!, text: { lines, literals } }), shown)
  }
})
