/** The same bytes as a Buffer, not copied. */
export function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}

/** Whether a NUL is in the bytes: RFC 5322 §2.2 has no place for one, and RFC 9051 §4.3.1 refuses it in a literal. */
export function containsNul(bytes: Uint8Array): boolean {
  return bytes.includes(0)
}

/** Replaces lone surrogates, which neither UTF-8 nor jsonb can hold. */
export function wellFormed(text: string): string {
  return text.replace(/\p{Surrogate}/gu, '\ufffd')
}
