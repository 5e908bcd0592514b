import t from 'tap'
import { ConnectionLost } from '../../src/refusal.js'
import { createOutput } from '../../src/wire/output.js'
import { sink } from './streams.js'

t.test('what one command says goes out in one write, in order', async (t) => {
  const { stream, text, writes } = sink()
  const output = createOutput(stream, 1000)
  output.text('* 1 FETCH (BODY[] {3}\r\n')
  output.bytes(Buffer.from([1, 0xe4, 255]))
  output.text(')\r\n')
  t.equal(writes(), 0)
  await output.flush()
  t.equal(text(), '* 1 FETCH (BODY[] {3}\r\n\x01\xe4\xff)\r\n')
  t.equal(writes(), 1)
})

t.test('relieve sends only what has become much', async (t) => {
  const { stream, writes } = sink()
  const output = createOutput(stream, 1000)
  output.text('little')
  await output.relieve()
  t.equal(writes(), 0)
  output.text('x'.repeat(64 * 1024))
  await output.relieve()
  t.equal(writes(), 1)
})

t.test('a client that reads slowly holds the writer back', async (t) => {
  const { stream, release } = sink(true)
  const output = createOutput(stream, 10_000)
  output.text('x'.repeat(100))
  let flushed = false
  const flush = output.flush().then(() => {
    flushed = true
  })
  await Promise.resolve()
  t.equal(flushed, false)
  release()
  await flush
  t.equal(flushed, true)
})

t.test('one that does not read at all is cut off after the timeout', async (t) => {
  const { stream } = sink(true)
  const output = createOutput(stream, 1)
  output.text('x'.repeat(100))
  await t.rejects(output.flush(), ConnectionLost)
  t.equal(stream.destroyed, true)
  await t.rejects(output.flush(), ConnectionLost)
})
