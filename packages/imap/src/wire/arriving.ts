// The messages in a command, taken while they arrive. The literals of APPEND are not read before the command runs: so
// no message is ever held whole, and what is wrong is said before a synchronizing literal is sent.
//
// announced  a line ended with a literal's announcement; its octets come once they are asked for (begin), or anyway.
// coming     they were let come; the line behind them is not read yet.
// complete   the command's last line is here.
import { bad, ConnectionLost, no } from '../refusal.js'
import type { Head, ReadingRules } from './command-reader.js'
import type { Input } from './input.js'
import { LITERAL } from './scanner.js'
import { skipCommand } from './skip-command.js'

export interface Arriving {
  /** Lets the literal come, and asks for it where it waits for that. Errors: Refusal where it may not. */
  begin(): Promise<void>
  /** Its octets, to their end. Errors: ConnectionLost where the client goes before. */
  octets(): AsyncGenerator<Uint8Array>
  /** Reads the line behind it, into the text that the command's parser reads. Errors: ConnectionLost; BAD. */
  nextLine(): Promise<void>
  /**
   * Reads what is still to come of the command and throws it away. Errors: ConnectionLost; Farewell with `code`
   * where that is too much.
   */
  discard(code: string | null): Promise<void>
}

interface OpenCommand {
  head: Head
  /** The last one ends with an announcement. */
  lines: string[]
  literals: Buffer[]
}

const NOTHING: Buffer = Buffer.alloc(0)

export function createArriving(
  { head, lines, literals }: OpenCommand,
  input: Input,
  rules: ReadingRules,
): Arriving {
  let state: 'announced' | 'coming' | 'complete' = 'announced'
  /** Octets that were let come and are not here yet. */
  let missing = 0

  const lineOctets = () => lines.reduce((sum, line) => sum + line.length, 0)
  /** A client that doesn't wait for its leave sends all of a message that is too large. */
  const maxSkip = rules.maxSkip + 2 * rules.maxMessage

  return {
    async begin() {
      const [, size, plus] = LITERAL.exec(lines.at(-1)!)!
      // RFC 7889 §4
      if (Number(size) > rules.maxMessage) throw no(`A message may have ${rules.maxMessage} octets`, 'TOOBIG')
      if (plus === '') await rules.proceed()
      missing = Number(size)
      state = 'coming'
    },
    async *octets() {
      while (missing > 0) {
        const piece = await rules.wait(() => input.some(missing))
        if (piece === null) throw new ConnectionLost('the client is gone')
        missing -= piece.length
        yield piece
      }
    },
    async nextLine() {
      const line = await rules.wait(() => input.line(rules.maxLine(head) - lineOctets()))
      if (line.type === 'end') throw new ConnectionLost('the client is gone')
      if (line.type === 'tooLong') throw bad('Command line too long')
      literals.push(NOTHING)
      lines.push(line.text)
      state = LITERAL.test(line.text) ? 'announced' : 'complete'
    },
    async discard(code) {
      if (state === 'complete') return
      await rules.wait(async () => {
        let tail: string | null = lines.at(-1)!
        if (state === 'coming') {
          if (!(await input.skip(missing))) throw new ConnectionLost('the client is gone')
          tail = await input.skipLine(rules.maxSkip)
          if (tail === null) throw new ConnectionLost('a line too long')
        }
        await skipCommand(input, tail, maxSkip, code)
      })
    },
  }
}
