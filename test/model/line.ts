// One line of IMAP, as it is: commands go out at once, several of them too, and each gets its answer.
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { LineLost } from '@tandem/imap/testing'
import type { Result } from './sessions/imap.js'

export interface Line {
  readonly closed: boolean
  /** `{}` is where the next literal goes; without, one literal follows the command. Errors: LineLost. */
  run(command: string, ...literals: Buffer[]): Promise<Result>
  /** The beginning of a command up to its first literal, which is sent by `send`, once it is `asked` for. */
  begin(command: string): { asked: Promise<string>; answer: Promise<Result> }
  /** Octets as they are, for what is not a whole command. */
  send(octets: string | Buffer): void
  /** Resolves with the next continuation request. */
  continued(): Promise<string>
  close(): void
}

export async function openLine(address: { host: string; port: number }): Promise<Line> {
  const socket: Socket = connect(address)
  socket.setNoDelay(true)
  socket.on('error', () => {})
  const waiting: { tag: string; untagged: string[]; done: (result: Result | Error) => void }[] = []
  const asked: ((text: string | Error) => void)[] = []
  let held = ''
  let closed = false
  let tags = 0
  const greeted = once(socket, 'data')
  await greeted

  function end(): void {
    closed = true
    const error = new LineLost('the line ended')
    for (const { done } of waiting.splice(0)) done(error)
    for (const tell of asked.splice(0)) tell(error)
  }
  function hear(line: string): void {
    if (line.startsWith('* ')) waiting[0]?.untagged.push(line.slice(2))
    else if (line.startsWith('+')) asked.shift()?.(line.slice(2))
    else {
      const [, tag, status, text] = /^(\S+) (OK|NO|BAD) ?(.*)$/s.exec(line) ?? []
      const first = waiting.shift()
      if (!first || tag !== first.tag) throw new Error(`out of place: ${line}`)
      first.done({ status: status as Result['status'], text: text!, untagged: first.untagged })
    }
  }
  socket.on('data', (bytes: Buffer) => {
    held += bytes.toString('latin1')
    for (let from = 0; ; ) {
      const at = held.indexOf('\r\n', from)
      if (at < 0) return
      const literal = /\{(\d+)\}$/.exec(held.slice(from, at))
      if (literal) {
        from = at + 2 + Number(literal[1])
        if (held.length < from) return
        continue
      }
      const line = held.slice(0, at)
      held = held.slice(at + 2)
      from = 0
      hear(line)
    }
  })
  socket.on('close', end)

  function answerTo(tag: string): Promise<Result> {
    return new Promise((resolve, reject) => {
      const done = (result: Result | Error) => (result instanceof Error ? reject(result) : resolve(result))
      waiting.push({ tag, untagged: [], done })
    })
  }
  const continued = (): Promise<string> =>
    new Promise((resolve, reject) => {
      asked.push((text) => (text instanceof Error ? reject(text) : resolve(text)))
      if (closed) end()
    })

  return {
    get closed() {
      return closed
    },
    run(command, ...literals) {
      if (closed) return Promise.reject(new LineLost('the line ended before'))
      const tag = `t${++tags}`
      const parts = (literals.length > 0 && !command.includes('{}') ? `${command}{}` : command).split('{}')
      const octets: Buffer[] = [Buffer.from(`${tag} `)]
      for (const [i, part] of parts.entries()) {
        octets.push(Buffer.from(part))
        if (i < literals.length) octets.push(Buffer.from(`{${literals[i]!.length}+}\r\n`), literals[i]!)
      }
      socket.write(Buffer.concat([...octets, Buffer.from('\r\n')]))
      return answerTo(tag)
    },
    begin(command) {
      const tag = `t${++tags}`
      socket.write(`${tag} ${command}`)
      return { asked: continued(), answer: answerTo(tag) }
    },
    send(octets) {
      socket.write(octets)
    },
    continued,
    close() {
      socket.destroy()
    },
  }
}
