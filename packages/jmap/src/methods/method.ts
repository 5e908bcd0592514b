// What a method is, and what it works with.
import type { Account, Logger, Mailstore, Principal } from '@tandem/mailstore'
import { type Read, type Reader, readArguments, type Shape, string } from '../api/arguments.js'
import type { JsonObject } from '../api/json.js'
import type { Budget, Limits } from '../api/limits.js'
import { MethodError } from '../errors.js'

/** One API request: what its method calls share. */
export interface RequestContext {
  mailstore: Mailstore
  principal: Principal
  /** The HTTP request's name in its process, for traces. */
  requestId?: string
  limits: Limits
  log: Logger
  /** Creation ids to ids, of all types (RFC 8620 §5.3). */
  createdIds: Map<string, string>
  /** Octets of messages that this request may still read. */
  octets: Budget
  /** The account of that id, if it is there and this principal may open it. */
  openAccount(accountId: string): Account | null
  /** Whether pushes may go to an address. */
  mayReach(address: string): boolean
  /** The email marks, by account, that counts were of since the last call of another method. */
  countedAt: Map<number, number>
  /** Calls that a method asks for once its own response is out, with its call id (RFC 8620 §5.4). */
  implicitCalls: { name: string; args: JsonObject }[]
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
    const account = requireAccount(context, accountId, 'accountNotFound')
    return { accountId, ...(await run({ ...context, account, accountId }, args as Read<S>)) }
  }
}

/** A method for what is its owner's alone, whoever may open his account (RFC 8621 §1.4). */
export function ownAccountMethod<S extends Shape>(
  shape: S,
  run: (context: AccountContext, args: Read<S>) => Promise<JsonObject>,
): Handler {
  return accountMethod(shape, (context, args) => {
    if (context.account.id !== context.principal.accountId) {
      throw new MethodError('accountNotSupportedByMethod', 'that is for the owner of the account')
    }
    return run(context, args)
  })
}

function requireAccount(
  context: RequestContext,
  accountId: string,
  error: 'accountNotFound' | 'fromAccountNotFound',
): Account {
  const account = context.openAccount(accountId)
  if (account) return account
  throw new MethodError(error, `there is no account "${accountId.slice(0, 100)}"`)
}

export interface CopyContext extends AccountContext {
  from: AccountContext
}

/** A method that copies from one account to another: RFC 8620 §5.4, §6.3. The response begins with both ids. */
export function copyMethod<S extends Shape>(
  shape: S,
  run: (context: CopyContext, args: Read<S>) => Promise<JsonObject>,
): Handler {
  return accountMethod<S & { fromAccountId: Reader<string> }>(
    { fromAccountId: string, ...shape },
    async (context, args) => {
      const { fromAccountId } = args as { fromAccountId: string }
      if (fromAccountId === context.accountId) {
        throw new MethodError(
          'invalidArguments',
          '"fromAccountId" and "accountId" must be different accounts',
        )
      }
      const account = requireAccount(context, fromAccountId, 'fromAccountNotFound')
      const from = { ...context, account, accountId: fromAccountId }
      return { fromAccountId, ...(await run({ ...context, from }, args as Read<S>)) }
    },
  )
}
