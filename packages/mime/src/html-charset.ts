// The charset that HTML declares itself: https://html.spec.whatwg.org/#prescan-a-byte-stream-to-determine-its-encoding

/** Bytes that are looked into. The standard has 1,024, of which comments of newsletters take a part. */
const PRESCAN = 4096

/** Not from HTML: UTF-16 can't be read in ASCII as this was, and UTF-7 hides tags. */
const UNFIT = /^utf-?(?:7|16|32)/i

/** The charset of a `meta` element, or of an XML declaration; null where there is none. */
export function declaredCharset(html: Buffer): string | null {
  const begin = html.toString('latin1', 0, PRESCAN).replace(/<!--.*?(?:-->|$)/gs, '')
  const xml = /^\s*<\?xml\s[^>]*?encoding\s*=\s*["']([^"'\s>]+)/i.exec(begin)?.[1]
  if (xml) return fit(xml)
  for (const [tag] of begin.matchAll(/<meta[\s/][^>]*/gi)) {
    const name = /[\s"';]charset\s*=\s*["']?\s*([^\s"'/>;]+)/i.exec(tag)?.[1]
    if (name) return fit(name)
  }
  return null
}

function fit(name: string): string | null {
  return UNFIT.test(name) ? null : name
}
