/** Exit codes of the command line: the work failed, or it was not understood. */
export const EXIT = { failed: 1, usage: 2 } as const

/** Ends the program with one line on standard error and no stack: what somebody at a terminal can act on. */
export class Stop extends Error {
  override readonly name = 'Stop'
  constructor(
    message: string,
    readonly exitCode: (typeof EXIT)[keyof typeof EXIT] = EXIT.failed,
    options?: ErrorOptions,
  ) {
    super(message, options)
  }
}

/** The first line of what an error says, for a message of one line. */
export function reason(error: unknown): string {
  if (error instanceof AggregateError && error.errors.length > 0) return reason(error.errors[0])
  const text = error instanceof Error ? error.message || error.name : String(error)
  return text.split('\n', 1)[0]!
}
