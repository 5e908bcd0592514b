// A client that can send anything and knows by RFC 9051 §2.2, §4.3 and §7 what must come back.
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'

/** What is wrong with an answer. */
export class WrongAnswer extends Error {}

export interface Talker {
  /**
   * Sends one command, a tag in front, and waits until it is answered. Gives the status, null where the server closed
   * after a BYE. Errors: WrongAnswer where an answer is none that the RFC allows, or none comes.
   */
  say(tag: string, text: string): Promise<Status>
  close(): void
}

/** Null: the server has said BYE and closed. */
type Status = 'OK' | 'NO' | 'BAD' | null
type Reaction = Status | '+'

const TAG = /^([^\x00-\x20\x7f-\xff(){%*"\\+]+)(?: |$)/
const LITERAL = /\{(\d{1,19})(\+?)\}$/
const HANGS = 20_000
/** More than the server takes in a refused command: it has said BYE by then. */
const ENOUGH = 2 * 1024 * 1024

export async function createTalker(port: number): Promise<Talker> {
  const socket = connect(port, '127.0.0.1')
  socket.setNoDelay(true)
  const responses = readResponses(socket)
  await once(socket, 'connect')
  checkUntagged((await responses.next())!)
  const send = (text: string) => socket.write(Buffer.from(text, 'latin1'))

  let saidBye = false
  /** Reads on until the command that has `tag` (null: none that is one) is answered, or wants to go on. */
  async function reaction(tag: string | null): Promise<Reaction> {
    for (;;) {
      const response = await responses.next()
      if (response === null) {
        if (!saidBye) throw new WrongAnswer('closed without a BYE')
        return null
      }
      if (response.startsWith('+ ')) return '+'
      if (response.startsWith('* ')) {
        checkUntagged(response)
        saidBye ||= response.startsWith('* BYE')
        if (tag === null && response.startsWith('* BAD')) return 'BAD'
        continue
      }
      const match = /^(\S+) (OK|NO|BAD) [^\r\n\0]+$/.exec(response)
      if (!match || match[1] !== tag) throw new WrongAnswer(`an answer to ${tag}: ${response.slice(0, 200)}`)
      // LOGOUT is answered after its BYE.
      if (!saidBye) return match[2] as Status
    }
  }

  /** As reaction; what wants to hear more (IDLE, AUTHENTICATE) hears that it is over. */
  async function insisting(tag: string | null): Promise<Status> {
    for (const word of ['DONE', '*', '*', '*']) {
      const reacted = await reaction(tag)
      if (reacted !== '+') return reacted
      send(`${word}\r\n`)
    }
    throw new WrongAnswer('asks on and on')
  }

  /** One command out of `text`; gives what stands behind it. */
  async function sayFirst(text: string): Promise<{ status: Status; rest: string }> {
    let rest = text
    let tag: string | null | undefined
    for (;;) {
      const end = rest.indexOf('\n')
      const line = end < 0 ? rest : rest.slice(0, end)
      rest = end < 0 ? '' : rest.slice(end + 1)
      send(`${line}\n`)
      const clean = line.replace(/\r$/, '')
      if (tag === undefined) tag = TAG.exec(clean)?.[1] ?? null
      const literal = LITERAL.exec(clean)
      const size = literal ? Number(literal[1]) : 0
      // The octets of a non-synchronizing literal follow, whatever the server thinks of them (RFC 7888 §4).
      const follows = literal?.[2] === '+'
      if (!follows) {
        const reacted = literal ? await reaction(tag) : await insisting(tag)
        if (reacted !== '+') return { status: reacted, rest }
      }
      send(
        (rest.slice(0, size) + 'x'.repeat(Math.max(0, Math.min(size, ENOUGH) - rest.length))).slice(
          0,
          ENOUGH,
        ),
      )
      rest = rest.slice(size)
      if (size > ENOUGH) return { status: await insisting(tag), rest: '' }
    }
  }

  return {
    async say(tag, text) {
      let rest = `${tag} ${text}\r\n`
      let status: Status = 'BAD'
      while (rest !== '' && status !== null) {
        const isCompress = /^\S+ compress /i.test(rest)
        ;({ status, rest } = await sayFirst(rest))
        // What follows would have to be compressed (RFC 4978 §3).
        if (isCompress && status === 'OK') break
      }
      return status
    },
    close: () => socket.destroy(),
  }
}

/** RFC 9051 §7: what an untagged response may begin with. */
const UNTAGGED =
  /^\* (?:(?:OK|NO|BAD|BYE|PREAUTH) [^\r\n]+|\d+ (?:EXISTS|RECENT|EXPUNGE)|[1-9]\d* FETCH \(|(?:CAPABILITY|ENABLED|SEARCH|ESEARCH)(?: |$)|(?:FLAGS|LIST|LSUB) \(|(?:STATUS|NAMESPACE|ID|VANISHED) )/

function checkUntagged(response: string): void {
  if (!UNTAGGED.test(response)) throw new WrongAnswer(`no response of IMAP: ${response.slice(0, 200)}`)
  if (/^\* (?:OK|NO|BAD|BYE)/.test(response)) return
  let depth = 0
  const rest = response.replace(/\{(\d+)\}\r\n/g, '{$1}\n')
  for (let at = 0; at < rest.length; at++) {
    const char = rest[at]!
    if (char === '"') {
      const quoted = /^"(?:[^"\\\r\n\0]|\\["\\])*"/.exec(rest.slice(at))
      if (!quoted) throw new WrongAnswer(`an open quote: ${response.slice(0, 300)}`)
      at += quoted[0].length - 1
    } else if (char === '{') {
      const literal = /^\{(\d+)\}\n/.exec(rest.slice(at))
      if (literal) at += literal[0].length - 1 + Number(literal[1])
    } else if (char === '(') depth++
    else if (char === ')') depth--
    else if (char < ' ') throw new WrongAnswer(`a control character: ${response.slice(0, 300)}`)
    if (depth < 0) break
  }
  if (depth !== 0) throw new WrongAnswer(`brackets don't match: ${response.slice(0, 300)}`)
}

/** Whole responses, literals in them; null once the server has closed. Errors: WrongAnswer where none comes. */
function readResponses(socket: Socket): { next(): Promise<string | null> } {
  let received = ''
  let ended = false
  let wake = () => {}
  socket.on('data', (piece: Buffer) => {
    received += piece.toString('latin1')
    wake()
  })
  for (const event of ['end', 'close', 'error']) {
    socket.on(event, () => {
      ended = true
      wake()
    })
  }
  async function more(): Promise<void> {
    let timer: NodeJS.Timeout | undefined
    await new Promise<void>((resolve, reject) => {
      wake = resolve
      timer = setTimeout(() => reject(new WrongAnswer(`no answer; so far: ${received.slice(0, 200)}`)), HANGS)
    }).finally(() => clearTimeout(timer))
  }
  return {
    async next() {
      for (let from = 0; ; ) {
        const end = received.indexOf('\r\n', from)
        const literal = end < 0 ? null : /\{(\d+)\}$/.exec(received.slice(Math.max(from, end - 20), end))
        const needed = end < 0 ? received.length + 1 : end + 2 + (literal ? Number(literal[1]) : 0)
        if (received.length < needed) {
          if (ended) return null
          await more()
        } else if (literal) from = needed
        else {
          const response = received.slice(0, end)
          received = received.slice(end + 2)
          return response
        }
      }
    },
  }
}
