import { randomBytes } from 'node:crypto'
import type { ReadStream } from 'node:tty'
import { EXIT, Stop } from './stop.js'

/** Longer than any password manager's, short enough to hash. In octets. */
const LONGEST = 1024

/** 100 random bits as `k7m2p-…`: four groups of five letters and digits that cannot be mistaken for one another. */
export function generatePassword(): string {
  const alphabet = '0123456789abcdefghjkmnpqrstvwxyz'
  const letters = [...randomBytes(20)].map((byte) => alphabet[byte % 32])
  return [0, 5, 10, 15].map((at) => letters.slice(at, at + 5).join('')).join('-')
}

/**
 * The password on standard input, up to its end, without the line end; null at a terminal, or where there is none.
 * Errors: Stop where it is more than one line, blank, has control characters, or is longer than 1,024 octets.
 */
export async function readPassword(input: ReadStream | NodeJS.ReadableStream): Promise<string | null> {
  if ('isTTY' in input && input.isTTY) return null
  const chunks: Buffer[] = []
  let length = 0
  for await (const chunk of input) {
    chunks.push(Buffer.from(chunk))
    length += chunk.length
    if (length > LONGEST) throw new Stop(`the password is longer than ${LONGEST} octets`, EXIT.usage)
  }
  const bytes = Buffer.concat(chunks)
  const text = bytes.toString('utf8').replace(/\r?\n$/, '')
  if (text === '') return null
  if (text.trim() === '') throw new Stop('the password is nothing but spaces', EXIT.usage)
  if (!bytes.equals(Buffer.from(bytes.toString('utf8'))))
    throw new Stop('the password is not UTF-8', EXIT.usage)
  if (/[\u0000-\u001f\u007f]/.test(text)) {
    throw new Stop('the password has a line break or another control character in it', EXIT.usage)
  }
  return text
}
