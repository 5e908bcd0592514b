import t from 'tap'
import { saslprep } from '../../src/directory/saslprep.js'

// RFC 4013 §3, its examples 1 to 6, and one of each prohibited table.
const CASES: [input: string, output: string | null][] = [
  ['I\u00adX', 'IX'],
  ['user', 'user'],
  ['USER', 'USER'],
  ['\u00aa', 'a'],
  ['\u2168', 'IX'],
  ['\u0007', null],
  ['a\u3000b\u00a0c', 'a b c'],
  ['\ufeffx\u200bx\ufe0f', 'xx'],
  ['\u200d', null],
  ['del\u007f', null],
  ['nel\u0085', null],
  ['private\ue000', null],
  ['non-character\ufffe', null],
  ['lone surrogate\ud800', null],
  ['replacement\ufffd', null],
  ['description\u2ff0', null],
  ['right-to-left\u202e', null],
  ['tag\u{e0041}', null],
  ['\u{1f512} pass phrase', '\u{1f512} pass phrase'],
]

for (const [input, output] of CASES) {
  t.test(`saslprep(${JSON.stringify(input)})`, async (t) => t.equal(saslprep(input), output))
}
