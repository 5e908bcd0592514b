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

/** What the system says of a file, in words. */
const FILE_ERRORS: Readonly<Record<string, string>> = {
  EACCES: 'permission denied',
  EEXIST: 'there is a file in its place',
  EISDIR: 'it is a folder',
  ENOENT: 'there is no such file or folder',
  ENOSPC: 'the disk is full',
  ENOTDIR: 'a part of its path is no folder',
  EPERM: 'permission denied',
  EROFS: 'it can only be read there',
}

/** The first line of what an error says, for a message of one line; of a file, what is wrong with which. */
export function reason(error: unknown): string {
  if (error instanceof AggregateError && error.errors.length > 0) return reason(error.errors[0])
  const { code = '', path } = (error ?? {}) as Partial<NodeJS.ErrnoException>
  const words = FILE_ERRORS[code]
  if (words !== undefined) return path === undefined ? words : `${words} (${path})`
  const text = error instanceof Error ? error.message || error.name : String(error)
  return text.split('\n', 1)[0]!
}
