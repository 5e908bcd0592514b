// Runs the calls of one request, in their order: RFC 8620 §3.3, §3.6.2 and §3.10.
import { MailstoreError } from '@tandem/mailstore'
import { MethodError, methodErrorOf } from '../errors.js'
import type { RequestContext } from '../methods/method.js'
import { METHODS } from '../methods/table.js'
import { resolveCreationIds } from './creation-ids.js'
import { makeLists } from './deferred.js'
import { describeAnswer, describeCall } from './describe-call.js'
import type { JsonObject } from './json.js'
import { SHAPE } from './json-meter.js'
import { type Invocation, type Room, referredTo, resolveReferences } from './references.js'
import type { ApiRequest } from './request.js'
import { createTurns } from './turns.js'
import { unknownMethod } from './unknown-method.js'

/** The methodResponses; lists in them may be deferred. An error of one call is its response, and the next call runs. */
export async function runCalls(request: ApiRequest, context: RequestContext): Promise<Invocation[]> {
  const responses: Invocation[] = []
  const room: Room = { left: context.limits.maxSizeRequest, values: SHAPE.values }
  const run = async ([called, args, callId]: Invocation, isImplicit = false): Promise<void> => {
    context.implicitCalls.length = 0
    // A count after a change is of what the change made.
    if (called !== 'Email/query') context.countedAt.clear()
    try {
      const method = METHODS.get(called)
      // What the client didn't opt into isn't there (RFC 8620 §1.8); what another method makes of a call, is.
      if (!method || !(isImplicit || request.using.has(method.capability)))
        throw unknownMethod(called, METHODS)
      for (const { response, name } of referredTo(args, responses)) {
        await makeLists(response, name, context.octets)
      }
      const referred = resolveReferences(args, responses, room)
      const resolved = resolveCreationIds(called, referred, context.createdIds)
      const answer = await context.mailstore.trace.command(
        context.principal.accountId,
        () => ({
          protocol: 'jmap',
          session: context.requestId ?? 'api',
          text: describeCall(called, resolved, callId),
        }),
        () => method.run(context, resolved),
        describeAnswer,
        (error) => `error ${errorType(error)}`,
      )
      responses.push([called, answer, callId])
    } catch (error) {
      responses.push(['error', describeError(error, called, context), callId])
      return
    }
    for (const implicit of [...context.implicitCalls]) await run([implicit.name, implicit.args, callId], true)
  }
  const turn = createTurns()
  for (const call of request.methodCalls) {
    await run(call)
    await turn()
  }
  return responses
}

function errorType(error: unknown): string {
  const known = error instanceof MailstoreError ? methodErrorOf(error) : error
  return known instanceof MethodError ? known.type : 'serverFail'
}

function describeError(error: unknown, method: string, { log, principal }: RequestContext): JsonObject {
  if (error instanceof MethodError) return render(error)
  if (error instanceof MailstoreError) {
    const known = methodErrorOf(error)
    if (known.type !== 'serverFail') return render(known)
  }
  log.error({ err: error, method, accountId: principal.accountId }, 'a method failed')
  return { type: 'serverFail', description: 'an unexpected error; nothing was changed, and it was logged' }
}

function render({ type, description }: MethodError): JsonObject {
  return description === undefined ? { type } : { type, description }
}
