// What is searched of a message is made in linear time, whatever is in it.
import { parseMessage } from '@tandem/mime'
import { hostileTexts, steepShapes } from '@tandem/mime/testing'
import t from 'tap'
import { searchDocument } from '../../src/search/document.js'
import { fold } from '../../src/search/fold.js'
import { placedWords, wordsOf } from '../../src/search/words.js'

const utf8 = (text: string) => Buffer.from(text, 'latin1').toString('utf8')
const empty = parseMessage(Buffer.from('A: b\r\n\r\n'))
const readers: Record<string, (text: string) => unknown> = {
  fold: (text) => fold(utf8(text)),
  wordsOf: (text) => wordsOf(utf8(text)),
  placedWords: (text) => placedWords(utf8(text)),
  'a document of text': (text) => searchDocument(empty, utf8(text)),
  'a document of headers': (text) => searchDocument(parseMessage(Buffer.from(text, 'latin1')), ''),
  'a document of a header': (text) => {
    const folded = text.replace(/[\r\n]+/g, '\r\n ')
    return searchDocument(
      parseMessage(Buffer.from(`To: ${folded}\r\nSubject: ${folded}\r\n\r\n`, 'latin1')),
      '',
    )
  },
}

for (const [name, read] of Object.entries(readers)) {
  t.test(name, async (t) => t.same(steepShapes(read, hostileTexts, 16 * 1024), []))
}
