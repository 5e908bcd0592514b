// Which charset a name means. Names come as real mailers write them.
import libmime from 'libmime'

/** What libmime doesn't know, or knows less well. Names without punctuation, as `plainName` gives them. */
const aliases: Record<string, string> = {
  // All three are read as their superset: https://encoding.spec.whatwg.org/#gbk
  gb2312: 'gb18030',
  gbk: 'gb18030',
  cp936: 'gb18030',
  ms936: 'gb18030',
  windows936: 'gb18030',
  gb231280: 'gb18030',
  euccn: 'gb18030',
  uhc: 'cp949',
  windows949: 'cp949',
  ksc56011987: 'cp949',
  ksc56011989: 'cp949',
  windows950: 'cp950',
  windows932: 'shift_jis',
  ansi: 'windows-1252',
  iso88591windows31latin1: 'windows-1252',
  windows28591: 'windows-1252',
  utf8mb4: 'utf-8',
  cp65001: 'utf-8',
  // Its byte order mark tells the order; libmime takes it for little-endian.
  utf16: 'utf-16',
  unicode11utf7: 'utf-7',
  dos862: 'cp862',
  hz: 'hz-gb-2312',
  hzgb2312: 'hz-gb-2312',
  iso2022kr: 'iso-2022-kr',
  csiso2022kr: 'iso-2022-kr',
  // Microsoft's names for it, and supersets whose common part it is.
  iso2022jp: 'iso-2022-jp',
  iso2022jp1: 'iso-2022-jp',
  iso2022jp2: 'iso-2022-jp',
  iso2022jp3: 'iso-2022-jp',
  iso2022jp2004: 'iso-2022-jp',
  iso2022jpms: 'iso-2022-jp',
  iso2022jpesc: 'iso-2022-jp',
  csiso2022jp: 'iso-2022-jp',
  jis: 'iso-2022-jp',
  cp50220: 'iso-2022-jp',
  cp50221: 'iso-2022-jp',
  cp50222: 'iso-2022-jp',
  macce: 'maccenteuro',
  maccentralroman: 'maccenteuro',
  maccyrillic: 'maccyrillic',
  macukrainian: 'macukraine',
  macicelandic: 'maciceland',
  macromanian: 'macromania',
  macgreek: 'macgreek',
  macturkish: 'macturkish',
  maccroatian: 'maccroatian',
  macjapanese: 'shift_jis',
  mackorean: 'cp949',
  macchinesesimp: 'gb18030',
  macchinesetrad: 'big5',
}

/** Names of the 7-bit charset, and of transfer encodings that senders take for it. Its 8-bit bytes are guessed. */
const ascii = new Set(['usascii', 'ascii', 'ansix341968', 'ansix341986', 'iso646us', 'us', '7bit', '8bit'])

/** Lower case, letters and digits; a quote, and what follows a blank, `,` or `;`, are the sender's mistakes. */
function plainName(name: string): string {
  const [first = ''] = name.trim().split(/[\s,;]/, 1)
  return first.toLowerCase().replace(/[^0-9a-z]/g, '')
}

/** Whether it is US-ASCII. */
export function isAsciiName(name: string): boolean {
  return ascii.has(plainName(name))
}

/** The names to try for a charset, the best first. */
export function canonicalNames(name: string): string[] {
  const plain = plainName(name)
  const known = aliases[plain] ?? aliases[plain.replace(/^x/, '')]
  if (known) return [known]
  const first = name
    .trim()
    .replace(/^["']+/, '')
    .split(/[\s,;"']/, 1)[0]!
  return [first, name, first.replace(/^x-/i, '')].map((each) => libmime.normalizeCharset(each))
}
