// A connection of lines, which ends without warning.
import { connect } from 'node:net'
import { createInterface } from 'node:readline'
import { Lost } from './answers.js'

export interface Lines {
  write(bytes: string | Uint8Array): void
  /** Errors: Lost. */
  next(): Promise<string>
  close(): void
}

/** Errors: Lost, now and later. */
export async function openLines(address: { host: string; port: number }): Promise<Lines> {
  const socket = connect(address)
  const lines: string[] = []
  let isClosed = false
  let wake = () => {}
  socket.on('error', () => {})
  socket.on('close', () => {
    isClosed = true
    wake()
  })
  const reader = createInterface({ input: socket })
  // The interface passes the socket's errors on.
  reader.on('error' as 'close', () => {})
  reader.on('line', (line) => {
    lines.push(line)
    wake()
  })
  return {
    write: (bytes) => void socket.write(bytes),
    async next() {
      while (lines.length === 0) {
        if (isClosed) throw new Lost('the connection closed')
        await new Promise<void>((resolve) => {
          wake = resolve
        })
      }
      return lines.shift()!
    },
    close: () => socket.destroy(),
  }
}
