import t from 'tap'
import { crlfMessage, withCrlf } from '../../src/index.js'

t.test('a long message in turns is what it is at once', async (t) => {
  for (const unit of ['a\rb\nc\r\nd', '\r', '\n', '\r\n', 'text '] as const) {
    const bytes = Buffer.from(unit.repeat(Math.ceil((600 * 1024) / unit.length)))
    t.ok(Buffer.from(await crlfMessage(bytes)).equals(Buffer.from(withCrlf(bytes))), JSON.stringify(unit))
  }
})
