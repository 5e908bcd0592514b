import { PASSWORD, type Tandem } from './tandem.js'

// biome-ignore lint/suspicious/noExplicitAny: whatever a server answers; the assertions say what it should be
type Json = Record<string, any>

/** A JMAP client of the smallest kind: session, calls, blobs, EventSource. */
export interface JmapClient {
  accountId: string
  session: Json
  /** Method calls in one request; the responses' arguments, in order. A method-level error throws. */
  call(...calls: [string, Json][]): Promise<Json[]>
  download(blobId: string): Promise<Buffer>
  /** StateChange objects as they come. Gives the way to stop. */
  listen(onChange: (changed: Json) => void): Promise<() => void>
}

export async function openJmap(
  tandem: Tandem,
  name: string,
  password: string = PASSWORD,
): Promise<JmapClient> {
  const { host, port } = tandem.address('http')
  const headers = { authorization: `Basic ${Buffer.from(`${name}:${password}`).toString('base64')}` }
  const get = async (url: string, init: RequestInit = {}): Promise<Response> => {
    const response = await fetch(url, { ...init, headers: { ...headers, ...init.headers } })
    if (!response.ok) throw new Error(`${response.status} ${await response.text()}`)
    return response
  }
  const session = (await (await get(`http://${host}:${port}/.well-known/jmap`)).json()) as Json
  const accountId = session.primaryAccounts['urn:ietf:params:jmap:mail'] as string
  return {
    accountId,
    session,
    async call(...calls) {
      const methodCalls = calls.map(([method, args], i) => [method, { accountId, ...args }, `c${i}`])
      const response = await get(session.apiUrl, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ using: Object.keys(session.capabilities), methodCalls }),
      })
      const { methodResponses } = (await response.json()) as { methodResponses: [string, Json, string][] }
      for (const [method, args] of methodResponses) {
        if (method === 'error') throw new Error(JSON.stringify(args))
      }
      return methodResponses.map(([, args]) => args)
    },
    async download(blobId) {
      const url = session.downloadUrl
        .replace('{accountId}', accountId)
        .replace('{blobId}', blobId)
        .replace('{name}', 'message.eml')
        .replace('{type}', 'message%2Frfc822')
      return Buffer.from(await (await get(url)).arrayBuffer())
    },
    async listen(onChange) {
      const abort = new AbortController()
      const url = session.eventSourceUrl
        .replace('{types}', '*')
        .replace('{closeafter}', 'no')
        .replace('{ping}', '0')
      const response = await get(url, { signal: abort.signal })
      void readEvents(response, onChange).catch(() => {})
      return () => abort.abort()
    },
  }
}

async function readEvents(response: Response, onChange: (changed: Json) => void): Promise<void> {
  let text = ''
  for await (const bytes of response.body!) {
    text += Buffer.from(bytes).toString()
    for (let end = text.indexOf('\n\n'); end >= 0; end = text.indexOf('\n\n')) {
      const event = text.slice(0, end)
      text = text.slice(end + 2)
      const data = /^data: ?(.*)$/m.exec(event)?.[1]
      if (data && /^event: ?state$/m.test(event)) onChange(JSON.parse(data).changed)
    }
  }
}
