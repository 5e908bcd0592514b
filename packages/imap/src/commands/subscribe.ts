// SUBSCRIBE, UNSUBSCRIBE: RFC 3501 §6.3.6, §6.3.7. By name, so the mailbox need not exist.
import { type Answer, type Command, ok, type UserContext } from './command.js'

export const subscribe: Command = {
  name: 'SUBSCRIBE',
  rfc: 'RFC 3501 §6.3.6',
  state: 'authenticated',
  run: (context) => run(context, true),
}

export const unsubscribe: Command = {
  name: 'UNSUBSCRIBE',
  rfc: 'RFC 3501 §6.3.7',
  state: 'authenticated',
  run: (context) => run(context, false),
}

async function run({ args, user }: UserContext, subscribed: boolean): Promise<Answer> {
  args.sp()
  const path = args.mailbox()
  args.end()
  await user.account.transact((tx) => tx.mailbox.setSubscribed(user.principal.id, path, subscribed))
  return ok(`${subscribed ? 'SUBSCRIBE' : 'UNSUBSCRIBE'} completed`)
}
