import { Refusal } from '../../src/refusal.js'
import { createParser, type Parser } from '../../src/wire/parser.js'

/** What `read` makes of a command's arguments, or the status it refuses them with. */
export function parsed<T>(text: string, read: (args: Parser) => T, literals: Buffer[] = []): T | string {
  try {
    return read(createParser({ lines: text.split('\n'), literals }, 0, 100))
  } catch (error) {
    if (error instanceof Refusal) return error.code ? `${error.status} ${error.code}` : error.status
    throw error
  }
}
