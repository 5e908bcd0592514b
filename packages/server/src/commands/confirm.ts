import { createInterface } from 'node:readline/promises'
import { EXIT, Stop } from '../stop.js'

/** Asks at the terminal. Errors: Stop where there is none to ask at; `command` names the one that needs --yes. */
export async function confirmed(command: string, question: string): Promise<boolean> {
  if (!process.stdin.isTTY) throw new Stop(`${command} needs --yes where it cannot ask`, EXIT.usage)
  const terminal = createInterface({ input: process.stdin, output: process.stdout })
  try {
    return /^y(es)?$/i.test((await terminal.question(`${question} [y/N] `)).trim())
  } finally {
    terminal.close()
  }
}
