import { closeSync, openSync } from 'node:fs'

/** SIGINT and SIGTERM stop the server, a second one hurries it; SIGHUP reads the certificate again. */
export interface Signals {
  /** Why the server is to stop: the first signal, or a fault that nobody caught. */
  stop: Promise<NodeJS.Signals | Error>
  /** The second signal, or the fault. */
  hurry: Promise<void>
  /** As if this signal had come. */
  stopNow(signal: NodeJS.Signals): void
  onReload(listener: () => Promise<void>): void
  unwatch(): void
}

/** npm sends on the SIGINT that a Ctrl-C has sent to us already: one within this time is the same one. In ms. */
const ECHO = 500

export function watchSignals(): Signals {
  let stopNow: (why: NodeJS.Signals | Error) => void = () => {}
  let hurryUp: () => void = () => {}
  const stop = new Promise<NodeJS.Signals | Error>((resolve) => {
    stopNow = resolve
  })
  const hurry = new Promise<void>((resolve) => {
    hurryUp = resolve
  })
  const atTerminal = process.stdin.isTTY === true
  let first: number | undefined
  let reload: (() => Promise<void>) | undefined

  const onStop = (signal: NodeJS.Signals) => {
    first ??= Date.now()
    stopNow(signal)
    if (Date.now() - first > ECHO) hurryUp()
  }
  // The same signal says that the terminal was closed; nobody would find a server that lived on.
  const onHangUp = () => (atTerminal && terminalIsGone() ? onStop('SIGHUP') : void reload?.())
  const onFault = (error: Error) => {
    stopNow(error)
    hurryUp()
  }
  process.on('SIGINT', onStop).on('SIGTERM', onStop).on('SIGHUP', onHangUp).on('uncaughtException', onFault)
  return {
    stop,
    hurry,
    stopNow: onStop,
    onReload(listener) {
      reload = listener
    },
    unwatch() {
      process.off('SIGINT', onStop).off('SIGTERM', onStop).off('SIGHUP', onHangUp)
      process.off('uncaughtException', onFault)
    },
  }
}

function terminalIsGone(): boolean {
  try {
    closeSync(openSync('/dev/tty', 'r'))
    return false
  } catch {
    return true
  }
}
