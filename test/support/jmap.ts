import { PASSWORD, type Tandem } from './tandem.js'

// biome-ignore lint/suspicious/noExplicitAny: whatever a server answers; the assertions say what it should be
export type Json = Record<string, any>

type MethodResponse = [name: string, args: Json, callId: string]

/** A JMAP client of the smallest kind: session, calls, blobs, EventSource. */
export interface JmapClient {
  accountId: string
  session: Json
  /** Method calls in one request; the responses' arguments, in order. A method-level error throws. */
  call(...calls: [string, Json][]): Promise<Json[]>
  /** The same, with the responses as they came: RFC 8620 §3.4. */
  request(...calls: [string, Json][]): Promise<MethodResponse[]>
  /** Gives the blobId. */
  upload(bytes: Buffer, type?: string): Promise<string>
  download(blobId: string): Promise<Buffer>
  /** StateChange objects as they come. Gives the way to stop. */
  listen(onChange: (changed: Json) => void, options?: ListenOptions): Promise<() => void>
}

export interface ListenOptions {
  /** Where an event source before this one ended: what it missed is told. */
  lastEventId?: string | undefined
  /** The id that the next one may go on from. */
  onId?: (id: string) => void
  /** No more will come. */
  onEnd?: () => void
}

export async function openJmap(
  tandem: Pick<Tandem, 'address'>,
  name: string,
  password: string = PASSWORD,
): Promise<JmapClient> {
  const { host, port } = tandem.address('http')
  const headers = { authorization: `Basic ${Buffer.from(`${name}:${password}`).toString('base64')}` }
  const get = async (url: string, init: RequestInit = {}) => {
    const response = await fetch(url, { ...init, headers: { ...headers, ...init.headers } })
    if (!response.ok) throw new Error(`${response.status} ${await response.text()}`)
    return response
  }
  const session = (await (await get(`http://${host}:${port}/.well-known/jmap`)).json()) as Json
  const accountId = session.primaryAccounts['urn:ietf:params:jmap:mail'] as string
  async function request(...calls: [string, Json][]): Promise<MethodResponse[]> {
    const methodCalls = calls.map(([method, args], i) => [method, { accountId, ...args }, `c${i}`])
    const response = await get(session.apiUrl, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ using: Object.keys(session.capabilities), methodCalls }),
    })
    return ((await response.json()) as { methodResponses: MethodResponse[] }).methodResponses
  }
  return {
    accountId,
    session,
    request,
    async call(...calls) {
      const responses = await request(...calls)
      for (const [method, args] of responses) {
        if (method === 'error') throw new Error(JSON.stringify(args))
      }
      return responses.map(([, args]) => args)
    },
    async upload(bytes, type = 'message/rfc822') {
      const url = session.uploadUrl.replace('{accountId}', accountId)
      const answer = await get(url, {
        method: 'POST',
        headers: { 'content-type': type },
        body: new Uint8Array(bytes),
      })
      return ((await answer.json()) as Json).blobId
    },
    async download(blobId) {
      const url = session.downloadUrl
        .replace('{accountId}', accountId)
        .replace('{blobId}', blobId)
        .replace('{name}', 'message.eml')
        .replace('{type}', 'message%2Frfc822')
      return Buffer.from(await (await get(url)).arrayBuffer())
    },
    async listen(onChange, { lastEventId, onId = () => {}, onEnd = () => {} } = {}) {
      const abort = new AbortController()
      const url = session.eventSourceUrl
        .replace('{types}', '*')
        .replace('{closeafter}', 'no')
        .replace('{ping}', '0')
      const response = await get(url, {
        signal: abort.signal,
        ...(lastEventId === undefined ? {} : { headers: { 'last-event-id': lastEventId } }),
      })
      void readEvents(response, onChange, onId)
        .catch(() => {})
        .finally(onEnd)
      return () => abort.abort()
    },
  }
}

async function readEvents(
  response: Response,
  onChange: (changed: Json) => void,
  onId: (id: string) => void,
): Promise<void> {
  let text = ''
  for await (const bytes of response.body!) {
    text += Buffer.from(bytes).toString()
    for (let end = text.indexOf('\n\n'); end >= 0; end = text.indexOf('\n\n')) {
      const event = text.slice(0, end)
      text = text.slice(end + 2)
      const id = /^id: ?(.*)$/m.exec(event)?.[1]
      if (id !== undefined) onId(id)
      const data = /^data: ?(.*)$/m.exec(event)?.[1]
      if (data && /^event: ?state$/m.test(event)) onChange(JSON.parse(data).changed)
    }
  }
}
