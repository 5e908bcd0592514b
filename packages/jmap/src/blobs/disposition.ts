/** RFC 6266: the name in ASCII for old readers, and as it is. Always an attachment: mail must not run as a page. */
export function contentDisposition(name: string): string {
  if (name === '') return 'attachment'
  const ascii = name.replace(/[^\x20-\x7e]/g, '_').replace(/["\\]/g, '\\$&')
  // RFC 8187 §3.2.1: encodeURIComponent leaves four characters that an attr-char can't be.
  const encoded = encodeURIComponent(name.toWellFormed()).replace(
    /['()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  )
  const plain = `attachment; filename="${ascii}"`
  return encoded === name ? plain : `${plain}; filename*=UTF-8''${encoded}`
}
