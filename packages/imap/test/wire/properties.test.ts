// Whatever comes in, the answer is a Refusal and never another error.
import fc from 'fast-check'
import t from 'tap'
import { parseFetchItems } from '../../src/commands/fetch/items.js'
import { parseFlags, toFlagChange } from '../../src/commands/flag-change.js'
import { parseSearch } from '../../src/commands/search/criteria.js'
import { Farewell, Refusal } from '../../src/refusal.js'
import { type ReadingRules, readCommand } from '../../src/wire/command-reader.js'
import { createInput } from '../../src/wire/input.js'
import { createParser, type Parser } from '../../src/wire/parser.js'
import { pieces } from './streams.js'

const WORDS = [
  ...'()[]{}"\\<>.,:*% 019',
  ...[
    'BODY',
    'PEEK',
    'HEADER',
    'FIELDS',
    'NOT',
    'OR',
    'UID',
    'SUBJECT',
    'ON',
    '1-Feb-1994',
    '\\Seen',
    '$x',
    'NIL',
  ],
  ...['{3}', '{3+}', '\r\n', '\n', '\xff', '\0', 'a', 'CHARSET UTF-8', 'a FETCH '],
]
const garbage = fc.array(fc.constantFrom(...WORDS), { maxLength: 20 }).map((words) => words.join(''))

const READERS: Record<string, (args: Parser) => unknown> = {
  FETCH: (args) => parseFetchItems(args),
  SEARCH: (args) => parseSearch(args, { depth: 10, keys: 10 }),
  STORE: (args) => toFlagChange('add', parseFlags(args)),
  mailbox: (args) => args.mailbox(),
  set: (args) => args.sequenceSet(),
}

for (const [name, read] of Object.entries(READERS)) {
  t.test(`garbage for ${name}`, async () => {
    fc.assert(
      fc.property(garbage, (text) => {
        try {
          read(createParser({ lines: text.split('\n'), literals: [Buffer.from('abc')] }, 0, 5))
          return true
        } catch (error) {
          return error instanceof Refusal
        }
      }),
      { numRuns: 1000 },
    )
  })
}

t.test('garbage for the reader: commands, refusals, or the end', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(garbage, { maxLength: 10 }), async (texts) => {
      const input = createInput(pieces(texts.filter((text) => text !== '')))
      const rules: ReadingRules = {
        maxLine: () => 60,
        maxSkip: 100,
        maxMessage: 0,
        admit: () => null,
        proceed: async () => {},
        arrives: () => false,
        wait: (work) => work(),
      }
      try {
        for (let count = 0; count < 1000; count++) {
          if ((await readCommand(input, rules)).type === 'end') return true
        }
        return false
      } catch (error) {
        return error instanceof Farewell
      }
    }),
    { numRuns: 300 },
  )
})
