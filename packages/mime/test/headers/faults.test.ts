// Headers that other programs read and we did not, from beside the project.
import { existsSync, readFileSync } from 'node:fs'
import path from 'node:path'
import t from 'tap'
import { parseMessage, partName, type Summary, summarize } from '../../src/index.js'

const root = path.resolve(import.meta.dirname, '../../../../../../shared/faults/mime')

function read(name: string): { summary: Summary; names: (string | null)[] } {
  const bytes = readFileSync(path.join(root, `${name}.eml`))
  const summary = summarize(bytes, parseMessage(bytes))
  return { summary, names: summary.structure.children.map(partName) }
}

const options = { skip: !existsSync(root) && 'no messages beside the project' }

t.test('headers of mail that was read wrongly', options, (t) => {
  const { summary: quoted } = read('g01-quoted-encoded-name')
  t.match(quoted, { from: [{ name: '张三' }], to: [{ name: '李四' }] })
  t.equal(quoted.envelope.from![0]!.name, '=?gb18030?B?1cXI/Q==?=', 'the ENVELOPE keeps encoded words')
  const { summary: korean } = read('g02-raw-header-declared-charset')
  t.match(korean, { subject: '안녕하세요 여러분', envelope: { subject: '안녕하세요 여러분' } })
  t.equal(read('g04-one-bad-byte').names[1], 'Картинка\ufffd')
  t.equal(read('g06-date-one-digit-second').summary.sentAt, '2002-05-27T10:28:03+02:00')
  const { summary: two } = read('g07-two-froms')
  t.match(two, {
    from: [{ email: 'eve@example.net' }],
    envelope: { from: [{ mailbox: 'eve', host: 'example.net' }] },
  })
  const { summary: lost } = read('g08-header-lines-without-fold')
  t.match(lost, {
    from: [{ name: 'Ann' }],
    subject: 'not lost',
    preview: 'hi',
    structure: { type: 'text/html' },
  })
  const { summary: stray } = read('g11-stray-bracket')
  t.same(stray.from, [{ name: null, email: 'ann@example.net' }])
  t.same(stray.to, [
    { name: 'Bob', email: 'bob@example.org' },
    { name: null, email: 'cy@example.org' },
  ])
  t.equal(read('g13-filename-word-and-suffix').names[1], '测1009.xls')
  t.end()
})
