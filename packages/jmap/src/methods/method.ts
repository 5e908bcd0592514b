// What a method is, and what it works with.
import { type Account, formatId, type Logger, type Mailstore, type Principal } from '@tandem/mailstore'
import { type Read, type Reader, readArguments, type Shape, string } from '../api/arguments.js'
import type { JsonObject } from '../api/json.js'
import type { Budget, Limits } from '../api/limits.js'
import { MethodError } from '../errors.js'

/** One API request: what its method calls share. */
export interface RequestContext {
  mailstore: Mailstore
  principal: Principal
  limits: Limits
  log: Logger
  /** Creation ids to ids, of all types (RFC 8620 §5.3). */
  createdIds: Map<string, string>
  /** Octets of messages that this request may still read. */
  octets: Budget
}

/** Gives the response's arguments. Errors: MethodError, MailstoreError. */
export type Handler = (context: RequestContext, args: JsonObject) => Promise<JsonObject>

export interface AccountContext extends RequestContext {
  account: Account
  /** On the wire. */
  accountId: string
}

/**
 * A method with an `accountId`: reads its arguments by their shape and finds the account. The response begins
 * with the accountId.
 */
export function accountMethod<S extends Shape>(
  shape: S,
  run: (context: AccountContext, args: Read<S>) => Promise<JsonObject>,
): Handler {
  const whole: S & { accountId: Reader<string> } = { accountId: string, ...shape }
  return async (context, raw) => {
    const args = readArguments(raw, whole)
    const { accountId } = args as { accountId: string }
    // Nobody has more than one account yet.
    if (accountId !== formatId('account', context.principal.accountId)) {
      throw new MethodError('accountNotFound', `there is no account "${accountId.slice(0, 100)}"`)
    }
    const account = context.mailstore.account(context.principal.accountId)
    return { accountId, ...(await run({ ...context, account, accountId }, args as Read<S>)) }
  }
}
