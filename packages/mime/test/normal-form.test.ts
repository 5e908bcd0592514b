import t from 'tap'
import { asAddresses, asText, normalForm } from '../src/index.js'

t.test('text is normalized, and a run of marks that no language needs is cut', async (t) => {
  t.equal(normalForm('e\u0301', 'NFC'), '\u00e9')
  t.equal(normalForm('\ufb01', 'NFKC'), 'fi')
  const thirty = `a${'\u0316'.repeat(30)}`
  t.equal(normalForm(thirty, 'NFC'), thirty)
  t.equal(normalForm(`${thirty}\u0316\u0301b`, 'NFC'), `${thirty}b`)
})

t.test('a header full of marks costs no more than another of its length', async (t) => {
  // Sorted as one run these took minutes; the test would end by its time limit.
  const marks = Buffer.from(`a${'\u0301\u0316'.repeat(250_000)}`).toString('latin1')
  t.ok(asText(marks).length < 100)
  t.ok(asAddresses(`${marks} <a@example.org>`)[0]!.name!.length < 100)
})
