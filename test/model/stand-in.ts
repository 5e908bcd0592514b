// Thin sessions without a belief, in the place of sessions/.
import { PASSWORD, type Tandem } from '../support/tandem.js'
import { type Line, LineClosed, openLine, type Result } from './line.js'

export type { Result }
// biome-ignore lint/suspicious/noExplicitAny: whatever a server answers
export type Json = Record<string, any>

export type ProcessName = 'A' | 'B'

export interface ImapSession {
  readonly name: string
  readonly process: ProcessName
  readonly selected: string | null
  readonly isOpen: boolean
  select(path: string): Promise<Result>
  run(command: string, ...literals: Buffer[]): Promise<Result>
  cut(): void
  reopen(process: ProcessName): Promise<void>
}

export interface JmapSession {
  readonly name: string
  readonly process: ProcessName
  readonly accountId: string
  call(...calls: [string, Json][]): Promise<Json[]>
  upload(bytes: Buffer): Promise<string>
  move(process: ProcessName): Promise<void>
}

export interface Surroundings {
  processes(name: ProcessName): Pick<Tandem, 'address'>
  user: string
}

export async function openImapSession(
  options: Surroundings & { name: string; mode: string; process: ProcessName },
): Promise<ImapSession> {
  let line: Line
  let selected: string | null = null
  let at = options.process
  const session: ImapSession = {
    get name() {
      return `${options.name} at ${at}`
    },
    get process() {
      return at
    },
    get selected() {
      return line.closed ? null : selected
    },
    get isOpen() {
      return !line.closed
    },
    async select(path) {
      const result = await session.run(`SELECT "${path}"`)
      selected = path
      return result
    },
    async run(command, ...literals) {
      return line.run(command, ...literals)
    },
    cut() {
      line.close()
      selected = null
    },
    async reopen(process) {
      at = process
      line = await openLine(options.processes(process).address('imap'))
      selected = null
      const { status } = await line.run(`LOGIN ${options.user} "${PASSWORD}"`)
      if (status !== 'OK') throw new LineClosed('no login')
    },
  }
  await session.reopen(at)
  return session
}

export async function openJmapSession(
  options: Surroundings & { name: string; process: ProcessName },
): Promise<JmapSession> {
  const { processes, user } = options
  let at = options.process
  const accountId = await accountIdOf(processes(at), user)
  return {
    get name() {
      return `${options.name} at ${at}`
    },
    get process() {
      return at
    },
    accountId,
    call: (...calls) => jmapCall(processes(at), user, accountId, calls),
    async upload(bytes) {
      const { host, port } = processes(at).address('http')
      const response = await fetch(`http://${host}:${port}/jmap/upload/${accountId}/`, {
        method: 'POST',
        headers: { ...authorization(user), 'content-type': 'message/rfc822' },
        body: new Uint8Array(bytes),
      })
      return ((await response.json()) as Json).blobId
    },
    async move(process) {
      at = process
    },
  }
}

const USING = ['core', 'mail', 'submission'].map((name) => `urn:ietf:params:jmap:${name}`)

/** Method-level errors are given back as they are. */
export async function jmapCall(
  tandem: Pick<Tandem, 'address'>,
  user: string,
  accountId: string,
  calls: readonly [string, Json][],
): Promise<Json[]> {
  const { host, port } = tandem.address('http')
  const response = await fetch(`http://${host}:${port}/jmap/api`, {
    method: 'POST',
    headers: { ...authorization(user), 'content-type': 'application/json' },
    body: JSON.stringify({
      using: USING,
      methodCalls: calls.map(([method, args], i) => [method, { accountId, ...args }, `c${i}`]),
    }),
  })
  if (!response.ok) throw new Error(`${response.status} ${await response.text()}`)
  const { methodResponses } = (await response.json()) as { methodResponses: [string, Json, string][] }
  return methodResponses.map(([name, { type, ...args }]) =>
    name === 'error' ? { error: type, ...args } : type === undefined ? args : { type, ...args },
  )
}

export const authorization = (user: string) => ({
  authorization: `Basic ${Buffer.from(`${user}:${PASSWORD}`).toString('base64')}`,
})

export async function accountIdOf(tandem: Pick<Tandem, 'address'>, user: string): Promise<string> {
  const { host, port } = tandem.address('http')
  const response = await fetch(`http://${host}:${port}/.well-known/jmap`, { headers: authorization(user) })
  const session = (await response.json()) as Json
  return session.primaryAccounts['urn:ietf:params:jmap:mail']
}
