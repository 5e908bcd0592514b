// What a session lets come in, by its state: RFC 3501 §4.3, §7.5.
import { findCommand } from '../commands/table.js'
import { bad, no, Refusal } from '../refusal.js'
import type { AnnouncedLiteral, Head, ReadingRules } from '../wire/command-reader.js'
import { checkState } from './perform.js'
import type { Session } from './session.js'

export function readingRules(session: Session): ReadingRules {
  const { limits, appendLimit } = session.settings
  const { output } = session.connection
  const isBefore = session.state.name === 'notAuthenticated'
  return {
    maxLine(head) {
      if (!isBefore) return limits.line
      return head?.name === 'ID' ? limits.idBeforeLogin : limits.lineBeforeLogin
    },
    maxSkip: limits.skip,
    maxMessage: appendLimit,
    admit(head, literal) {
      try {
        admit(head, literal)
        return null
      } catch (error) {
        if (error instanceof Refusal) return error
        throw error
      }
    },
    async proceed() {
      output.text('+ Ready for literal data\r\n')
      await output.flush()
    },
    // The first argument may be a literal itself: the mailbox name of APPEND.
    arrives: (head, lines) =>
      !isBefore &&
      findCommand(head.name)?.command.takesMessages === true &&
      (lines.length > 1 || !/^ +\{\d+\+?\}$/.test(lines[0]!.slice(head.argumentsAt))),
    wait: session.awaitClient,
  }

  function admit(head: Head, { size, before }: AnnouncedLiteral): void {
    // RFC 3501 §7.5: so that errors can be rejected line by line.
    const found = findCommand(head.name)
    if (!found) throw bad('There is no such command')
    checkState(session, found.command)
    if (isBefore && size > limits.literalBeforeLogin) {
      throw no(`A literal may have ${limits.literalBeforeLogin} octets before login`, 'LIMIT')
    }
    if (size > limits.literal || before + size > limits.command) {
      throw no(`A literal may have ${limits.literal} octets`, 'LIMIT')
    }
  }
}
