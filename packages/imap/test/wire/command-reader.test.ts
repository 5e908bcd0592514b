import t from 'tap'
import { ConnectionLost, Farewell, no } from '../../src/refusal.js'
import type { Arriving } from '../../src/wire/arriving.js'
import { type Incoming, parseHead, type ReadingRules, readCommand } from '../../src/wire/command-reader.js'
import { createInput } from '../../src/wire/input.js'
import { pieces } from './streams.js'

t.test('tag and name; a UID command has both words', async (t) => {
  const cases: [line: string, expected: unknown][] = [
    ['a1 NOOP', { tag: 'a1', name: 'NOOP', argumentsAt: 7 }],
    ['. uid fetch 1 FLAGS', { tag: '.', name: 'UID FETCH', argumentsAt: 11 }],
    ['a uid', { tag: 'a', name: 'UID', argumentsAt: 5 }],
    ['a]b LOGIN x y', { tag: 'a]b', name: 'LOGIN', argumentsAt: 9 }],
    ['a+ NOOP', null],
    ['a', null],
    ['', null],
    [' NOOP', null],
    ['a  NOOP', { tag: 'a', name: 'NOOP', argumentsAt: 7 }],
    ['a uid  fetch 1', { tag: 'a', name: 'UID FETCH', argumentsAt: 12 }],
    ['(a NOOP', null],
    ['a "NOOP"', null],
    ['\x16\x03\x01', null],
  ]
  for (const [line, expected] of cases) t.same(parseHead(line), expected, JSON.stringify(line))
})

/** Reads one command after the other, with small limits; gives what each was and how many continuations were asked. */
async function readAll(texts: string[], rules: Partial<ReadingRules> = {}) {
  const input = createInput(pieces(texts))
  let continuations = 0
  const all: ReadingRules = {
    maxLine: () => 40,
    maxSkip: 100,
    admit: (_head, { size }) => (size > 10 ? no('too large', 'LIMIT') : null),
    maxMessage: 20,
    async proceed() {
      continuations++
    },
    arrives: () => false,
    wait: (work) => work(),
    ...rules,
  }
  const seen: Incoming[] = []
  for (;;) {
    const incoming = await readCommand(input, all)
    if (incoming.type === 'end') return { seen, continuations }
    seen.push(incoming)
  }
}

const summary = (incoming: Incoming) => {
  if (incoming.type === 'command') {
    const literals = incoming.text.literals.map((literal) => literal.toString('latin1'))
    return [incoming.head.tag, incoming.head.name, ...incoming.text.lines, ...literals]
  }
  return incoming.type === 'refused'
    ? [incoming.tag, incoming.refusal.status, incoming.refusal.code]
    : ['end']
}

t.test('synchronizing literals are asked for, the others not (RFC 7888 §3)', async (t) => {
  const { seen, continuations } = await readAll([
    'a LOGIN {4}\r\nfred {3}\r\npw! \r\n',
    'b LOGIN {4+}\r\nfred {2+}\r\n\r\n\r\nc NOOP\r\n',
  ])
  t.same(seen.map(summary), [
    ['a', 'LOGIN', 'a LOGIN {4}', ' {3}', ' ', 'fred', 'pw!'],
    ['b', 'LOGIN', 'b LOGIN {4+}', ' {2+}', '', 'fred', '\r\n'],
    ['c', 'NOOP', 'c NOOP'],
  ])
  t.equal(continuations, 2)
})

t.test('a refused synchronizing literal is not sent: the next line is the next command', async (t) => {
  const { seen, continuations } = await readAll(['a X {11}\r\nb NOOP\r\n'])
  t.same(seen.map(summary), [
    ['a', 'NO', 'LIMIT'],
    ['b', 'NOOP', 'b NOOP'],
  ])
  t.equal(continuations, 0)
})

t.test('a refused non-synchronizing literal is read and thrown away, and what follows it', async (t) => {
  const literal = 'x NOOP\r\nyyyy'
  const { seen } = await readAll([`a X {12+}\r\n${literal} {12+}\r\n${literal} more\r\nb NOOP\r\n`])
  t.same(seen.map(summary), [
    ['a', 'NO', 'LIMIT'],
    ['b', 'NOOP', 'b NOOP'],
  ])
})

t.test('one that is larger than what may be skipped ends the connection (RFC 7888 §4)', async (t) => {
  await t.rejects(readAll(['a X {101+}\r\n']), Farewell)
  await t.rejects(readAll([`a X {60+}\r\n${'x'.repeat(60)} {60+}\r\n`]), Farewell)
})

t.test('a line that is too long is BAD with its tag, and its end is found', async (t) => {
  const { seen } = await readAll([
    `a SELECT ${'x'.repeat(50)}\r\n`,
    `b SELECT ${'x'.repeat(50)} {3+}\r\nabc def\r\n`,
    `${'y'.repeat(50)}\r\nc NOOP\r\n`,
  ])
  t.same(seen.map(summary), [
    ['a', 'BAD', null],
    ['b', 'BAD', null],
    [null, 'BAD', null],
    ['c', 'NOOP', 'c NOOP'],
  ])
  await t.rejects(readAll(['x'.repeat(500)]), Farewell)
})

t.test('the limit counts all lines of a command together', async (t) => {
  const { seen } = await readAll([`a X ${'x'.repeat(20)} {1+}\r\nz${'y'.repeat(20)}\r\nb NOOP\r\n`])
  t.same(seen.map(summary), [
    ['a', 'BAD', null],
    ['b', 'NOOP', 'b NOOP'],
  ])
})

t.test('what is no command is BAD: tagged where there is a tag', async (t) => {
  const { seen } = await readAll([
    '\r\n',
    'a\r\n',
    'a (\r\n',
    '* NOOP\r\n',
    '( {3+}\r\nabc\r\n',
    'b NOOP\r\n',
  ])
  t.same(seen.map(summary), [
    [null, 'BAD', null],
    ['a', 'BAD', null],
    ['a', 'BAD', null],
    [null, 'BAD', null],
    [null, 'BAD', null],
    ['b', 'NOOP', 'b NOOP'],
  ])
})

t.test('a connection that ends inside a command leaves no command', async (t) => {
  for (const text of ['a NOOP', 'a LOGIN {4}\r\nfr', 'a LOGIN {4+}\r\nfred', 'a X {50+}\r\nxx']) {
    t.equal((await readAll([text])).seen.filter(({ type }) => type === 'command').length, 0, text)
  }
})

t.test('a message is taken while it arrives; what the command leaves of itself is thrown away', async (t) => {
  const asked: number[] = []
  const rules: ReadingRules = {
    maxLine: () => 40,
    maxSkip: 10,
    maxMessage: 20,
    admit: () => null,
    async proceed() {
      asked.push(1)
    },
    arrives: () => true,
    wait: (work) => work(),
  }
  /** What the command `take` makes of it, and the command that is read after it. */
  async function next(texts: string[], take: (arriving: Arriving) => Promise<unknown>) {
    const input = createInput(pieces(texts))
    const incoming = await readCommand(input, rules)
    if (incoming.type !== 'command' || !incoming.arriving) throw new Error('nothing arrives')
    const taken = await take(incoming.arriving)
    await incoming.arriving.discard(null)
    return [taken, incoming.text.lines, summary(await readCommand(input, rules))]
  }
  async function whole(arriving: Arriving) {
    let text = ''
    await arriving.begin()
    for await (const octets of arriving.octets()) text += `${Buffer.from(octets).toString('latin1')}|`
    await arriving.nextLine()
    return text
  }
  const after = ['b', 'NOOP', 'b NOOP']
  t.same(await next(['a X {6+}\r\nabc', 'def rest\r\nb NOOP\r\n'], whole), [
    'abc|def|',
    ['a X {6+}', ' rest'],
    after,
  ])
  const two = async (arriving: Arriving) => [await whole(arriving), await whole(arriving)]
  t.same(await next(['a X {2}\r\nab {3+}\r\ncde\r\nb NOOP\r\n'], two), [
    ['ab|', 'cde|'],
    ['a X {2}', ' {3+}', ''],
    after,
  ])
  t.equal(asked.length, 1, 'only the synchronizing one was asked for')

  const nothing = async () => null
  const some = async (arriving: Arriving) => {
    await arriving.begin()
    for await (const octets of arriving.octets()) return octets.length
    return 0
  }
  t.same(await next(['a X {6+}\r\nabcdef {2+}\r\nxx\r\nb NOOP\r\n'], nothing), [null, ['a X {6+}'], after])
  t.same(await next(['a X {6}\r\nb NOOP\r\n'], nothing), [null, ['a X {6}'], after])
  t.same(await next(['a X {6}\r\nab', 'cdef {2+}\r\nxx\r\nb NOOP\r\n'], some), [2, ['a X {6}'], after])
  await t.rejects(next(['a X {21}\r\nb NOOP\r\n'], whole), /octets/)
  await t.rejects(next([`a X {2+}\r\nab${' '.repeat(50)}\r\n`], whole), /too long/)
  await t.rejects(next(['a X {6+}\r\nabc'], whole), ConnectionLost)
  await t.rejects(next(['a X {6+}\r\nabcdef more'], whole), ConnectionLost)
  await t.rejects(next([`a X {51+}\r\n${'x'.repeat(51)}\r\n`], nothing), Farewell)
})
