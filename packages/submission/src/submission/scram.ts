// SCRAM-SHA-256 and SCRAM-SHA-256-PLUS: RFC 5802, RFC 7677. The messages are the directory's; here they travel.
import type { Mailstore, Principal, ScramError, ScramFailure } from '@tandem/mailstore'
import { refusal, SmtpError } from '../errors.js'
import type { Exchange, Mechanism, Mechanisms } from '../smtp/sasl.js'
import { originOf } from '../smtp/server.js'

export interface ScramOptions {
  directory: Mailstore['directory']
  /** Ends a login: resolves with the principal, or throws what the client is told. */
  judge(principal: Principal | null, session: Exchange['session']): Promise<Principal>
  /** Whether the principal may act for this name. */
  mayActFor(principal: Principal, authorizationId: string): boolean
  /** What is thrown where the directory can't be asked. */
  unreachable(error: unknown, session: Exchange['session']): SmtpError
}

export function scramMechanisms(options: ScramOptions): Mechanisms {
  const mechanism = (plus: boolean): Mechanism => ({
    ...(plus ? { underTls: true } : {}),
    run: (exchange) =>
      scram(exchange, plus, options).catch((error: unknown) => {
        throw error instanceof SmtpError ? error : options.unreachable(error, exchange.session)
      }),
  })
  return new Map([
    ['SCRAM-SHA-256', mechanism(false)],
    ['SCRAM-SHA-256-PLUS', mechanism(true)],
  ])
}

async function scram(exchange: Exchange, plus: boolean, options: ScramOptions): Promise<Principal> {
  const { session, bindings } = exchange
  const fail = async ({ error }: ScramFailure): Promise<Principal> => {
    if (SYNTAX.includes(error)) throw refusal(501, '5.5.2', `that is not a SCRAM message: ${error}`)
    return options.judge(null, session)
  }

  const login = options.directory.scram({ plus, bindings }, originOf(session))
  const first = await login.first(exchange.initialResponse ?? (await exchange.ask('')))
  if (first.type === 'failed') return fail(first)
  const final = await login.final(await exchange.ask(first.message))
  if (final.type === 'failed') return fail(final)
  const { principal, authorizationId } = final
  if (!options.mayActFor(principal, authorizationId)) return options.judge(null, session)
  // RFC 4954 §4: additional data with success is a challenge, which an empty response answers.
  if ((await exchange.ask(final.message)) !== '') throw refusal(501, '5.5.2', 'an empty response is expected')
  return options.judge(principal, session)
}

/** What no client that keeps to the syntax says. */
const SYNTAX: readonly ScramError[] = [
  'invalid-encoding',
  'extensions-not-supported',
  'invalid-username-encoding',
  'other-error',
]
