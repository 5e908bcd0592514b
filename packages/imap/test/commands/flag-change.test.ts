import t from 'tap'
import { parseFlags, toFlagChange } from '../../src/commands/flag-change.js'
import { parsed } from './parsing.js'

const change = (text: string) => parsed(text, (args) => toFlagChange('add', parseFlags(args)))

t.test('system flags become the keywords of the store, \\Deleted stays apart', async (t) => {
  const cases: [text: string, keywords: string[], deleted: boolean][] = [
    ['()', [], false],
    ['(\\Seen \\Answered \\Flagged \\Draft)', ['$seen', '$answered', '$flagged', '$draft'], false],
    ['\\deleted', [], true],
    ['\\Seen  $Forwarded Work ', ['$seen', '$Forwarded', 'Work'], false],
    ['( \\seen "$Forwarded" "Work" )', ['$seen', '$Forwarded', 'Work'], false],
    ['\\Seen $Forwarded Work', ['$seen', '$Forwarded', 'Work'], false],
    // RFC 3501 §7.1, PERMANENTFLAGS: the server may ignore what it doesn't have.
    ['(\\Unknown x)', ['x'], false],
  ]
  for (const [text, keywords, deleted] of cases)
    t.same(change(text), { mode: 'add', keywords, deleted }, text)
})

t.test("JMAP's words for system flags are no keywords here", async (t) => {
  for (const text of ['$seen', '$Draft', '($FLAGGED)', 'x $answered'])
    t.equal(change(text), 'NO CANNOT', text)
})

t.test('what is no flag is BAD', async (t) => {
  for (const text of ['', '(\\Recent)', '(\\Seen', '"x y"', '\\*']) t.equal(change(text), 'BAD', text)
})
