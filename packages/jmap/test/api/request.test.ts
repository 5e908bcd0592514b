import t from 'tap'
import { ProblemError } from '../../src/api/problem.js'
import { checkContentType, parseRequest } from '../../src/api/request.js'

const capabilities = new Set(['core', 'mail'])
const parse = (value: unknown) =>
  parseRequest(Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)), {
    capabilities,
    maxCallsInRequest: 2,
  })
const problemOf = (run: () => unknown) => {
  try {
    run()
  } catch (error) {
    if (error instanceof ProblemError) return error.problem
    throw error
  }
  return null
}
const call = ['Core/echo', {}, 'c']

t.test('RFC 8620 §3.3: a Request object; properties that are not known are passed over', async (t) => {
  const request = parse({ using: ['core'], methodCalls: [call], future: 1, createdIds: { k: 'm1' } })
  t.strictSame([...request.using], ['core'])
  t.strictSame(request.methodCalls, [call])
  t.strictSame([...request.createdIds!], [['k', 'm1']])
  t.equal(parse({ using: [], methodCalls: [] }).createdIds, null)
})

t.test('RFC 8620 §3.6.1: what is refused as a whole, and as what', async (t) => {
  const cases: [what: string, value: unknown, jmap: string, limit?: string][] = [
    ['no JSON', '{', 'notJSON'],
    ['a name twice', '{"using":[],"using":[],"methodCalls":[]}', 'notJSON'],
    ['an array', [], 'notRequest'],
    ['null', null, 'notRequest'],
    ['no using', { methodCalls: [] }, 'notRequest'],
    ['using of a number', { using: [1], methodCalls: [] }, 'notRequest'],
    ['using as a string', { using: 'core', methodCalls: [] }, 'notRequest'],
    ['no methodCalls', { using: [] }, 'notRequest'],
    ['methodCalls as an object', { using: [], methodCalls: {} }, 'notRequest'],
    ['a call of two', { using: [], methodCalls: [['a', {}]] }, 'notRequest'],
    ['a call of four', { using: [], methodCalls: [['a', {}, 'b', 'c']] }, 'notRequest'],
    ['a call whose name is none', { using: [], methodCalls: [[1, {}, 'b']] }, 'notRequest'],
    ['a call with an array', { using: [], methodCalls: [['a', [], 'b']] }, 'notRequest'],
    ['a call with null', { using: [], methodCalls: [['a', null, 'b']] }, 'notRequest'],
    ['a call whose id is a number', { using: [], methodCalls: [['a', {}, 0]] }, 'notRequest'],
    ['createdIds as an array', { using: [], methodCalls: [], createdIds: [] }, 'notRequest'],
    ['createdIds of numbers', { using: [], methodCalls: [], createdIds: { a: 1 } }, 'notRequest'],
    ['createdIds with a bad name', { using: [], methodCalls: [], createdIds: { 'a b': 'm1' } }, 'notRequest'],
    ['an unknown capability', { using: ['core', 'x'], methodCalls: [] }, 'unknownCapability'],
    ['too many calls', { using: [], methodCalls: [call, call, call] }, 'limit', 'maxCallsInRequest'],
  ]
  for (const [what, value, jmap, limit] of cases) {
    const problem = problemOf(() => parse(value))
    t.match(problem, { status: 400, jmap, ...(limit ? { limit } : {}) }, what)
  }
})

t.test('RFC 8620 §3.1: the content type is application/json', async (t) => {
  for (const type of ['application/json', 'Application/JSON ; charset=utf-8', 'application/json;x=y']) {
    t.equal(
      problemOf(() => checkContentType(type)),
      null,
      type,
    )
  }
  for (const type of [
    undefined,
    '',
    'text/plain',
    'application/jsonx',
    'application/x-www-form-urlencoded',
  ]) {
    t.match(
      problemOf(() => checkContentType(type)),
      { status: 415, jmap: 'notJSON' },
      String(type),
    )
  }
})
