import iconv from 'iconv-lite'
import t from 'tap'
import { containsNul, decodeText } from '../src/index.js'

t.test('decodeText', (t) => {
  const cases: [name: string, bytes: string, charset: string | null, text: string, problem?: boolean][] = [
    ['ASCII, CRLF to LF', 'a\r\nb\nc\r', null, 'a\nb\nc\r'],
    ['UTF-8', '\xc3\xa4', 'UTF-8', 'ä'],
    ['a byte order mark goes', '\xef\xbb\xbfa', 'utf-8', 'a'],
    ['malformed UTF-8', 'a\xe4b', 'utf-8', 'a\ufffdb', true],
    ['latin1', '\xe4', ' ISO-8859-1 ', 'ä'],
    ['a misspelt name', '\x80', 'cp-1252', '€'],
    ['KOI8-R', '\xc1', 'koi8-r', 'а'],
    ['GBK', '\xc4\xe3', 'gb2312', '你'],
    ['ISO-2022-JP', '\x1b$BF|K\\\x1b(B', 'ISO-2022-JP', '日本'],
    ['ISO-2022-JP by another name', '\x1b$BF|K\\\x1b(B', 'cp50221', '日本'],
    ['ISO-2022-JP, pieces joined', '\x1b$BF|\x1b(B\x1b$BK\\\x1b(B\x1b(J', 'iso-2022-jp', '日本'],
    ['8-bit in ASCII is guessed: UTF-8', '\xc3\xa4', 'us-ascii', 'ä', true],
    ['8-bit in ASCII is guessed: windows-1252', '\x80\xe4', null, '€ä', true],
    ['an unknown charset', '\xc3\xa4', 'x-unknown', 'ä', true],
    ['UTF-8 but for one byte', 'K\xc3\xb6ln \xe4', null, 'Köln \ufffd', true],
    ['UTF-8 with a cut end', 'K\xc3\xb6ln \xc3', 'us-ascii', 'Köln \ufffd', true],
    ['windows-1252, though it may begin as UTF-8', 'Caf\xe9', null, 'Café', true],
    ['a byte order mark beats the label', '\xef\xbb\xbf\xc3\xa4', 'iso-8859-1', 'ä'],
    ['a byte order mark without a label', '\xef\xbb\xbf\xc3\xa4', null, 'ä'],
    ['UTF-16 by its mark', '\xfe\xff\0a\0\xe4', null, 'aä'],
    ['UTF-16 by its mark, whatever the order', '\xfe\xff\0\xe4', 'utf-16', 'ä'],
    ['ISO-2022-JP without a label', '\x1b$BF|K\\\x1b(B', null, '日本'],
    ['ISO-2022-JP as US-ASCII', '\x1b$@F|K\\\x1b(J!', 'US-ASCII', '日本!'],
    ['ISO-2022-JP, half-width', '\x1b(I1\x1b(B', 'iso-2022-jp', 'ｱ'],
    ['ISO-2022-JP-1, JIS X 0212', '\x1b$(D0!\x1b(B', 'iso-2022-jp-1', '丂'],
    ['ISO-2022-JP, a line end leads back', '\x1b$BF|\na', 'iso-2022-jp', '日\na'],
    ['an escape that switches nothing', 'a\x1b[1mb', null, 'a\x1b[1mb'],
    ['HZ: RFC 1843', 'a~~b~{VPND~} c~\nd', 'hz-gb-2312', 'a~b中文 cd'],
    ['HZ by its short name, open at a line end', '~{VP\nb', 'HZ', '中\nb'],
    ['ISO-2022-KR: RFC 1557', '\x1b$)C\x0eGQ\x0fa', 'iso-2022-kr', '한a'],
    ['ISO-2022-KR without a label', '\x1b$)C\x0eGQ\x0fa', null, '한a'],
    ['UTF-7', '+AOQ-', 'unicode-1-1-utf-7', 'ä'],
    ['an encoding is no charset', 'YQ==', 'base-64', 'YQ==', true],
    ['a lone surrogate', '\xd8\x00\x00a', 'utf-16be', '\ufffda', true],
  ]
  for (const [name, bytes, charset, text, isEncodingProblem = false] of cases) {
    t.same(decodeText(Buffer.from(bytes, 'latin1'), charset), { text, isEncodingProblem }, name)
  }
  t.end()
})

t.test('names as real mailers write them', (t) => {
  const names: [text: string, bytes: string, names: string[]][] = [
    [
      'ä',
      '\xc3\xa4',
      ['utf8', 'utf_8', 'UTF-8;', '"utf-8"', "'utf-8'", 'utf-8, utf-8', 'utf8mb4', 'x-utf-8', 'cp65001'],
    ],
    ['ä', '\xc3\xa4', ['unicode-1-1-utf-8', 'utf-8; format=flowed', 'UTF 8']],
    [
      '€',
      '\x80',
      ['cp1252', 'x-cp1252', 'win-1252', 'windows1252', 'iso-8859-1', 'latin1', 'iso8859_1', 'l1', 'ANSI'],
    ],
    [
      '日',
      '\x93\xfa',
      ['x-sjis', 'shift-jis', 'sjis', 'windows-31j', 'cp932', 'ms932', 'MS_Kanji', 'x-mac-japanese'],
    ],
    ['日', '\xc6\xfc', ['euc-jp', 'x-euc-jp', 'eucjp']],
    [
      '日',
      '\x1b$BF|\x1b(B',
      ['_iso-2022-jp$ESC', 'csISO2022JP', 'iso-2022-jp-ms', 'iso-2022-jp-2', 'cp50220', 'JIS'],
    ],
    ['한', '\xc7\xd1', ['ks_c_5601-1987', 'euc-kr', 'euckr', 'cp949', 'x-windows-949', 'uhc', 'ksc5601']],
    ['뷁', '\x94\xee', ['ks_c_5601-1987', 'euc-kr', 'uhc']],
    [
      '中',
      '\xd6\xd0',
      ['gb2312', 'gb_2312-80', 'gbk', 'x-gbk', 'cp936', 'ms936', 'euc-cn', 'gb18030', 'chinese'],
    ],
    ['ḿ', '\xa8\xbc', ['gb2312', 'gb18030']],
    ['中', '\xa4\xa4', ['big5', 'cn-big5', 'x-x-big5', 'cp950', 'big5-hkscs']],
    [
      'ä',
      '\x8a',
      ['macintosh', 'x-mac-roman', 'x-mac-ce', 'x-mac-turkish', 'x-mac-croatian', 'x-mac-icelandic'],
    ],
    ['Д', '\x84', ['x-mac-cyrillic', 'x-mac-ukrainian', 'cp866', 'ibm866']],
    ['א', '\xe0', ['iso-8859-8-i', 'iso-8859-8-e', 'iso-8859-8', 'windows-1255', 'logical', 'visual']],
    ['ก', '\xa1', ['tis-620', 'iso-8859-11', 'windows-874', 'cp874', 'x-windows-874']],
    ['я', '\xff', ['windows-1251', 'cp1251', 'x-cp1251', 'win-1251']],
    ['ä', '\xe4', ['windows-28591', 'iso-8859-1:1987', 'ISO 8859-1', 'iso-8859-1-windows-3.1-latin-1']],
    ['ä', '\0\xe4', ['utf-16be', 'UTF-16BE;']],
  ]
  for (const [text, bytes, spelled] of names) {
    for (const name of spelled) {
      t.same(decodeText(Buffer.from(bytes, 'latin1'), name), { text, isEncodingProblem: false }, name)
    }
  }
  for (const name of ['ansi_x3.4-1968', 'ISO646-US', 'us-ascii', 'ascii', '7bit', '8bit', '"us-ascii"']) {
    t.same(decodeText(Buffer.from('\xc3\xa4', 'latin1'), name), { text: 'ä', isEncodingProblem: true }, name)
  }
  t.end()
})

t.test('HTML without a charset declares its own', (t) => {
  const gbk = '\xc4\xfa\xba\xc3'
  const meta = '<html><head><meta charset=gb2312>'
  const cases: [name: string, html: string, charset: string | null, text: string, problem?: boolean][] = [
    ['meta charset', meta + gbk, null, '您好'],
    ['quoted', `<META name=a charset = "GBK">${gbk}`, null, '您好'],
    [
      'http-equiv',
      `<meta http-equiv="Content-Type" content="text/html; charset=gb2312" />${gbk}`,
      'us-ascii',
      '您好',
    ],
    ['an XML declaration', `<?xml version="1.0" encoding="gb2312"?>${gbk}`, null, '您好'],
    ['not in a comment', `<!-- <meta charset=koi8-r> -->${meta}${gbk}`, null, '您好'],
    ['ISO-2022-JP', '<meta charset=iso-2022-jp>\x1b$BF|\x1b(B', null, '日'],
    ['HZ', '<meta charset=hz-gb-2312>~{VP~}', null, '中'],
    ['not where the bytes are UTF-8', '<meta charset=iso-8859-1>\xc3\xa4', null, 'ä'],
    ['not against the header field', `${meta}\xe4`, 'iso-8859-1', 'ä'],
    ['instead of a charset nobody knows', `<meta charset=koi8-r>\xc1`, 'x-unknown', 'а', true],
    ['an unknown one', '<meta charset=x-none>\xe4', null, 'ä', true],
    ['none that UTF-7 could hide tags in', '<meta charset=utf-7>+ADw-', null, '+ADw-'],
  ]
  for (const [name, html, charset, end, isEncodingProblem = false] of cases) {
    const decoded = decodeText(Buffer.from(html, 'latin1'), charset, { type: 'text/html' })
    t.ok(decoded.text.endsWith(end), `${name}: ${decoded.text}`)
    t.equal(decoded.isEncodingProblem, isEncodingProblem, name)
  }
  t.not(
    decodeText(Buffer.from(meta + gbk, 'latin1'), null).text.slice(-2),
    '您好',
    'plain text declares nothing',
  )
  t.end()
})

t.test('text that was cut ends with a whole character, wherever the cut is', (t) => {
  const cases: [charset: string | null, text: string, bytes: Buffer][] = [
    ['utf-8', 'aä日😀', Buffer.from('aä日😀')],
    [null, 'Здравствуйте', Buffer.from('Здравствуйте')],
    ['gb18030', 'a中文ḿ𠀀', iconv.encode('a中文ḿ𠀀', 'gb18030')],
    ['gb2312', '中文', iconv.encode('中文', 'gbk')],
    ['shift_jis', 'a日本ｱ', iconv.encode('a日本ｱ', 'shift_jis')],
    ['euc-kr', 'a한국', iconv.encode('a한국', 'euc-kr')],
    ['euc-jp', 'a日本', iconv.encode('a日本', 'euc-jp')],
    ['big5', 'a中文', iconv.encode('a中文', 'big5')],
    ['utf-16le', 'aä日😀', iconv.encode('aä日😀', 'utf-16le')],
    ['utf-7', 'aä日', iconv.encode('aä日', 'utf-7')],
    ['iso-2022-jp', '日本x日', Buffer.from('\x1b$BF|K\\\x1b(Bx\x1b$BF|\x1b(B', 'latin1')],
    ['iso-2022-kr', '한국x', Buffer.from('\x1b$)C\x0eGQ19\x0fx', 'latin1')],
    ['hz', '中文x', Buffer.from('~{VPND~}x', 'latin1')],
  ]
  for (const [charset, text, bytes] of cases) {
    for (let end = 1; end < bytes.length; end++) {
      const cut = decodeText(bytes.subarray(0, end), charset, { isCut: true }).text
      if (!text.startsWith(cut)) t.fail(`${charset}, ${end} bytes: ${JSON.stringify(cut)}`)
    }
    t.equal(decodeText(bytes, charset).text, text, `${charset}`)
  }
  t.end()
})

t.test('containsNul', (t) => {
  t.equal(containsNul(Buffer.from('a\0b')), true)
  t.equal(containsNul(Buffer.from('ab')), false)
  t.end()
})
