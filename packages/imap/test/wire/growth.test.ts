// What a client sends is read in linear time, whatever it is.
import { hostileTexts, numbered, repeated, steepShapes } from '@tandem/mime/testing'
import t from 'tap'
import { Refusal } from '../../src/refusal.js'
import { createPattern } from '../../src/wire/mailbox-pattern.js'
import { decodeMailboxName, encodeMailboxName } from '../../src/wire/mutf7.js'
import { createParser, type Parser } from '../../src/wire/parser.js'
import { parseSequenceSet } from '../../src/wire/sequence-set.js'

const parsed = (read: (args: Parser) => unknown) => (text: string) => {
  try {
    read(createParser({ lines: [text], literals: [] }, 0, 1_000_000))
  } catch (error) {
    if (!(error instanceof Refusal)) throw error
  }
}
const readers: Record<string, (text: string) => unknown> = {
  'an atom': parsed((args) => args.atom()),
  'an astring': parsed((args) => args.astring()),
  parseSequenceSet,
  decodeMailboxName,
  encodeMailboxName,
  'a pattern': (text) => createPattern('', text),
}
const shapes = [
  ...hostileTexts,
  repeated('a sequence set', '1,', '', '1'),
  numbered('ranges', (i) => `${i * 2}:${i * 3},`, '', '1'),
  numbered('ranges backwards', (i) => `${1e6 - i}:*,`, '', '1'),
  repeated('shifts of modified UTF-7', '&AOQ-'),
  repeated('open shifts', '&AOQ'),
  repeated('wildcards', '%*'),
  repeated('a name of many levels', 'a/'),
]

for (const [name, read] of Object.entries(readers)) {
  t.test(name, async (t) => t.same(steepShapes(read, shapes), []))
}
