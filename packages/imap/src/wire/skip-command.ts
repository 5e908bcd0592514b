import { Farewell } from '../refusal.js'
import type { Input } from './input.js'
import { LITERAL } from './scanner.js'

/**
 * Reads to the end of a command of which a line ended with `tail`: over its non-synchronizing literals, whose octets
 * are on their way whether or not they are wanted. Errors: Farewell with `code` beyond `max` octets.
 */
export async function skipCommand(
  input: Input,
  tail: string,
  max: number,
  code: string | null = null,
): Promise<void> {
  let left = max
  for (let end = tail; ; ) {
    const announced = LITERAL.exec(end)
    if (announced?.[2] !== '+') return
    const size = Number(announced[1])
    left -= size
    // RFC 7888 §4, the second choice.
    if (left < 0) throw new Farewell('The literal is too large', code)
    if (!(await input.skip(size))) return
    const line = await input.skipLine(left)
    if (line === null) throw new Farewell('Command line too long')
    end = line
    left -= line.length
  }
}
