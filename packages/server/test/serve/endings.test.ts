// From outside, on several workers: what a changed credential ends, and how soon.
import { once } from 'node:events'
import { type IncomingMessage, request } from 'node:http'
import { connect, type Socket } from 'node:net'
import path from 'node:path'
import { openMailstore } from '@tandem/mailstore'
import { createTestDatabase } from '@tandem/mailstore/testing'
import t from 'tap'
import { serve, splitAddress, tandem } from '../tandem.js'

const NAME = 'carol@example.org'
const ALIAS = 'sales@example.org'
/** Connections of each kind: node:cluster hands them to the workers in turn. */
const EACH = 2

interface Talk {
  /** Everything that came, to the end of the connection. */
  ended: Promise<string>
}

/** Says each line once the server has said what stands before it; the last is what it has to say in the end. */
async function talk(address: string | undefined, ...words: readonly string[]): Promise<Talk> {
  const { host, port } = splitAddress(address)
  const socket: Socket = connect(port, host)
  t.teardown(() => socket.destroy())
  let text = ''
  let wake = () => {}
  socket.on('data', (chunk) => {
    text += chunk
    wake()
  })
  const ended = once(socket, 'close').then(() => {
    wake()
    return text
  })
  for (const [index, word] of words.entries()) {
    if (index % 2 === 1) {
      socket.write(`${word}\r\n`)
      continue
    }
    while (!text.includes(word)) {
      if (socket.closed) throw new Error(`${word} was not said, but ${text}`)
      await new Promise<void>((resolve) => {
        wake = resolve
      })
    }
  }
  return { ended }
}

async function listen(address: string | undefined, authorization: string): Promise<Talk> {
  const { host, port } = splitAddress(address)
  const path = '/jmap/eventsource?types=*&closeafter=no&ping=0'
  const sent = request({ host, port, path, agent: false, headers: { authorization } }).end()
  const [response] = (await once(sent, 'response')) as [IncomingMessage]
  let text = `${response.statusCode} `
  response.on('data', (chunk) => {
    text += chunk
  })
  return { ended: once(response, 'end').then(() => text) }
}

t.test(
  'tandem account kick, passwd and delete, and alias remove, end sessions on every worker',
  async (t) => {
    const { url } = await createTestDatabase(t)
    const mailstore = await openMailstore({ url, poolSize: 2 })
    t.teardown(() => mailstore.close())
    const env = {
      ...Object.fromEntries(
        ['IMAP', 'IMAPS', 'HTTP', 'SUBMISSION', 'SUBMISSIONS', 'LMTP'].map((name) => [
          `TANDEM_${name}_PORT`,
          '0',
        ]),
      ),
      DATABASE_URL: url,
      TANDEM_DATA: path.join(t.testdir({}), 'data'),
      TANDEM_WORKERS: '2',
    }
    await mailstore.directory.createAccount(NAME, 'correct horse')
    await mailstore.directory.addAlias(ALIAS, NAME)
    const { addresses } = await serve(t, [], { env })
    const run = async (line: string, input = '') => {
      const { code, stderr } = await tandem(line.split(' '), { env, input })
      t.strictSame([code, stderr], [0, ''], line)
    }

    async function sessions(password: string, name = NAME): Promise<Talk[]> {
      const basic = Buffer.from(`${name}:${password}`).toString('base64')
      const plain = Buffer.from(`\0${name}\0${password}`).toString('base64')
      const login = ['* OK', `a LOGIN ${name} "${password}"`, 'a OK']
      const each = Array.from({ length: EACH }, () => [
        talk(addresses.imap, ...login, 'b SELECT INBOX', 'b OK', 'c IDLE', '+ idling'),
        talk(addresses.imap, ...login, 'c APPEND INBOX {100}', '+ Ready'),
        talk(addresses.submission, '220 ', 'EHLO x.test', '250 ', `AUTH PLAIN ${plain}`, '\r\n235 '),
        listen(addresses.http, `Basic ${basic}`),
      ])
      return Promise.all(each.flat())
    }

    async function allEnd(talks: readonly Talk[], imap: string, smtp: string): Promise<void> {
      const texts = await Promise.all(talks.map(({ ended }) => ended))
      for (const [index, text] of texts.entries()) {
        t.match(text.trimEnd().split('\r\n').at(-1), [imap, imap, smtp, '200 '][index % 4]!)
      }
    }

    const kicked = await sessions('correct horse')
    await run(`account kick ${NAME}`)
    await allEnd(kicked, '* BYE An administrator has ended this session', '421 4.7.0 an administrator')

    const byAlias = await sessions('correct horse', ALIAS)
    await run(`alias remove ${ALIAS}`)
    await allEnd(byAlias, '* BYE [EXPIRED] ', '421 4.7.0 the login')

    const expired = await sessions('correct horse')
    await run(`account passwd ${NAME}`, 'battery staple')
    await allEnd(expired, '* BYE [EXPIRED] ', '421 4.7.0 the login')
    const authorization = `Basic ${Buffer.from(`${NAME}:correct horse`).toString('base64')}`
    for (let n = 0; n < EACH; n++) {
      const { status } = await fetch(`http://${addresses.http}/.well-known/jmap`, {
        headers: { authorization, connection: 'close' },
      })
      t.equal(status, 401, 'no worker remembers the old password')
    }

    const deleted = await sessions('battery staple')
    await run(`account delete ${NAME} --yes`)
    await allEnd(deleted, '* BYE [EXPIRED] ', '421 4.7.0 the login')
  },
)
