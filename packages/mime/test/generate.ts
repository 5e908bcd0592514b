// Well-formed messages with what they say: the same ones in every run.
import fc from 'fast-check'
import iconv from 'iconv-lite'

/** What a message is expected to hold. */
export interface Expected {
  /** The type, then those of its parts; a message/rfc822 has one, the root of that message. */
  tree: Tree
  subject: string
  from: { name: string | null; email: string }[]
  /** The text of each text part, line ends as LF, in order. */
  texts: string[]
  /** The file name of each leaf, in order. */
  names: (string | null)[]
}
export type Tree = [string, ...Tree[]]

export interface Generated {
  bytes: Buffer
  expected: Expected
}

interface Charset {
  name: string
  words: string[]
  encode(text: string): Buffer
}

const known = (name: string, words: string): Charset => ({
  name,
  words: words.split(' '),
  encode: (text) => iconv.encode(text, name),
})

const kanji = new Map([
  ['日', 'F|'],
  ['本', 'K\\'],
  ['語', '8l'],
])
const charsets: Charset[] = [
  known('us-ascii', 'plain words, of ASCII! (100%) a=b c_d "quoted" x? ;'),
  known('utf-8', 'grüße 😀 naïve Ω≈ç 日本語 кириллица é word'),
  known('UTF-8', 'été zß ﬁ … word'),
  known('iso-8859-1', 'grüße naïve ñandú ¿qué? word'),
  known('windows-1252', '“quoted” €100 – dash™ word'),
  known('iso-8859-2', 'żółw łódź č word'),
  known('iso-8859-15', '€ Š œuvre word'),
  known('koi8-r', 'привет мир слово word'),
  known('windows-1251', 'привет „мир“ word'),
  known('shift_jis', '日本語 テスト 表 word'),
  known('euc-jp', '日本語 テスト word'),
  known('gb2312', '你好 世界 word'),
  known('big5', '你好 世界 功 word'),
  known('euc-kr', '안녕 세계 word'),
  {
    // iconv-lite can't write it.
    name: 'iso-2022-jp',
    words: ['日本', '日本語', '語', 'word'],
    encode: (text) =>
      Buffer.from(
        text.replace(
          /[日本語]+/g,
          (run) => `\x1b$B${[...run].map((char) => kanji.get(char)).join('')}\x1b(B`,
        ),
        'latin1',
      ),
  },
]

const charset = fc.constantFrom(...charsets)
const words = (max: number) =>
  charset.chain((charset) =>
    fc
      .array(fc.constantFrom(...charset.words), { minLength: 1, maxLength: max })
      .map((chosen) => ({ charset, words: chosen })),
  )
const ascii = (max: number) =>
  fc.array(fc.constantFrom('Re:', 'plain', 'words', 'a-b', '[x]', 'hello'), { minLength: 1, maxLength: max })

// RFC 2047 §2, §4. Each word fits in 75 characters.
function encodedWords(text: string, charset: Charset, isB: boolean): string[] {
  const encoded: string[] = []
  for (let chars = [...text], n = 10; chars.length > 0; chars = chars.slice(n)) {
    const bytes = charset.encode(chars.slice(0, n).join(''))
    const body = isB ? bytes.toString('base64') : quoted(bytes, /[A-Za-z0-9]/).replaceAll('=20', '_')
    encoded.push(`=?${charset.name}?${isB ? 'B' : 'Q'}?${body}?=`)
  }
  return encoded
}

function quoted(bytes: Buffer, bare: RegExp): string {
  return [...bytes]
    .map((byte) => {
      const char = String.fromCharCode(byte)
      return bare.test(char) ? char : `=${byte.toString(16).toUpperCase().padStart(2, '0')}`
    })
    .join('')
}

/** A header value that says `text`: bare words, then encoded ones, folded here and there. */
interface Phrase {
  raw: string
  text: string
}
const encodedPhrase: fc.Arbitrary<Phrase> = fc
  .tuple(words(6), fc.boolean(), fc.constantFrom(' ', '\r\n ', '\r\n\t'))
  .map(([{ charset, words }, isB, fold]) => {
    const text = words.join(' ')
    return { raw: encodedWords(text, charset, isB).join(fold), text }
  })
const barePhrase: fc.Arbitrary<Phrase> = ascii(5).map((words) => ({
  raw: words.join(' '),
  text: words.join(' '),
}))
const subject: fc.Arbitrary<Phrase> = fc
  .array(fc.oneof(barePhrase, encodedPhrase), { minLength: 1, maxLength: 2 })
  // White space between two encoded words says nothing, so none stand side by side here.
  .map((phrases) => (phrases.every(({ raw }) => raw.startsWith('=?')) ? phrases.slice(0, 1) : phrases))
  .map((phrases) => ({
    raw: phrases.map(({ raw }) => raw).join('\r\n '),
    text: phrases.map(({ text }) => text).join(' '),
  }))

const mailbox = fc.tuple(
  fc.oneof(
    fc.constant({ raw: '', text: '' }),
    encodedPhrase,
    fc.constantFrom(
      { raw: '"Doe, Jane \\"JD\\""', text: 'Doe, Jane "JD"' },
      { raw: 'John Q Public', text: 'John Q Public' },
    ),
  ),
  fc.constantFrom('a@example.com', 'first.last@mail.example.org', 'x+y@z.example'),
)

const fileStyles = ['bare', 'quoted', 'extended', 'continued', 'none'] as const
const file = fc.tuple(words(3), fc.constantFrom(...fileStyles), fc.boolean())

/** The parameters that name a file: RFC 2045 §5.1, RFC 2231 §3, §4. */
function fileName([{ charset, words }, style, isLong]: FileChoice): { name: string | null; params: string } {
  const text = `${words.join(' ')}${isLong ? ' and a name that goes on for rather a long while' : ''}.txt`
  switch (style) {
    case 'none':
      return { name: null, params: '' }
    case 'bare':
      return { name: 'file-1.txt', params: '; filename=file-1.txt' }
    case 'quoted':
      return { name: 'my "file"; 1.txt', params: '; filename="my \\"file\\"; 1.txt"' }
    case 'extended':
      return { name: text, params: `;\r\n filename*=${charset.name}'en'${percent(charset.encode(text))}` }
    case 'continued': {
      const encoded = percent(charset.encode(text)).match(/(?:%..|[^%]){1,30}/g)!
      const pieces = encoded.map((piece, i) => {
        const value = i === 0 ? `${charset.name}''${piece}` : piece
        return `;\r\n filename*${i}*=${value}`
      })
      return { name: text, params: pieces.join('') }
    }
  }
}
type FileChoice = [{ charset: Charset; words: string[] }, (typeof fileStyles)[number], boolean]

function percent(bytes: Buffer): string {
  return quoted(bytes, /[A-Za-z0-9.-]/).replaceAll('=', '%')
}

/** A part: its header and body, without the line end of a delimiter. */
interface Entity {
  header: string
  body: Buffer
  tree: Tree
  texts: string[]
  names: (string | null)[]
}

const encodings = ['base64', 'quoted-printable', '8bit'] as const

function transfer(bytes: Buffer, encoding: (typeof encodings)[number]): Buffer {
  if (encoding === '8bit') return bytes
  if (encoding === 'base64') return Buffer.from(bytes.toString('base64').replace(/.{76}(?=.)/g, '$&\r\n'))
  const lines = bytes.toString('latin1').split('\r\n')
  const encoded = lines.map((line) => {
    const text = quoted(Buffer.from(line, 'latin1'), /[ !-<>-~]/).replace(/ $/, '=20')
    const pieces = text.match(/(?:=..|[^=]){1,24}/g) ?? []
    return pieces.join('=\r\n')
  })
  return Buffer.from(encoded.join('\r\n'), 'latin1')
}

const textBody = charset.chain((charset) =>
  fc
    .array(fc.array(fc.constantFrom('--', ' ', '', 'From here', ...charset.words), { maxLength: 14 }), {
      maxLength: 6,
    })
    .map((lines) => ({ charset, text: lines.map((line) => line.join(' ')).join('\r\n') })),
)
const textPart: fc.Arbitrary<Entity> = fc
  .tuple(textBody, fc.constantFrom('plain', 'html'), fc.constantFrom(...encodings), fc.option(file))
  .map(([{ charset, text }, subtype, encoding, file]) => {
    const attached = file && fileName(file)
    const params = /[^!-~]|_/.test(charset.name) ? `"${charset.name}"` : charset.name
    const fields = [
      `Content-Type: text/${subtype}; charset=${params}`,
      `Content-Transfer-Encoding: ${encoding}`,
      ...(attached ? [`Content-Disposition: attachment${attached.params}`] : []),
    ]
    return {
      header: fields.join('\r\n'),
      body: transfer(charset.encode(text), encoding),
      tree: [`text/${subtype}`],
      texts: [text.replaceAll('\r\n', '\n')],
      names: [attached?.name ?? null],
    }
  })
const binaryPart: fc.Arbitrary<Entity> = fc
  .tuple(
    fc.constantFrom('application/octet-stream', 'image/png', 'Application/PDF'),
    fc.uint8Array({ maxLength: 200 }),
    file,
  )
  .map(([type, bytes, file]) => {
    const { name, params } = fileName(file)
    return {
      header: `Content-Type: ${type}\r\nContent-Disposition: attachment${params}\r\nContent-Transfer-Encoding: base64`,
      body: transfer(Buffer.from(bytes), 'base64'),
      tree: [type.toLowerCase()],
      texts: [],
      names: [name],
    }
  })

let boundaries = 0
const multipart = (part: fc.Arbitrary<Entity>): fc.Arbitrary<Entity> =>
  fc
    .tuple(
      fc.constantFrom('mixed', 'alternative', 'related', 'parallel'),
      fc.array(part, { minLength: 1, maxLength: 4 }),
      fc.constantFrom('', 'This is a multipart message.\r\n'),
      fc.constantFrom('', '\r\nThe end.'),
    )
    .map(([subtype, parts, preamble, epilogue]) => {
      // Some begin like others: a parser must not take one for the other.
      const boundary = `=_b${boundaries++}`
      const pieces = parts.flatMap(({ header, body }) => [
        Buffer.from(`--${boundary}\r\n${header}\r\n\r\n`, 'latin1'),
        body,
        Buffer.from('\r\n'),
      ])
      const close = Buffer.from(`--${boundary}--${epilogue}`)
      return {
        header: `Content-Type: multipart/${subtype};\r\n boundary="${boundary}"`,
        body: Buffer.concat([Buffer.from(preamble), ...pieces, close]),
        tree: [`multipart/${subtype}`, ...parts.map(({ tree }) => tree)],
        texts: parts.flatMap(({ texts }) => texts),
        names: parts.flatMap(({ names }) => names),
      }
    })

const message = (root: fc.Arbitrary<Entity>): fc.Arbitrary<Generated> =>
  fc
    .tuple(root, subject, fc.array(mailbox, { minLength: 1, maxLength: 3 }))
    .map(([entity, subject, mailboxes]) => {
      const from = mailboxes
        .map(([name, email]) => (name.raw ? `${name.raw} <${email}>` : email))
        .join(',\r\n ')
      const header = [
        `From: ${from}`,
        `Subject: ${subject.raw}`,
        'Date: Fri, 21 Nov 1997 09:55:06 -0600',
        'MIME-Version: 1.0',
        entity.header,
      ]
      return {
        bytes: Buffer.concat([Buffer.from(`${header.join('\r\n')}\r\n\r\n`, 'latin1'), entity.body]),
        expected: {
          tree: entity.tree,
          subject: subject.text.normalize('NFC'),
          from: mailboxes.map(([name, email]) => ({ name: name.text.normalize('NFC') || null, email })),
          texts: entity.texts,
          names: entity.names,
        },
      }
    })

const { part } = fc.letrec<{ part: Entity }>((tie) => ({
  part: fc.oneof(
    { depthSize: 'small', maxDepth: 4, withCrossShrink: true },
    { weight: 4, arbitrary: textPart },
    { weight: 2, arbitrary: binaryPart },
    { weight: 4, arbitrary: multipart(tie('part')) },
    {
      weight: 1,
      arbitrary: message(tie('part')).map(
        ({ bytes, expected }): Entity => ({
          header: 'Content-Type: message/rfc822',
          body: bytes,
          tree: ['message/rfc822', expected.tree],
          texts: expected.texts,
          names: [null, ...expected.names],
        }),
      ),
    },
  ),
}))

/** Messages of nested parts, with RFC 2047 and RFC 2231 headers, in several charsets and encodings. */
export function generatedMessages(count: number): Generated[] {
  return fc.sample(
    message(fc.oneof({ weight: 1, arbitrary: textPart }, { weight: 3, arbitrary: multipart(part) })),
    {
      numRuns: count,
      seed: 20231,
    },
  )
}
