import fc from 'fast-check'
import t from 'tap'
import { fold } from '../../src/search/fold.js'
import { wordsOf } from '../../src/search/words.js'
import { ask, fileBytes } from '../support/queries.js'
import { openTestStore } from '../support/store.js'

const base64 = (text: string) => Buffer.from(text).toString('base64')

t.test('any text that was filed is found by each of its words and by any piece of it', async (t) => {
  const { account, mailboxes } = await openTestStore(t)
  const inbox = mailboxes.INBOX!
  const unit = fc.oneof(
    fc.string({ unit: 'grapheme', maxLength: 6 }),
    fc.string({ unit: 'binary', maxLength: 3 }),
  )
  const text = fc
    .array(unit, { minLength: 1, maxLength: 8 })
    .map((parts) =>
      parts
        .join(' ')
        .replace(/[\s\p{Cc}\p{Cf}\ufeff]+/gu, ' ')
        .trim(),
    )
    .filter((text) => text !== '')
  await fc.assert(
    fc.asyncProperty(text, fc.nat(), fc.nat(), async (text, from, length) => {
      const id = await fileBytes(
        account,
        inbox,
        `Subject: =?utf-8?b?${base64(text)}?=\nContent-Type: text/plain; charset=utf-8\n` +
          `Content-Transfer-Encoding: base64\n\n${base64(text)}\n`,
      )
      for (const word of wordsOf(text)) {
        for (const filter of [{ body: { phrase: word } }, { subject: word }]) {
          const { ids } = await ask(account, { filter })
          if (!ids.includes(id))
            throw new Error(`${JSON.stringify(filter)} does not find ${JSON.stringify(text)}`)
        }
      }
      const { ids } = await ask(account, { filter: { text: { phrase: text } } })
      if (!ids.includes(id)) throw new Error(`the whole does not find ${JSON.stringify(text)}`)
      const letters = [...fold(text)]
      const at = from % letters.length
      const piece = letters.slice(at, at + 1 + (length % letters.length)).join('')
      // A piece that begins within a letter may become another by being composed.
      fc.pre(fold(piece) === piece)
      for (const field of ['body', 'subject', 'text'] as const) {
        const found = await account.read((r) => r.email.matching(inbox, { field, value: piece }))
        if (!found.includes(id))
          throw new Error(`${field} ${JSON.stringify(piece)} not in ${JSON.stringify(text)}`)
      }
    }),
    { numRuns: 40 },
  )
})

t.test('a message of nothing but text is filed and found, up to the bound', async (t) => {
  const { account, mailboxes } = await openTestStore(t)
  const inbox = mailboxes.INBOX!
  const texts: [name: string, text: string, known: string][] = [
    ['different words', Array.from({ length: 150_000 }, (_, i) => `w${i.toString(36)}`).join(' '), 'w7ps'],
    ['one word', 'word '.repeat(200_000), 'word'],
    ['one letter', 'x'.repeat(1_000_000), 'x'.repeat(64)],
    ['ideographs', '東京'.repeat(150_000), '京東'],
    ['marks', `e${'\u0301\u0316'.repeat(250_000)} end`, 'e'],
    ['what grows when it is decomposed', '\ufdfa '.repeat(250_000), 'الله'],
  ]
  for (const [name, text, known] of texts) {
    const head = `Content-Type: text/plain; charset=utf-8\nSubject: ${name}\n\nbegun `
    const id = await fileBytes(account, inbox, head + text.replace(/(.{500} ?)/g, '$1\n'))
    t.same(
      (await ask(account, { filter: { subject: { phrase: name }, body: { phrase: known } } })).ids,
      [id],
      name,
    )
    t.ok((await ask(account, { filter: { body: 'begun' } })).ids.includes(id), name)
  }
})
