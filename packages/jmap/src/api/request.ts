// The Request object: RFC 8620 §3.3, and its errors in §3.6.1.
import { isId } from './arguments.js'
import { NotIJson, parseIJson } from './ijson.js'
import { isObject, type JsonObject } from './json.js'
import { limitProblem, ProblemError } from './problem.js'
import type { Invocation } from './references.js'

export interface ApiRequest {
  using: ReadonlySet<string>
  methodCalls: Invocation[]
  /** Null where the client gave none; the response then has none either. */
  createdIds: Map<string, string> | null
}

/** RFC 8620 §3.1. Parameters (a charset) change nothing: JSON is UTF-8. */
export function checkContentType(header: string | undefined): void {
  const type = (header ?? '').split(';', 1)[0]!.trim().toLowerCase()
  if (type === 'application/json') return
  throw new ProblemError({
    status: 415,
    jmap: 'notJSON',
    detail: 'the content type must be application/json',
  })
}

/**
 * `names`: as for parseIJson. Errors: ProblemError notJSON, notRequest, limit, unknownCapability; looked for in this
 * order.
 */
export function parseRequest(
  bytes: Buffer,
  options: { capabilities: ReadonlySet<string>; maxCallsInRequest: number; names?: number },
): ApiRequest {
  const value = parseJson(bytes, options.names)
  if (!isObject(value)) throw notRequest('the request must be an object')
  const { using, methodCalls, createdIds } = value
  if (!Array.isArray(using) || !using.every((item) => typeof item === 'string')) {
    throw notRequest('"using" must be an array of strings')
  }
  if (!Array.isArray(methodCalls)) throw notRequest('"methodCalls" must be an array')
  methodCalls.forEach(checkCall)
  const ids = createdIds === undefined ? null : readCreatedIds(createdIds)
  if (methodCalls.length > options.maxCallsInRequest) {
    throw limitProblem(
      400,
      'maxCallsInRequest',
      `the request has ${methodCalls.length} calls; ${options.maxCallsInRequest} are allowed`,
    )
  }
  for (const capability of using) {
    if (options.capabilities.has(capability)) continue
    const detail = `the capability "${capability.slice(0, 200)}" is not supported`
    throw new ProblemError({ status: 400, jmap: 'unknownCapability', detail })
  }
  return { using: new Set(using), methodCalls, createdIds: ids }
}

function parseJson(bytes: Buffer, names: number | undefined): unknown {
  try {
    return parseIJson(bytes, names)
  } catch (error) {
    if (!(error instanceof NotIJson)) throw error
    throw new ProblemError({ status: 400, jmap: 'notJSON', detail: error.message })
  }
}

function checkCall(call: unknown, index: number): asserts call is Invocation {
  const fits =
    Array.isArray(call) &&
    call.length === 3 &&
    typeof call[0] === 'string' &&
    isObject(call[1]) &&
    typeof call[2] === 'string'
  if (!fits) throw notRequest(`methodCalls/${index} must be [name, arguments, id]`)
}

function readCreatedIds(value: unknown): Map<string, string> {
  if (!isObject(value)) throw notRequest('"createdIds" must be an object')
  const ids = new Map<string, string>()
  for (const [creationId, id] of Object.entries(value as JsonObject)) {
    if (!isId(creationId) || !isId(id)) throw notRequest('"createdIds" must map ids to ids')
    ids.set(creationId, id)
  }
  return ids
}

function notRequest(detail: string): ProblemError {
  return new ProblemError({ status: 400, jmap: 'notRequest', detail })
}
