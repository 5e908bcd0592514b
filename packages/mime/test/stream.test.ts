// A message in chunks gives what the whole of it gives, wherever it was cut.
import fc from 'fast-check'
import t from 'tap'
import { createMessageParser, createSummarizer, parseMessage, searchText, summarize } from '../src/index.js'
import { corpus } from './corpus.js'
import { generatedMessages } from './generate.js'
import { bytes, limits } from './soup.js'

interface Reader<T> {
  write(chunk: Uint8Array): void
  end(): T
}

/** Writes the bytes cut at these places. Each chunk is overwritten afterwards, as a socket's buffer is. */
function inChunks<T>(reader: Reader<T>, whole: Buffer, cuts: number[]): T {
  const places = [0, ...cuts.filter((cut) => cut < whole.length).sort((a, b) => a - b), whole.length]
  for (let i = 0; i + 1 < places.length; i++) {
    const chunk = Buffer.from(whole.subarray(places[i], places[i + 1]))
    reader.write(chunk)
    chunk.fill('-')
  }
  return reader.end()
}

const everywhere = (whole: Buffer) => Array.from(whole, (_, i) => i)
const every = (whole: Buffer, step: number) => Array.from({ length: whole.length / step }, (_, i) => i * step)

/** As JSON: faster to compare, and what is stored. */
const json = (value: unknown) => JSON.stringify(value)

t.test('any bytes, cut anywhere', (t) => {
  const cuts = fc.array(fc.nat(700), { maxLength: 12 })
  fc.assert(
    fc.property(bytes, limits, cuts, (whole, limits, cuts) => {
      const expected = json(parseMessage(whole, limits))
      for (const places of [cuts, everywhere(whole)]) {
        if (json(inChunks(createMessageParser(limits), whole, places)) !== expected)
          throw new Error('the tree')
      }
    }),
    { numRuns: 3000 },
  )
  t.end()
})

t.test('any bytes, summarized in chunks', (t) => {
  const searchBytes = fc.constantFrom(0, 10, 1000)
  fc.assert(
    fc.property(bytes, limits, searchBytes, fc.array(fc.nat(700)), (whole, limits, searchBytes, cuts) => {
      const message = parseMessage(whole, limits)
      const expected = json({
        message,
        summary: summarize(whole, message),
        searchText: searchText(whole, message, searchBytes),
      })
      const streamed = inChunks(createSummarizer({ ...limits, searchBytes }), whole, cuts)
      if (json(streamed) !== expected) throw new Error('the summary')
    }),
    { numRuns: 1000 },
  )
  t.end()
})

t.test('real and generated messages in chunks', (t) => {
  const samples = [
    ...corpus(),
    ...generatedMessages(100).map(({ bytes }, i) => ({ name: `generated ${i}`, bytes })),
  ]
  for (const { name, bytes: whole } of samples) {
    const message = parseMessage(whole)
    const expected = json({
      message,
      summary: summarize(whole, message),
      searchText: searchText(whole, message),
    })
    for (const size of [7, 1000, 65_536]) {
      const summarizer = createSummarizer({ searchBytes: 1024 * 1024 })
      t.equal(json(inChunks(summarizer, whole, every(whole, size))), expected, `${name} by ${size}`)
    }
  }
  t.end()
})

t.test('lines longer than what is kept of them', (t) => {
  const x = (count: number) => 'x'.repeat(count)
  const mixed = 'Content-Type: multipart/mixed; boundary=b\n'
  const cases: string[] = [
    `Subject: ${x(5000)}\nA: b\n\nbody`,
    `${x(1001)}\nA: b\n\nbody`,
    `${x(1000)}\nA: b\n\nbody`,
    `A: b\n${x(1001)}\r\nC: d\n\nbody`,
    `A: b\nlost\n${x(3000)}\n\nbody`,
    `A: b\nlost\n${x(900)}: ${x(3000)}\n\nbody`,
    `\xef\xbb\xbf${x(900)}: ${x(3000)}\n\nbody`,
    `From ${x(3000)}\nA: b\n\nbody`,
    `A: b\n${'-'.repeat(3000)}\nC: d\n\nbody`,
    `${mixed}\n--b${' '.repeat(997)}\r\n\none\r\n--b${' '.repeat(998)}\r\n--b--`,
    `${mixed}\n--b\n\n${'-'.repeat(5000)}\r\n--b\n\n${x(5000)}\r\n\r\n--b--`,
    `${mixed}\n--b\nContent-Type: text/html\n${x(3000)}\n--b--\n`,
    `Content-Type: message/rfc822\nlost\n${x(3000)}\nSubject: x\n\n`,
  ]
  for (const [i, text] of cases.entries()) {
    const whole = Buffer.from(text, 'latin1')
    for (const limits of [{}, { maxHeaderBytes: 100 }]) {
      const expected = json(parseMessage(whole, limits))
      for (const cuts of [everywhere(whole), every(whole, 999), every(whole, 1500)]) {
        t.equal(json(inChunks(createMessageParser(limits), whole, cuts)), expected, `case ${i}`)
      }
    }
  }
  t.end()
})

t.test('nothing comes after the end', (t) => {
  const parser = createMessageParser()
  t.equal(parser.end().size, 0)
  t.throws(() => parser.write(Buffer.from('x')), /ended/)
  t.throws(() => parser.end(), /ended/)
  t.end()
})
