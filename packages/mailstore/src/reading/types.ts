import type { Task } from '@tandem/mime'

/** The room where content of others is read (docs/adr/0015), in the name of one account. */
export interface Reading {
  /**
   * In a thread, or at once where the arguments are small. Errors: ReadingFailed, where the content is at fault;
   * unavailable, where there is no place; those of a stream among the arguments.
   */
  run<Args extends unknown[], Result>(task: Task<Args, Result>, ...args: Args): Promise<Result>
}
