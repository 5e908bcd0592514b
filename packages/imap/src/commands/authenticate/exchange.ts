// What SASL mechanisms say to a client and hear from it: RFC 3501 §6.2.2, RFC 4959.
import { bad, ConnectionLost } from '../../refusal.js'
import type { Parser } from '../../wire/parser.js'
import { decodeUtf8 } from '../../wire/scanner.js'
import type { Context } from '../command.js'

/** What a mechanism does once it is chosen: gives the response code of a login, or throws. */
export type Mechanism = (context: Context, initialResponse: string | null) => Promise<string>

/** RFC 4959 §3: base64, or "=" for an empty one. */
export function parseInitialResponse(args: Parser): string {
  args.sp()
  const response = args.take(/[A-Za-z0-9+/=]/)
  if (response === '') throw args.fail('an initial response')
  return response === '=' ? '' : response
}

/** Sends a challenge; the client's response in base64. Errors: BAD where it cancels with "*". */
export async function challenge({ output, session }: Context, text: string): Promise<string> {
  output.text(`+ ${Buffer.from(text).toString('base64')}\r\n`)
  await output.flush()
  const { connection, settings } = session
  const line = await session.awaitClient(() => connection.input.line(settings.limits.lineBeforeLogin))
  if (line.type === 'end') throw new ConnectionLost('the client is gone')
  if (line.type === 'tooLong') {
    if ((await connection.input.skipLine(settings.limits.skip)) === null)
      throw new ConnectionLost('a line too long')
    throw bad('Line too long')
  }
  if (line.text === '*') throw bad('Authentication cancelled')
  return line.text
}

/** The UTF-8 text behind base64. RFC 4648 §4, with padding and nothing that isn't in the alphabet (RFC 4959 §3). */
export function decodeResponse(text: string): string {
  if (text.length % 4 !== 0 || !/^[A-Za-z0-9+/]*={0,2}$/.test(text)) throw bad('That is not base64')
  return decodeUtf8(Buffer.from(text, 'base64').toString('latin1'))
}
