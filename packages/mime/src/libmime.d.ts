declare module 'libmime' {
  const libmime: {
    /** The canonical name of a charset: aliases and common misspellings resolved. */
    normalizeCharset(charset: string): string
  }
  export default libmime
}
