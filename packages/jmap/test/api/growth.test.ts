// What a client sends, and what is shown of what was found, is read in linear time.
import { hostileTexts, numbered, repeated, steepShapes } from '@tandem/mime/testing'
import t from 'tap'
import { NotIJson, parseIJson } from '../../src/api/ijson.js'
import { truncate } from '../../src/objects/body-value.js'
import { searchTerms } from '../../src/objects/email-query.js'
import { markAll, markPreview } from '../../src/objects/snippet.js'

const json = (text: string) => {
  try {
    parseIJson(Buffer.from(text, 'latin1'))
  } catch (error) {
    if (!(error instanceof NotIJson || error instanceof SyntaxError)) throw error
  }
}
const jsonShapes = [
  ...hostileTexts,
  numbered('names', (i) => `"n${i}":1,`, '{', '"":1}'),
  repeated('the same name', '"a":1,', '{', '"b":1}'),
  repeated('objects', '{},', '[', '{}]'),
  repeated('deep lists', '['),
  repeated('deep objects', '{"a":'),
  repeated('a string of escapes', '\\u0061', '"', '"'),
  repeated('an open string', '\\"', '"'),
  repeated('numbers', '1e9,', '[', '1]'),
]

t.test('I-JSON', async (t) => t.same(steepShapes(json, jsonShapes), []))
t.test('snippets', async (t) => {
  t.same(
    steepShapes((text) => markPreview(text, ['a', 'b c', '"<']), hostileTexts),
    [],
  )
  t.same(
    steepShapes((text) => markAll(text, ['a', '1.2', '&']), hostileTexts),
    [],
  )
})
t.test('a body cut to a size', async (t) => {
  t.same(
    steepShapes((text) => truncate(text, text.length - 1, true), hostileTexts),
    [],
  )
})
t.test('the terms of a filter, as long as one may be', async (t) => {
  t.same(steepShapes(searchTerms, hostileTexts, 16 * 1024), [])
})
