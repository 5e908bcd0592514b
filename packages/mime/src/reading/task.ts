/**
 * Something that is done with content of others: pure, and named by where it stands, so that a thread finds it. Its
 * arguments and its result are what can be cloned; the first argument may be an AsyncIterable of octets.
 */
export interface Task<Args extends unknown[], Result> {
  /** Of the module that exports it. */
  readonly url: string
  /** As what. */
  readonly name: string
  run(...args: Args): Result | Promise<Result>
}

/** `export const name = defineTask(import.meta.url, 'name', …)`. */
export function defineTask<Args extends unknown[], Result>(
  url: string,
  name: string,
  run: (...args: Args) => Result | Promise<Result>,
): Task<Args, Result> {
  return { url, name, run }
}

/** What content is at fault for: `time` and `memory` are bounds it went beyond, `fault` is an error of who read it. */
export class ReadingFailed extends Error {
  override readonly name = 'ReadingFailed'
  constructor(
    readonly reason: 'time' | 'memory' | 'fault',
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options)
  }
}

/** What a reader answers in its own way; a fault stays an error. */
export function isBeyondBounds(error: unknown): error is ReadingFailed {
  return error instanceof ReadingFailed && error.reason !== 'fault'
}

/** The room has no place, or is closed: nothing is said of the content, and the same may be asked again. */
export class ReadingRoomFull extends Error {
  override readonly name = 'ReadingRoomFull'
}
