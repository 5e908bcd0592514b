// What goes out is written in linear time, whatever it is.
import { hostileTexts, steepShapes } from '@tandem/mime/testing'
import t from 'tap'
import { relaxedBody, relaxedField } from '../src/dkim/canonical.js'

const latin1 = (text: string) => Buffer.from(text, 'latin1')
const writers: Record<string, (text: string) => unknown> = {
  relaxedField: (text) => relaxedField('Subject', text),
  'relaxedBody, whole': (text) => relaxedBody().write(latin1(text)),
  'relaxedBody, in pieces': (text) => {
    const body = relaxedBody()
    const bytes = latin1(text)
    for (let i = 0; i < bytes.length; i += 1000) body.write(bytes.subarray(i, i + 1000))
  },
}

for (const [name, write] of Object.entries(writers)) {
  t.test(name, async (t) => t.same(steepShapes(write, hostileTexts, 128 * 1024), []))
}
