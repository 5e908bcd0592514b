// Whatever a client asks: the RFC's error and nothing half done, and what is right in it is done (RFC 8620 §3.6, §5.3).
import { formatBlobId, formatId, parseId } from '@tandem/mailstore'
import { createRandom, type Random } from '@tandem/mailstore/testing'
import t from 'tap'
import { METHODS } from '../../src/methods/table.js'
import { createServer, type Json, message, NAME, type TestServer, USING } from '../server.js'
import { call, type Known, spoilt, spoiltText } from './grammar.js'

const LONG = process.env.TANDEM_LONG === '1'
const INPUTS = Number(process.env.TANDEM_FUZZ_INPUTS ?? (LONG ? 1_000_000 : 50_000))
const SEED = Number(process.env.TANDEM_SEED ?? Date.now() % 2 ** 32)
const AT_A_TIME = 4
const HANGS = 30_000

/** RFC 8620 §3.6.1 */
const PROBLEMS = /^urn:ietf:params:jmap:error:(unknownCapability|notJSON|notRequest|limit)$/
/** RFC 8620 §3.6.2 and §5, RFC 8621 §4; never serverFail. */
const METHOD_ERRORS = new Set(
  `unknownMethod invalidArguments invalidResultReference forbidden accountNotFound accountNotSupportedByMethod
  accountReadOnly requestTooLarge stateMismatch cannotCalculateChanges tooManyChanges anchorNotFound unsupportedSort
  unsupportedFilter fromAccountNotFound fromAccountNotSupportedByMethod`.split(/\s+/),
)

t.test(
  `${INPUTS} calls, half of them spoilt, are answered as JMAP has it`,
  { timeout: 3_600_000 },
  async (t) => {
    t.comment(`TANDEM_SEED=${SEED}`)
    const server = await createServer(t)
    const known = await fillAccount(server)
    const methods = [...METHODS.keys()]
    const counts: Record<string, number> = {}
    const count = (what: string) => {
      counts[what] = (counts[what] ?? 0) + 1
    }
    let left = INPUTS
    async function talk(r: Random): Promise<void> {
      while (left > 0) {
        const calls = r.between(1, 4)
        left -= calls
        const text = compose(r, known, methods, calls)
        const answer = await within(
          HANGS,
          text,
          server.inject({ method: 'POST', url: '/jmap/api', headers: JSON_TYPE, payload: text }),
        )
        try {
          for (const what of judge(text, answer.statusCode, answer.json())) count(what)
        } catch (error) {
          throw new Error(
            `${(error as Error).message}\nto ${text.slice(0, 2000)}\n: ${answer.body.slice(0, 2000)}`,
          )
        }
        if (server.errors.length > 0)
          throw new Error(`a fault in ${text.slice(0, 2000)}`, { cause: server.errors[0] })
      }
    }
    const began = performance.now()
    const talks = Array.from({ length: AT_A_TIME }, (_, index) => talk(createRandom(SEED + index)))
    try {
      await Promise.all(talks)
    } finally {
      // One that fails ends the others, or they would go on behind the end of the test.
      left = 0
      await Promise.allSettled(talks)
    }
    t.comment(
      `${JSON.stringify(counts)}, ${Math.round((INPUTS / (performance.now() - began)) * 1000)} a second`,
    )
    t.ok(
      counts.done! > INPUTS / 10 && counts.created! > INPUTS / 1000,
      `what is right is done: ${JSON.stringify(counts)}`,
    )

    const violations = []
    for await (const violation of server.mailstore.check({ deep: true })) violations.push(violation)
    t.same(violations, [], 'the store is whole')
  },
)

const JSON_TYPE = { 'content-type': 'application/json' }

function compose(r: Random, known: Known, methods: readonly string[], calls: number): string {
  let request: unknown = {
    using: USING,
    methodCalls: Array.from({ length: calls }, (_, index) => call(r, known, methods, index)),
    ...(r.chance(0.05) ? { createdIds: { gone: 'e1', new: r.pick(known.emails) } } : {}),
  }
  if (r.chance(0.0005)) {
    request = { using: USING, methodCalls: Array.from({ length: 10_000 }, () => ['Core/echo', {}, 'c']) }
  }
  if (r.chance(0.4)) request = spoilt(r, request)
  const text = JSON.stringify(request) ?? 'null'
  return r.chance(0.1) ? spoiltText(r, text) : text
}

/** What came of the calls. Throws where an answer is none that the RFC allows. */
function judge(text: string, status: number, answer: Json): string[] {
  if (status !== 200) {
    if (status !== 400 || !PROBLEMS.test(answer.type)) throw new Error(`status ${status}`)
    return [answer.type.slice(answer.type.lastIndexOf(':') + 1)]
  }
  const { methodCalls } = JSON.parse(text)
  let at = 0
  const outcomes: string[] = []
  for (const [name, args, id] of methodCalls) {
    const [said, result, saidId] = answer.methodResponses[at++] ?? []
    if (saidId !== id) throw new Error(`the answer to ${id} is of ${saidId}`)
    if (said === 'error') {
      if (!METHOD_ERRORS.has(result.type)) throw new Error(`the error ${result.type} of ${name}`)
      outcomes.push(result.type)
      continue
    }
    if (said !== name) throw new Error(`${said} for ${name}`)
    outcomes.push('done', ...judgeSet(name, args, result))
    // RFC 8620 §5.4: what onSuccessDestroyOriginal does, is answered for itself.
    while (
      answer.methodResponses[at]?.[2] === id &&
      methodCalls.every((each: Json) => each[2] !== id || each[0] === name)
    )
      at++
  }
  return outcomes
}

/** RFC 8620 §5.3: each object was either done or refused. */
function judgeSet(name: string, args: Json, result: Json): string[] {
  if (!name.endsWith('/set')) return []
  for (const [asked, done, refused] of [
    [Object.keys(args.create ?? {}), result.created, result.notCreated],
    [Object.keys(args.update ?? {}), result.updated, result.notUpdated],
    [args.destroy ?? [], result.destroyed, result.notDestroyed],
  ]) {
    const ended = [...(Array.isArray(done) ? done : Object.keys(done ?? {})), ...Object.keys(refused ?? {})]
    const wanted = new Set(asked)
    // An id may be named by its creation id.
    if (ended.length !== wanted.size && ![...wanted].some((id) => String(id).startsWith('#'))) {
      throw new Error(`of ${JSON.stringify(asked).slice(0, 300)} came ${JSON.stringify(ended).slice(0, 300)}`)
    }
    for (const error of Object.values<Json>(refused ?? {})) {
      if (typeof error.type !== 'string' || error.type === 'serverFail')
        throw new Error(`refused by ${error.type}`)
    }
  }
  return Object.keys(result.created ?? {}).map(() => 'created')
}

async function within<T>(milliseconds: number, text: string, work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer to ${text.slice(0, 2000)}`)), milliseconds)
  })
  return await Promise.race([work, late]).finally(() => clearTimeout(timer))
}

async function fillAccount({ account, accountId, deliver, principal }: TestServer): Promise<Known> {
  const emails: string[] = []
  for (let n = 0; n < 12; n++) {
    const subject = `Topic ${n % 4}`
    emails.push(
      await deliver(
        message({
          Subject: subject,
          From: n % 4 ? NAME : 'Bob <bob@example.org>',
          To: 'x@example.org',
          'Message-ID': `<${n}@x>`,
        }),
      ),
    )
  }
  const { digest } = await account.ingest(Buffer.from(message({ Subject: 'blob' })), { nul: 'refuse' })
  await account.uploads.add(principal.id, digest, 'message/rfc822')
  const { mailboxes, threads } = await account.read(async (r) => ({
    mailboxes: (await r.mailbox.list()).map(({ id }) => formatId('mailbox', id)),
    threads: (await r.email.get(emails.map((id) => parseId('email', id)!))).map(({ threadId }) => threadId),
  }))
  const identities = await account.read((r) => r.identity.list())
  const submissions = await account.transact((tx) =>
    Promise.all(
      emails.slice(0, 4).map((id) =>
        tx.submission.create({
          principalId: principal.id,
          digest,
          email: { emailId: parseId('email', id)!, identityId: identities[0]!.id },
          mailFrom: principal.name,
          recipients: [{ address: 'x@example.org' }],
        }),
      ),
    ),
  )
  return {
    accountId,
    emails,
    mailboxes,
    threads: [...threads.map((id) => formatId('thread', id)), 't1'],
    blobs: [formatBlobId({ digest }), 'b1', 'x'],
    identities: identities.map(({ id }) => formatId('identity', id)),
    submissions: submissions.map((id) => formatId('submission', id)),
  }
}
