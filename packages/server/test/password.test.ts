import { Readable } from 'node:stream'
import t from 'tap'
import { generatePassword, readPassword } from '../src/password.js'

t.test('a made password is four groups of five, and another one each time', async (t) => {
  const made = Array.from({ length: 100 }, generatePassword)
  for (const password of made) t.match(password, /^[0-9a-hjkmnp-tv-z]{5}(-[0-9a-hjkmnp-tv-z]{5}){3}$/)
  t.equal(new Set(made).size, 100)
})

t.test('a password on standard input is taken without its line end', async (t) => {
  const cases: [chunks: string[], password: string | null][] = [
    [['secret\n'], 'secret'],
    [['sec', 'ret\r\n'], 'secret'],
    [[' with spaces '], ' with spaces '],
    [['pässwörd\n'], 'pässwörd'],
    [[''], null],
    [['\n'], null],
  ]
  for (const [chunks, password] of cases) {
    t.equal(await readPassword(Readable.from(chunks.map((chunk) => Buffer.from(chunk)))), password)
  }
  t.equal(await readPassword(Object.assign(Readable.from(['x']), { isTTY: true })), null, 'a terminal')
})

t.test('what could not be typed into a client is refused', async (t) => {
  const wrong: [Buffer, RegExp][] = [
    [Buffer.from('one\ntwo\n'), /line break/],
    [Buffer.from('a\0b'), /control character/],
    [Buffer.from([0xff, 0xfe]), /not UTF-8/],
    [Buffer.from('  \n'), /nothing but spaces/],
    [Buffer.alloc(1025, 'a'), /longer than 1024/],
  ]
  for (const [bytes, message] of wrong) {
    await t.rejects(readPassword(Readable.from([bytes])), { name: 'Stop', exitCode: 2, message })
  }
})
