/** By what a change came, or somebody was told of it. `outbox`: mail from here to here. */
export type TraceProtocol = 'imap' | 'jmap' | 'smtp' | 'lmtp' | 'outbox'

export interface TraceCommand {
  /** Of what has a name that other processes and accounts know it by, as a submission has. Default: a new one. */
  id?: string
  protocol: TraceProtocol
  /** A name for the connection or request, in its process. */
  session: string
  /** What is asked, without secrets, literals and bodies. */
  text: string
}

export interface TracePush {
  protocol: TraceProtocol
  session: string
  /** By which way: `IDLE`, `EventSource`, `push to a URL`. */
  text: string
  /** What the client was told of: a mark, or `mailbox ID` and its highest modseq, before and now. */
  moved: Readonly<Record<string, readonly [before: number, now: number]>>
}

/**
 * One step of a story. `id` is the command's, on each of its commits too; who heard and was pushed to is known by the
 * marks that a commit moved.
 */
export type TraceStep =
  /** The process will tell from now on. */
  | { kind: 'watching' }
  | ({ kind: 'began'; id: string } & Omit<TraceCommand, 'id'>)
  | { kind: 'ended'; id: string; protocol: TraceProtocol; session: string; outcome: string; ms: number }
  /**
   * `modseqs`: the account's counter before and after. `moved`: the new marks, and `mailbox ID` with its modseq; none
   * where no client is shown what was written.
   */
  | {
      kind: 'committed'
      id: string
      modseqs: readonly [number, number]
      moved: Readonly<Record<string, number>>
    }
  /** The sessions of the process that wait for changes heard of one. `before`: the marks they knew; null: they are new. */
  | {
      kind: 'heard'
      before: Readonly<Record<string, number>> | null
      now: Readonly<Record<string, number>>
    }
  | ({ kind: 'pushed' } & TracePush)

export type TraceEvent = TraceStep & {
  accountId: number
  /** Milliseconds since 1970, by the clock of its process. */
  at: number
  pid: number
  /** So many before this one were not told: the process had too much to tell. */
  missed?: number
}

/**
 * What happens to an account, told live to whoever watches, from every process. While nobody does, each of these costs
 * one comparison, and nothing is described.
 */
export interface Trace {
  isWatched(accountId: number): boolean
  /**
   * Runs `work` as a command: what it commits has the command's id. `outcome` and `fault` put what became of it into
   * words, without secrets. Errors: those of `work`.
   */
  command<T>(
    accountId: number,
    describe: () => TraceCommand,
    work: () => Promise<T>,
    outcome: (value: T) => string,
    fault?: (error: unknown) => string,
  ): Promise<T>
  /** Somebody was told of a change without having asked. */
  pushed(accountId: number, describe: () => TracePush): void
  /**
   * Calls `onEvent` with what the processes tell, this one left out, until `stop`. A process that is there tells
   * `watching` first; one that comes later, or lost its connection, within seconds. Errors: unavailable.
   */
  watch(accountId: number, onEvent: (event: TraceEvent) => void): Promise<{ stop(): Promise<void> }>
}
