import t from 'tap'
import { htmlToText } from '../src/html.js'
import { parseMessage, preview, searchText } from '../src/index.js'
import { hostileTexts } from '../src/testing.js'

const message = (text: string) => {
  const bytes = Buffer.from(text)
  return [bytes, parseMessage(bytes)] as const
}
const multipart = (...parts: string[]) =>
  `Content-Type: multipart/mixed; boundary=b\n\n${parts.map((part) => `--b\n${part}\n`).join('')}--b--`
const alternative = (...parts: string[]) => multipart(...parts).replace('mixed', 'alternative')
const html = 'Content-Type: text/html; charset=utf-8\n\n'

t.test('preview: RFC 8621 §4.1.4', (t) => {
  const cases: [name: string, text: string, preview: string][] = [
    ['collapsed white space', 'A: b\n\n one\n\n\ttwo ', 'one two'],
    ['html', `${html}<style>x{}</style><p>one <b>two</b></p><td>three</td>&amp;`, 'one two three &'],
    ['the first text with words', multipart('\n \n', 'Content-Type: image/png\n\nxx', '\nhello'), 'hello'],
    [
      'plain text after long HTML that is not shown',
      alternative(`${html}${'<b>x'.repeat(50_000)}`, '\nhello'),
      'hello',
    ],
    ['HTML where the plain text beside it is empty', alternative('\n \n', `${html}hello`), 'hello'],
    ['not an attachment', 'Content-Disposition: attachment\n\nx', ''],
    ['nothing', 'Content-Type: image/png\n\nx', ''],
    ['256 characters', `A: b\n\n${'x'.repeat(300)}`, 'x'.repeat(256)],
    ['no half of a pair', `Content-Type: text/plain; charset=utf-8\n\n${'x'.repeat(255)}😀`, 'x'.repeat(255)],
    ['no NUL', 'A: b\n\na\0b', 'ab'],
    [
      'transfer encoding and charset',
      'Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: base64\n\nw6Q=',
      'ä',
    ],
  ]
  for (const [name, text, expected] of cases) t.equal(preview(...message(text)), expected, name)
  t.end()
})

t.test('searchText takes all text parts, within its bound', (t) => {
  const [bytes, parsed] = message(
    multipart(
      '\none',
      `${html}<p>two`,
      'Content-Disposition: attachment\n\nthree',
      'Content-Type: message/rfc822\n\nA: b\n\nfour',
      'Content-Type: a/b\n\nfive',
    ),
  )
  t.equal(searchText(bytes, parsed), 'one\ntwo\nthree\nfour')
  t.equal(searchText(bytes, parsed, 2), 'on')
  const [cut, parsedCut] = message('Content-Type: text/plain; charset=utf-8\n\naä')
  t.equal(searchText(cut, parsedCut, 2), 'a', 'the half of a character is left out')
  t.end()
})

t.test('a text longer than what is read of it is cut between characters', (t) => {
  const word = 'Здравствуйте дорогие друзья '
  const encoders: [encoding: string, encode: (text: string) => string][] = [
    ['8bit', (text) => text],
    ['base64', (text) => Buffer.from(text).toString('base64').replace(/.{76}/g, '$&\n')],
    [
      'quoted-printable',
      (text) => text.replace(/[^ ]+ /g, (each) => `${encodeURIComponent(each).replaceAll('%', '=')}=\n`),
    ],
  ]
  for (const charset of ['; charset=utf-8', '']) {
    for (const [encoding, encode] of encoders) {
      for (let shift = 0; shift < 7; shift++) {
        const text = encode('x'.repeat(shift) + word.repeat(3000))
        const header = `Content-Type: text/plain${charset}\nContent-Transfer-Encoding: ${encoding}\n\n`
        const [bytes, parsed] = message(header + text)
        const what = `${encoding}${charset}, ${shift} before`
        t.ok(preview(bytes, parsed).startsWith(`${'x'.repeat(shift)}${word.trim()}`), what)
        const found = searchText(bytes, parsed, 64 * 1024)
        t.ok(
          found.length > 5000 && ('x'.repeat(shift) + word.repeat(3000)).startsWith(found),
          `search, ${what}`,
        )
      }
    }
  }
  t.end()
})

t.test('htmlToText', (t) => {
  const cases: [html: string, text: string][] = [
    ['<h1>Hi</h1><a href="http://x">link</a><img alt="y" src="z">', 'Hi\n\nlink'],
    ['<ul><li>a<li>b</ul>', 'a\nb'],
    ['<title>x</title><!-- y --><script>z</script >a', 'a'],
    ['a<style>b', 'a'],
    ['a<script>b</script', 'a'],
    ['a<SCRIPT>b</script\n>c', 'ac'],
    ['<title/><style/>a', 'a'],
    ['<!--[if mso]>a<![endif]--><![if !mso]>b<![endif]>', 'b'],
    [`<p>a</p><img src="data:${'A'.repeat(40_000)}"><p>b</p>`, 'a\n\nb'],
    ['a &lt; b < c', 'a < b < c'],
    ['a&amp;b &eacute &#x20AC; &#60;b&#62; &none; &', 'a&b é € <b> &none; &'],
    ['<table><tr><td>a<td>b<tr><th>c</table>', 'a\nb\nc'],
    ['<div>a</div><div><br></div><div>b<br></div>c', 'a\n\nb\nc'],
    [' a <b> b\n</b>c<i>d</i> ', 'a b cd'],
    ['<pre>a\n  b</pre>\n<div>c\n  d', 'a\n  b\n\nc d'],
    ['</p>a</div></b></i>b', 'a\nb'],
    ['<div style="display:none">for the preview</div>a', 'for the preview\na'],
  ]
  for (const [source, text] of cases) t.equal(htmlToText(source), text, source.slice(0, 40))
  t.end()
})

t.test('htmlToText: a tag that is never closed shows nothing', (t) => {
  for (const tag of [
    '<b',
    '<b x="y',
    '</b x',
    '<br/',
    '<scr',
    '<!x',
    '<!-- x',
    '<?x',
    '</ x',
    '<![CDATA[x',
  ]) {
    t.equal(htmlToText(`a${tag}`), 'a', tag)
  }
  t.equal(htmlToText('a</'), 'a</')
  t.end()
})

t.test('htmlToText: never more text than there is HTML', (t) => {
  for (const { name, make } of hostileTexts) {
    const html = make(1000)
    if (htmlToText(html).length > html.length) t.fail(name)
  }
  t.pass()
  t.end()
})
