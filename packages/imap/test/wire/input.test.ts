import t from 'tap'
import { createInput } from '../../src/wire/input.js'
import { pieces } from './streams.js'

t.test('lines, however they are cut into pieces', async (t) => {
  const text = 'a NOOP\r\n\r\nb LF only\nc\rd\r\n'
  const cuts = [[text], [...text], [text.slice(0, 7), text.slice(7)], [text.slice(0, 6), text.slice(6)]]
  for (const cut of cuts) {
    const input = createInput(pieces(cut))
    for (const expected of ['a NOOP', '', 'b LF only', 'c\rd']) {
      t.same(await input.line(20), { type: 'line', text: expected })
    }
    t.same(await input.line(20), { type: 'end' })
  }
})

t.test('a line of just the limit passes, one octet more does not', async (t) => {
  for (const end of ['\r\n', '\n']) {
    t.same(await createInput(pieces([`12345${end}`])).line(5), { type: 'line', text: '12345' })
  }
  const input = createInput(pieces(['1234567', '89 {4', '+}\r\nabcd\r\n']))
  t.same(await input.line(5), { type: 'tooLong', start: '12345' })
  t.match(await input.skipLine(100), /\{4\+\}$/)
  t.same(await input.line(5), { type: 'line', text: 'abcd' })
})

t.test('skipLine gives up beyond its bound and at the end', async (t) => {
  const endless = createInput(pieces(new Array(50).fill('0123456789'), true))
  t.equal((await endless.line(5)).type, 'tooLong')
  t.equal(await endless.skipLine(100), null)
  t.equal(await createInput(pieces(['no line end'])).skipLine(100), null)
})

t.test('literals are counted in octets and not looked into', async (t) => {
  const input = createInput(pieces(['ab\r', '\ncd', 'ef\r\nnext\r\n']))
  t.equal((await input.exactly(6))?.toString(), 'ab\r\ncd')
  t.equal((await input.exactly(0))?.length, 0)
  t.same(await input.line(10), { type: 'line', text: 'ef' })
  t.equal(await input.skip(4), true)
  t.same(await input.line(10), { type: 'line', text: '' })
  t.equal(await input.exactly(1), null)
  t.equal(await input.skip(1), false)
})

t.test('release forgets what came and was not asked for', async (t) => {
  const stream = pieces(['a STARTTLS\r\nb LOGIN injected x\r\n', 'c NOOP\r\n'], true)
  const input = createInput(stream)
  await input.line(100)
  input.release()
  t.equal(stream.read(), null)
  t.same(await input.line(100), { type: 'end' })
})

t.test('tells of data, so that a timer can start anew', async (t) => {
  let calls = 0
  const input = createInput(pieces(['a', 'b', '\r\n']), () => calls++)
  await input.line(10)
  t.ok(calls >= 1)
})
